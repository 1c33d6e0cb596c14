#!/usr/bin/env python3
"""Puts Fashion-MNIST (70,000 images of clothes, 28 by 28) into `.data/fashion-mnist`.

    python3 Tools/fetch/fashion_mnist.py

It comes out of the Debian package `dataset-fashion-mnist`. Does nothing when the files are there.
"""

from __future__ import annotations

import gzip
import hashlib
import math
import shutil
import struct
import zlib
from pathlib import Path

from debian import Package, download, require_apt
from terminal import Problem, alone, run, say

FILES = {
    "train-images-idx3-ubyte": (60_000, 28, 28),
    "train-labels-idx1-ubyte": (60_000,),
    "t10k-images-idx3-ubyte": (10_000, 28, 28),
    "t10k-labels-idx1-ubyte": (10_000,),
}
"""The shape of what each file holds; a file may be gzip-compressed, named with `.gz`."""

DIGESTS = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
"""The SHA-256 of each file, not compressed."""

ELSEWHERE = (
    "put the four IDX files of Fashion-MNIST (zalandoresearch/fashion-mnist on GitHub has them)"
    " into .data/fashion-mnist, or name a folder that holds them: --data DIR"
)

PACKAGE = Package("dataset-fashion-mnist", "Fashion-MNIST", ELSEWHERE)


def install(checkout: Path) -> None:
    place = checkout / ".data" / "fashion-mnist"
    if all(found(place, name) for name in FILES):
        return
    require_apt(PACKAGE)
    partial = checkout / ".data" / "partial"
    with alone(partial):
        if all(found(place, name) for name in FILES):
            return
        tree = download(PACKAGE, partial) / "usr" / "share" / "datasets" / "fashion-mnist"
        for name in FILES:
            check(found(tree, name), name)
        if place.exists():
            place.rename(partial / "replaced")
        tree.rename(place)
        shutil.rmtree(partial)
    say(f"Fashion-MNIST is in {place}.")


def found(folder: Path, name: str) -> Path | None:
    """The file of that name in `folder`, compressed or not."""
    paths = [folder / name, folder / f"{name}.gz"]
    return next((path for path in paths if path.is_file()), None)


def check(path: Path | None, name: str) -> None:
    """Throws unless `path` is the IDX file that it should be, to the last byte."""
    if path is None:
        raise Problem(f"The package {PACKAGE.name} holds no {name}; {ELSEWHERE}.")
    shape = FILES[name]
    header = struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape)
    expected = len(header) + math.prod(shape)
    try:
        with gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as file:
            # No more than one byte too many: what is compressed may be endless.
            content = file.read(expected + 1)
    except (OSError, EOFError, zlib.error):
        raise Problem(
            f"{path} is damaged (its gzip checksum is wrong); run the same command again."
        ) from None
    if content[: len(header)] != header or len(content) != expected:
        raise Problem(
            f"{path} is not the IDX file of shape {list(shape)} that it should be; {ELSEWHERE}."
        )
    if hashlib.sha256(content).hexdigest() != DIGESTS[name]:
        raise Problem(f"{path} has another SHA-256 than Fashion-MNIST's; {ELSEWHERE}.")


if __name__ == "__main__":
    checkout = Path(__file__).resolve().parents[2]
    run(lambda: install(checkout))
