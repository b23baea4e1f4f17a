"""Local LLM chat on Axera AXCL cards, and on the CPU where there is none."""

__version__ = "0.1.0"
