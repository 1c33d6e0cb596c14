#!/usr/bin/env python3
"""Puts the synsets of WordNet 3.0 (four text files, 22 MB) into `.data/wordnet`.

    python3 Tools/fetch/wordnet.py

They come out of the Debian package `wordnet-base`. Does nothing when the files are there.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from debian import Package, download, require_apt
from terminal import alone, run, say

FILES = ("data.noun", "data.verb", "data.adj", "data.adv")

PACKAGE = Package(
    "wordnet-base",
    "WordNet",
    "put data.noun, data.verb, data.adj and data.adv of WordNet 3.0 (wordnet.princeton.edu) into"
    " .data/wordnet",
    version="1:3.0-37",
    sha256="61060d960f9ada8fa120872312eccd3ecebfbab8c4579e4f5a74e1cf67620752",
)


def install(checkout: Path) -> None:
    place = checkout / ".data" / "wordnet"

    def is_there() -> bool:
        return all((place / name).is_file() for name in FILES)

    if is_there():
        return
    require_apt(PACKAGE)
    partial = checkout / ".data" / "partial-wordnet"
    with alone(partial):
        if is_there():
            return
        tree = download(PACKAGE, partial) / "usr" / "share" / "wordnet"
        kept = partial / "kept"
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        for name in FILES:
            (tree / name).rename(kept / name)
        if place.exists():
            place.rename(partial / "replaced")
        kept.rename(place)
        shutil.rmtree(partial)
    say(f"WordNet is in {place}.")


if __name__ == "__main__":
    checkout = Path(__file__).resolve().parents[2]
    run(lambda: install(checkout))
