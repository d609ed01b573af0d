"""The screens that the pages are looked at on, and the wishes of who looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from playwright.async_api import Page


@dataclass(frozen=True)
class Look:
    """Of one screen: in CSS pixels."""

    width: int
    height: int
    scheme: Literal["light", "dark"] = "light"
    forced_colors: Literal["active", "none"] = "none"


LOOKS = {
    "kiosk": Look(1080, 1920),
    "kiosk-dark": Look(1080, 1920, scheme="dark"),
    "kiosk-4k": Look(2160, 3840),
    "contrast": Look(1080, 1920, forced_colors="active"),
    "phone": Look(390, 844),
    "phone-small": Look(320, 568, scheme="dark"),
    "tablet": Look(1024, 768),
    "desktop": Look(1440, 900),
}


async def wear(page: Page, look: Look) -> None:
    await page.set_viewport_size({"width": look.width, "height": look.height})
    await page.emulate_media(
        color_scheme=look.scheme, forced_colors=look.forced_colors, reduced_motion="reduce"
    )
