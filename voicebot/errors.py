"""What can go wrong, as one tree.

    VoicebotError               .exit_code, the command line's exit code (1 unless said)
    ├── ConfigError             3  settings: unknown key, bad value, missing secret
    ├── ModelError              4  a model file is missing, wrong or cannot be loaded
    ├── IngestError             1  the index cannot be built or read
    ├── StoreError              1  the shop's database cannot be read or written
    ├── RoomError               1  LiveKit cannot be reached, or a room is lost for good
    ├── RecordingError          1  a recorded call cannot be read
    └── StageError              1  a stage failed in a call: we apologise and go on
        ├── SttError
        ├── LlmError
        ├── TtsError
        └── EmbeddingError

A message says what happened, where, and what to do next. Adapters translate their library's
exceptions into these (`raise SttError(...) from exc`) and never swallow `CancelledError`.
"""


class VoicebotError(Exception):
    """The root. `str(error)` is one line for a person."""

    exit_code = 1


class ConfigError(VoicebotError):
    exit_code = 3


class ModelError(VoicebotError):
    exit_code = 4


class IngestError(VoicebotError):
    pass


class StoreError(VoicebotError):
    pass


class RoomError(VoicebotError):
    pass


class RecordingError(VoicebotError):
    pass


class StageError(VoicebotError):
    """retry_after_s: seconds in which whoever failed does not want to be asked again."""

    retry_after_s = 0.0


class SttError(StageError):
    pass


class LlmError(StageError):
    pass


class TtsError(StageError):
    pass


class EmbeddingError(StageError):
    pass
