"""A shop's voice assistant that runs on one small box, with no cloud."""

__version__ = "0.1.0"
