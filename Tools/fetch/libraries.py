#!/usr/bin/env python3
"""Makes sure that the headers of zlib, libpng and libjpeg are there, which `swift build` needs.

    python3 Tools/fetch/libraries.py

Where they are missing, apt installs them if this runs as root; otherwise it says what to install.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from terminal import Problem, run, say

HEADERS = {"zlib.h": "zlib1g-dev", "png.h": "libpng-dev", "jpeglib.h": "libjpeg-dev"}
"""A header of each library, and the Debian package that brings it."""


def install() -> None:
    packages = [package for header, package in HEADERS.items() if not is_found(header)]
    if not packages:
        return
    names = " ".join(packages)
    advice = f"apt-get install {names}" if sys.platform != "darwin" else "brew install libpng jpeg-turbo"
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise Problem(f"Headers of libraries are missing that reading images needs; run: {advice}.")
    say(f"Installing {names} with apt.")
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", *arguments],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode != 0:
            last = (done.stdout.strip().splitlines() or ["it said nothing"])[-1]
            raise Problem(f"apt-get {arguments[0]} failed ({last}); run it yourself: {advice}.")


def is_found(header: str) -> bool:
    places = ["/usr/include", "/usr/local/include", "/opt/homebrew/include"]
    if sys.platform == "darwin" and header == "zlib.h":
        return True  # part of the system
    found = any((Path(place) / header).is_file() for place in places)
    return found or any(Path("/usr/include").glob(f"*-linux-*/{header}"))


if __name__ == "__main__":
    run(install)
