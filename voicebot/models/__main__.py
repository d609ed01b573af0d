"""`python -m voicebot.models`: the models' commands alone, for a machine that is being set up."""

from voicebot.models.commands import main

main()
