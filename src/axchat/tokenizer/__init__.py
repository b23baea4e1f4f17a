"""The tokenizer service that legacy runners call."""
