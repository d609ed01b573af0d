"""Stages by a server with OpenAI's API: OpenAI itself, OpenRouter, a box in the back room."""
