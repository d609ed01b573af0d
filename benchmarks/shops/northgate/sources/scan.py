"""A page that is only a picture: set in type, turned a little, greyed, dotted, and photographed."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONTS = Path("/usr/share/fonts/truetype/liberation")
SIZE = (1240, 1754)  # A4 at 150 dots an inch


def build(source: Path, target: Path) -> None:
    """Print `source`, whose first line is the heading, as an image-only PDF."""
    heading, *lines = source.read_text(encoding="utf-8").splitlines()
    page = Image.new("L", SIZE, 244)
    pen = ImageDraw.Draw(page)
    pen.text((130, 150), heading, 30, ImageFont.truetype(FONTS / "LiberationSans-Bold.ttf", 46))
    body = ImageFont.truetype(FONTS / "LiberationSerif-Regular.ttf", 31)
    for number, line in enumerate(lines):
        pen.text((130, 230 + 46 * number), line, 40, body)
    page = page.rotate(0.9, resample=Image.Resampling.BICUBIC, fillcolor=238)
    page = page.filter(ImageFilter.GaussianBlur(0.7))
    noise = np.random.default_rng(7).normal(0, 9, (SIZE[1], SIZE[0]))
    grey = np.clip(np.asarray(page, dtype=float) + noise, 0, 255).astype("uint8")
    Image.fromarray(grey).save(target, "PDF", resolution=150, quality=38)
