"""The stand-in for the vendor's ``axllm``: ``python -m axchat.standin.axllm run DIR`` and ``serve DIR``."""
