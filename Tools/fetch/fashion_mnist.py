#!/usr/bin/env python3
"""Puts Fashion-MNIST (70,000 images of clothes, 28 by 28) into `.data/fashion-mnist`.

    python3 Tools/fetch/fashion_mnist.py

It comes out of the Debian package `dataset-fashion-mnist`. apt works in a folder of its own, so no
root is needed and the system's package lists stay as they are. Does nothing when the files are
there.
"""

from __future__ import annotations

import gzip
import hashlib
import math
import os
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

from terminal import Problem, alone, megabytes, require_space, run, say

PACKAGE = "dataset-fashion-mnist"

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


def install(checkout: Path) -> None:
    place = checkout / ".data" / "fashion-mnist"
    if all(found(place, name) for name in FILES):
        return
    for program in ("apt-get", "apt-config", "dpkg"):
        if not shutil.which(program):
            raise Problem(
                f"Fashion-MNIST comes from a Debian package and there is no {program} here;"
                f" {ELSEWHERE}."
            )
    partial = checkout / ".data" / "partial"
    with alone(partial):
        if all(found(place, name) for name in FILES):
            return
        tree = download(partial)
        for name in FILES:
            check(found(tree, name), name)
        if place.exists():
            place.rename(partial / "replaced")
        tree.rename(place)
        shutil.rmtree(partial)
    say(f"Fashion-MNIST is in {place}.")


def download(partial: Path) -> Path:
    """Fetches and unpacks the package, and gives the folder that holds the four files."""
    for leftover in ("tree", "replaced"):
        shutil.rmtree(partial / leftover, ignore_errors=True)
    say(
        "Fetching apt's package lists into a folder of their own (10 to 40 MB, deleted afterwards)."
    )
    require_space(partial, 200_000_000)
    environment = {**os.environ, "APT_CONFIG": str(private_configuration(partial)), "LC_ALL": "C"}

    def apt(*arguments: str, shown: bool = False) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["apt-get", *arguments],
            cwd=partial,
            env=environment,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=None if shown else subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    # An unreachable third-party source is no obstacle, so only what follows decides.
    update = apt("-qq", "update")
    where = apt("download", "--print-uris", "-qq", PACKAGE)
    if where.returncode != 0:
        raise Problem(
            f"apt-get finds no package {PACKAGE} ({complaint(update, where)}); {ELSEWHERE}."
        )
    size = int(where.stdout.split()[2])
    say(f"Downloading Fashion-MNIST, {megabytes(size)} (once).")
    got = apt("-q", "download", PACKAGE, shown=True)
    if got.returncode != 0:
        raise Problem(
            f"apt-get could not download {PACKAGE} ({complaint(got)}); run the same command again."
        )
    package = next(partial.glob(f"{PACKAGE}_*.deb"))
    extracted = subprocess.run(
        ["dpkg", "-x", str(package), str(partial / "tree")], capture_output=True, text=True
    )
    if extracted.returncode != 0:
        package.unlink()
        raise Problem(f"{package.name} could not be unpacked ({complaint(extracted)}); try again.")
    return partial / "tree" / "usr" / "share" / "datasets" / "fashion-mnist"


def private_configuration(partial: Path) -> Path:
    """The system's apt configuration with state and cache in `partial`, and without its hooks.

    (The hooks run after an update and may touch the system's cache, which is not ours.)
    """
    system = subprocess.run(["apt-config", "dump"], capture_output=True, text=True).stdout
    hooks = ("DPkg::", "APT::Update::", "Dir::Etc::main ", "Dir::Etc::parts ")
    kept = [line for line in system.splitlines() if not line.startswith(hooks)]
    for folder in ("apt/lists/partial", "apt/cache/archives/partial"):
        (partial / folder).mkdir(parents=True, exist_ok=True)
    own = {
        "Dir::State": partial / "apt",
        "Dir::State::lists": partial / "apt" / "lists",
        "Dir::Cache": partial / "apt" / "cache",
        "Dir::Etc::main": "/dev/null",
        "Dir::Etc::parts": "/dev/null",
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
    }
    path = partial / "apt.conf"
    path.write_text("\n".join(kept + [f'{key} "{value}";' for key, value in own.items()]) + "\n")
    return path


def complaint(*results: subprocess.CompletedProcess) -> str:
    lines = [line for result in results for line in result.stderr.splitlines()]
    errors = [line for line in lines if line[:2] in ("E:", "W:")] or lines or ["no message"]
    return errors[0].lstrip("EW: ").rstrip(".")


def found(folder: Path, name: str) -> Path | None:
    """The file of that name in `folder`, compressed or not."""
    paths = [folder / name, folder / f"{name}.gz"]
    return next((path for path in paths if path.is_file()), None)


def check(path: Path | None, name: str) -> None:
    """Throws unless `path` is the IDX file that it should be, to the last byte."""
    if path is None:
        raise Problem(f"The package {PACKAGE} holds no {name}; {ELSEWHERE}.")
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
