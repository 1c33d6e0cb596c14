#!/usr/bin/env python3
"""Puts captions in many languages into `.data/languages` (one file, 3.5 MB).

    python3 Tools/fetch/languages.py

They are those of the stamps of Tux Paint, out of the Debian package `tuxpaint-stamps-default`, whose
161 MB are mostly pictures. Does nothing when the file is there.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from debian import Package, download, require_apt
from terminal import alone, run, say

FILE = "captions.tsv"
ENGLISH = "en"

PACKAGE = Package(
    "tuxpaint-stamps-default",
    "the stamps of Tux Paint",
    "make captions.tsv in .data/languages of the stamps of Tux Paint (tuxpaint.org) with"
    " Tools/fetch/languages.py",
    version="2022.06.04-1",
    sha256="6db6c1bfc870a47f1499d6203b083522eacb57c5f9c87d468f2e92eb6d9d5f34",
)


def captions(text: str) -> dict[str, str]:
    """The captions of a stamp's file by language: English first, then `LANGUAGE.utf8=CAPTION`."""
    lines = text.replace("\r", "").split("\n")
    found = {ENGLISH: lines[0]}
    for line in lines[1:]:
        language, separator, caption = line.partition(".utf8=")
        if separator and "=" not in language:
            found.setdefault(language, caption)
    tidy = {language: " ".join(caption.split()) for language, caption in found.items()}
    return {language: caption for language, caption in tidy.items() if caption}


def table(stamps: list[tuple[str, dict[str, str]]]) -> str:
    """A line for each caption of each stamp, which is named by where it lies.

    Of stamps with one English caption the first is taken, and none where they are of several classes.
    """
    classes: dict[str, set[str]] = {}
    for name, found in stamps:
        if ENGLISH in found:
            classes.setdefault(found[ENGLISH], set()).add(name.split("/")[0])
    lines, seen = ["stamp\tclass\tlanguage\tcaption"], set()
    for name, found in stamps:
        english = found.get(ENGLISH)
        if english is None or english in seen or len(classes[english]) > 1:
            continue
        seen.add(english)
        for language in sorted(found):
            lines.append("\t".join((name, name.split("/")[0], language, found[language])))
    return "\n".join(lines) + "\n"


def read(folder: Path) -> list[tuple[str, dict[str, str]]]:
    files = sorted(folder.rglob("*.txt"), key=lambda file: file.relative_to(folder).as_posix())
    return [
        (
            file.relative_to(folder).with_suffix("").as_posix(),
            captions(file.read_bytes().decode("utf-8", errors="replace")),
        )
        for file in files
    ]


def install(checkout: Path) -> None:
    place = checkout / ".data" / "languages"
    if (place / FILE).is_file():
        return
    require_apt(PACKAGE)
    partial = checkout / ".data" / "partial-languages"
    with alone(partial):
        if (place / FILE).is_file():
            return
        tree = download(PACKAGE, partial)
        kept = partial / "kept"
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        text = table(read(tree / "usr" / "share" / "tuxpaint" / "stamps"))
        (kept / FILE).write_bytes(text.encode())
        if place.exists():
            place.rename(partial / "replaced")
        kept.rename(place)
        shutil.rmtree(partial)
    say(f"Captions are in {place}.")


if __name__ == "__main__":
    checkout = Path(__file__).resolve().parents[2]
    run(lambda: install(checkout))
