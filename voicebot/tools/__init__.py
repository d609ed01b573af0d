"""What the bot can do for a customer, one file a tool: its function, example sentences and spoken
template. A shop adds its own by a file that `tools.files` names (`custom.py`)."""
