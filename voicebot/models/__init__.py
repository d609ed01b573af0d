"""The model files: what is needed, where it is kept, how it is fetched and checked."""

from voicebot.models.manifest import Manifest, Model, Profile, load_manifest
from voicebot.models.places import cache_dir, livekit_server, models_dir
from voicebot.models.store import Fault, ModelStore

__all__ = [
    "Fault",
    "Manifest",
    "Model",
    "ModelStore",
    "Profile",
    "cache_dir",
    "livekit_server",
    "load_manifest",
    "models_dir",
]
