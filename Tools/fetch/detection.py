#!/usr/bin/env python3
"""Puts colour emoji into `.data/emoji`, and aerial photographs with boxes into `.data/aerial`.

    python3 Tools/fetch/detection.py

The emoji come out of the Debian package `fonts-noto-color-emoji`, the photographs out of the wheel
`deepforest` 2.1.0. Does nothing for what is there.
"""

from __future__ import annotations

import shutil
import struct
import xml.etree.ElementTree
from pathlib import Path

from debian import Package, download, require_apt
from libtorch import fetch
from pictures import ColourFont, palette_png, quartered
from terminal import alone, run, say
from wheel import Wheel

FONT = Package(
    "fonts-noto-color-emoji",
    "colour emoji",
    "put NotoColorEmoji.ttf of Noto Color Emoji 2.042 there by other means and run"
    " Tools/fetch/detection.py again",
    version="2.042-0+deb12u1",
    sha256="a5ab0f69c7938423862320d9aca5dd187b3fd879d6a9a57dd52e17c3fa8d2751",
)

CLASSES = {
    "face": [(0x1F600, 0x1F644), (0x1F910, 0x1F917), (0x1F920, 0x1F925), (0x1F970, 0x1F976)],
    "hand": [(0x1F446, 0x1F450), (0x1F590, 0x1F590), (0x1F595, 0x1F596), (0x1F918, 0x1F91F)],
    "animal": [(0x1F400, 0x1F43D), (0x1F980, 0x1F9AE)],
    "plant": [(0x1F330, 0x1F344), (0x1F384, 0x1F384), (0x1F38B, 0x1F38D), (0x1F940, 0x1F940)],
    "food": [(0x1F345, 0x1F37F), (0x1F32D, 0x1F32F), (0x1F950, 0x1F96F), (0x1F9C0, 0x1F9C8)],
    "vehicle": [(0x1F680, 0x1F6A4), (0x1F6E5, 0x1F6FC)],
    "clothes": [(0x1F451, 0x1F462), (0x1F97B, 0x1F97F), (0x1F9E2, 0x1F9E6)],
    "building": [(0x1F3D4, 0x1F3F0), (0x1F54B, 0x1F54D), (0x1F5FB, 0x1F5FF)],
    "heart": [(0x1F493, 0x1F49F), (0x1F90D, 0x1F90E), (0x1F5A4, 0x1F5A4), (0x1F9E1, 0x1F9E1)],
    "clock": [(0x1F550, 0x1F567), (0x23F0, 0x23F3), (0x231A, 0x231B), (0x1F570, 0x1F570)],
}
"""The code points of each class, first to last."""

PHOTOGRAPHS = {
    "2019_YELL_2_528000_4978000_image_crop2": "train",
    "2019_YELL_2_541000_4977000_image_crop": "test",
}

WHEEL = Wheel(
    "deepforest",
    "deepforest-2.1.0-py3-none-any.whl",
    "9a659bf32bb6494e27d8c04667ef0ea437f71cdf5b1f4d3a938c37b155e4052d",
    {
        f"deepforest/data/{source}.{ending}": f"{target}.{ending}"
        for source, target in PHOTOGRAPHS.items()
        for ending in ("png", "xml")
    },
)


def array(shape: tuple[int, ...], values: bytes) -> bytes:
    """A file of NumPy's with bytes."""
    head = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}"
    head += " " * (-(len(head) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + values


def install_emoji(checkout: Path) -> None:
    place = checkout / ".data" / "emoji"
    names = ("pictures.npy", "labels.npy", "classes.txt")
    if all((place / name).is_file() for name in names):
        return
    require_apt(FONT)
    partial = checkout / ".data" / "partial-emoji"
    with alone(partial):
        tree = download(FONT, partial)
        say("Reading the font's pictures (10 seconds).")
        font = ColourFont(tree / "usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
        kept = partial / "kept"
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        write_emoji(font, kept)
        replace(place, kept, partial)
    say(f"Emoji are in {place}.")


def write_emoji(font: ColourFont, folder: Path) -> None:
    pictures, labels = [], []
    for label, ranges in enumerate(CLASSES.values()):
        for first, last in ranges:
            for point in range(first, last + 1):
                png = font.png(point)
                if png is not None:
                    height, width, pixels = quartered(*palette_png(png))
                    pictures.append(pixels)
                    labels.append(label)
    shape = (len(pictures), height, width, 4)
    (folder / "pictures.npy").write_bytes(array(shape, b"".join(pictures)))
    (folder / "labels.npy").write_bytes(array((len(labels),), bytes(labels)))
    (folder / "classes.txt").write_text("".join(f"{name}\n" for name in CLASSES))


def install_photographs(checkout: Path) -> None:
    place = checkout / ".data" / "aerial"
    names = [f"{name}.{ending}" for name in PHOTOGRAPHS.values() for ending in ("png", "csv")]
    if all((place / name).is_file() for name in names):
        return
    partial = checkout / ".data" / "partial-aerial"
    with alone(partial):
        tree = fetch([WHEEL], partial, "aerial photographs")
        for name in PHOTOGRAPHS.values():
            (tree / f"{name}.csv").write_text(boxes((tree / f"{name}.xml").read_text()))
            (tree / f"{name}.xml").unlink()
        replace(place, tree, partial)
    say(f"Aerial photographs are in {place}.")


def boxes(text: str) -> str:
    """The boxes of a file of PASCAL VOC's as CSV."""
    lines = ["left,top,right,bottom"]
    for box in xml.etree.ElementTree.fromstring(text).iter("bndbox"):
        lines.append(",".join(box.find(side).text for side in ("xmin", "ymin", "xmax", "ymax")))
    return "\n".join(lines) + "\n"


def replace(place: Path, kept: Path, partial: Path) -> None:
    if place.exists():
        place.rename(partial / "replaced")
    place.parent.mkdir(exist_ok=True)
    kept.rename(place)
    shutil.rmtree(partial)


def install(checkout: Path) -> None:
    install_emoji(checkout)
    install_photographs(checkout)


if __name__ == "__main__":
    checkout = Path(__file__).resolve().parents[2]
    run(lambda: install(checkout))
