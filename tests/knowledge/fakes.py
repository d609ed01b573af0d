"""An embedder of hashed words, and PDFs made on the spot."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class HashingEmbedder:
    """Texts that share words are near each other. embedded: how many texts it was given."""

    def __init__(self, name: str = "hashing", dimension: int = 256) -> None:
        self.name = name
        self.dimension = dimension
        self.embedded = 0

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.embedded += len(texts)
        vectors = np.full((len(texts), self.dimension), 1e-3, np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                place = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
                vectors[row, place % self.dimension] += 1
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


def pdf(*pages: str, title: str = "", password: str = "") -> bytes:
    """Each page's lines in one size; "# " begins a larger, bold one."""
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    made = io.BytesIO()
    lock = StandardEncryption(password, strength=40) if password else None
    canvas = Canvas(made, invariant=1, encrypt=lock)
    canvas.setTitle(title)
    for page in pages:
        for n, line in enumerate(page.splitlines()):
            large = line.startswith("# ")
            canvas.setFont("Helvetica-Bold" if large else "Helvetica", 18 if large else 10)
            canvas.drawString(60, 780 - 24 * n, line.removeprefix("# "))
        canvas.showPage()
    canvas.save()
    return made.getvalue()
