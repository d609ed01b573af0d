"""One script a stage, measured."""

import voicebot  # noqa: F401 - before numpy: it says how many threads that may make
