"""An answer's markdown as rows of a terminal, while it is still being said."""
