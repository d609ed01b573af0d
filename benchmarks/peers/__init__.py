"""Other frameworks for voice agents with our models, questions and rooms, beside voicebot.

The agents' programs run in environments of their own: of this package they import `desk` alone,
and nothing of voicebot."""
