"""A tool of a shop's own: when it is open, from its own table.

[tools]
files = ["examples/store_hours.py"]
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

Day = Literal[
    "today",
    "tomorrow",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
]
WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS = {"Saturday": "from 9 AM to 6 PM", "Sunday": "from 11 AM to 5 PM"}
USUAL = "from 9 AM to 8 PM"

# What customers say who want it; it is chosen by how much their words resemble these.
EXAMPLES = (
    "When are you open today?",
    "What time do you close?",
    "What are your opening hours on Saturday?",
    "Are you open on Sunday?",
    "When do you open tomorrow?",
    "How late are you open?",
    "Until when is the shop open on Friday?",
    "Are you still open?",
)
# What is said, from the parameters and from what the function returns.
SAY = "{when} we are open {hours}."


def store_hours(day: Day = "today") -> dict[str, str]:
    """When the shop is open on a day."""
    now = date.today()
    later = {"today": now, "tomorrow": now + timedelta(days=1)}.get(day)
    weekday = WEEK[later.weekday()] if later else day
    when = day.capitalize() if later else f"On {day}"
    return {"when": when, "hours": HOURS.get(weekday, USUAL)}
