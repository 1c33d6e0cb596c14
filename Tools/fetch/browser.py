#!/usr/bin/env python3
"""Puts a browser without a window into `.data/browser`, for the tests of exported pages.

    python3 Tools/fetch/browser.py

It is the Debian package `chromium-headless-shell`, with the libraries that it needs and this system has
not. A browser is what has to be new: apt's newest is taken, whose hash is in the lists that Debian
signs. Does nothing when it is there.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from debian import Package, download, require_apt
from terminal import alone, run, say

PACKAGE = Package(
    "chromium-headless-shell",
    "a browser",
    "name a browser of the Chromium family in DISTILL_BROWSER",
)

STARTER = """#!/bin/sh
# The browser with the libraries that came with it.
here=$(dirname "$(readlink -f "$0")")
for folder in "$here"/tree/usr/lib/*-linux-* "$here"/tree/usr/lib/*-linux-*/pulseaudio; do
  LD_LIBRARY_PATH="$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
done
export LD_LIBRARY_PATH
exec "$here/tree/usr/lib/chromium/chromium-headless-shell" "$@"
"""


def install(checkout: Path) -> None:
    place = checkout / ".data" / "browser"
    starter = place / "chromium-headless-shell"
    if starter.is_file():
        return
    require_apt(PACKAGE)
    partial = checkout / ".data" / "partial-browser"
    with alone(partial):
        if starter.is_file():
            return
        tree = download(PACKAGE, partial, needs=True)
        kept = partial / "kept"
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        tree.rename(kept / "tree")
        file = kept / starter.name
        file.write_text(STARTER)
        file.chmod(0o755)
        if place.exists():
            place.rename(partial / "replaced")
        kept.rename(place)
        shutil.rmtree(partial)
    say(f"The browser is {starter}.")


if __name__ == "__main__":
    checkout = Path(__file__).resolve().parents[2]
    run(lambda: install(checkout))
