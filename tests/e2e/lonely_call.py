"""Serves a shop and calls it, in the network of alone.py:
`python -m tests.e2e.lonely_call FOLDER LIKE_FOLDER QUESTION.wav OUT.wav`.

Prints the call's report as JSON, with `sent_away`: how many packets were to leave the box, and
`counted`: whether one that was sent on purpose afterwards was seen.
"""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

from tests.e2e.alone import packets_sent
from tests.e2e.serving import Shop, open_shop, serving, voicebot


def main(folder: str, like: str, question: str, out: str) -> int:
    shop = open_shop(Path(folder), like=Shop(Path(like), 0))
    before = packets_sent()
    with serving(shop) as bot:
        called = voicebot(shop, "call", "--wav", question, "--json", "--save", out)
        if called.returncode:
            sys.stderr.write(f"{called.stdout}{called.stderr}{bot.tail()}")
            return 1
    sent = packets_sent()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stray:
        stray.sendto(b"hello", ("203.0.113.1", 9))
    report = json.loads(called.stdout)
    print(json.dumps(report | {"sent_away": sent - before, "counted": packets_sent() == sent + 1}))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:5]))
