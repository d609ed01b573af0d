"""A shop's voice assistant that runs on one small box, with no cloud."""

import os

__version__ = "0.1.0"

# numpy's threads spin while they wait for small products, and starve the models: a spectrogram cost
# both cores. Read when numpy is first imported, and nothing of ours is imported before this.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
