"""Pictures of every state of the kiosk's page in every look, to be looked at.

python -m tests.pages.pictures FOLDER [LOOK ...]
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.pages.looks import LOOKS, wear
from tests.pages.puppet import open_house
from tests.pages.states import STATES, name_of, scene_at


async def take(folder: Path, looks: Sequence[str]) -> None:
    async with open_house() as house, scene_at(house) as scene:
        for number, state in enumerate(STATES):
            await state(scene)
            for look in looks:
                await wear(scene.visitor.page, LOOKS[look])
                file = folder / f"{look}-{number:02d}-{name_of(state).replace(' ', '-')}.png"
                await scene.visitor.page.screenshot(path=file)


def main(folder: Path, looks: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(folder, looks or list(LOOKS)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
