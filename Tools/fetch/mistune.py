#!/usr/bin/env python3
"""Puts mistune, which renders Markdown, into `.data/mistune`, for the documentation's site.

    python3 Tools/fetch/mistune.py

It is a wheel of Python alone. Does nothing when it is there.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from libtorch import fetch, is_installed
from terminal import alone, run, say
from wheel import Wheel

VERSION = "3.4.0"
WHEEL = Wheel(
    "mistune",
    f"mistune-{VERSION}-py3-none-any.whl",
    "89b87850598666c526aea48724ed0a9a56f3d6f0c4bd2463b08d7befbdfa6822",
    {"mistune/": "mistune/"},
)


def install(checkout: Path) -> None:
    place, stamp = checkout / ".data" / "mistune", f"{VERSION}\n"
    if is_installed(place, stamp):
        return
    partial = checkout / ".data" / "partial-mistune"
    partial.parent.mkdir(exist_ok=True)
    with alone(partial):
        if is_installed(place, stamp):
            return
        tree = fetch([WHEEL], partial, f"mistune {VERSION}")
        (tree / "VERSION").write_text(stamp)
        if place.exists():
            place.rename(partial / "replaced")
        tree.rename(place)
        shutil.rmtree(partial)
    say(f"mistune {VERSION} is in {place}.")


if __name__ == "__main__":
    checkout = Path(__file__).resolve().parents[2]
    run(lambda: install(checkout))
