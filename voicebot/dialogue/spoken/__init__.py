"""What customers say, as whisper writes it: numbers, order numbers, names, prices and answers.

Deterministic parsers without I/O; each takes an utterance and gives what it may mean.
"""
