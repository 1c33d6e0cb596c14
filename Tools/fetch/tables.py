#!/usr/bin/env python3
"""Puts four tables, each with a boosted ensemble of trees trained on it, into `.data/tables`.

    python3 Tools/fetch/tables.py

LetterRecognition, Shuttle and Satellite come out of the Debian package `r-cran-mlbench`, spam out of
`r-cran-kernlab`; Documentation/Data.md says of which versions and under which licences. R's files
become CSV, and the teachers are trained, by packages of Python in an environment of their own, which
stays in `.data/tables/python`. Does nothing when everything is there.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from debian import Package, download, require_apt
from terminal import Problem, alone, run, say

FILES = {
    "letters": (
        "mlbench/data/LetterRecognition.rda",
        "967a1a3e10b548d7269cbe50182bcecd6365cc58ea07638bbc34c51f17f34f1d",
    ),
    "shuttle": (
        "mlbench/data/Shuttle.rda",
        "5b1db218b76a47c83f575f1ff38d7a7d36e569b0e27d8bf4aa92eae6c0bcb826",
    ),
    "satellite": (
        "mlbench/data/Satellite.rda",
        "29f8cf9bb1bc51b769d694c9caf740fd1c36ed6a7c87603edf5985962e330f64",
    ),
    "spam": (
        "kernlab/data/spam.rda",
        "09281b38bc7b064f63616d9056091f924f59e38aa9fd07dd3bc1af0cba9613d3",
    ),
}
"""Where each table is among R's packages, and the SHA-256 of the file."""

PYTHON = ["rdata==1.1.0", "xgboost==3.2.0", "lightgbm==4.7.0", "numpy==2.4.6"]

ELSEWHERE = (
    "put LetterRecognition.rda, Shuttle.rda and Satellite.rda of R's package mlbench 2.1-3, and"
    " spam.rda of kernlab 0.9-32, into .data/tables/r as letters.rda, shuttle.rda, satellite.rda"
    " and spam.rda"
)

PACKAGES = [
    Package("r-cran-mlbench", "three of the tables", ELSEWHERE),
    Package("r-cran-kernlab", "the table of spam", ELSEWHERE),
]
"""Of any version: what is in them is checked."""


def install(checkout: Path) -> None:
    place = checkout / ".data" / "tables"
    if (place / "tables.json").is_file():
        return
    raw = place / "r"
    partial = checkout / ".data" / "partial-tables"
    with alone(partial):
        if not all(is_right(raw / f"{name}.rda", digest) for name, (_, digest) in FILES.items()):
            require_apt(PACKAGES[0])
            fetch(partial, raw)
        python = environment(
            place / "python",
            PYTHON,
            "rdata, XGBoost and LightGBM into an environment of their own (about 400 MB)",
        )
        say("Turning the tables into CSV and training their teachers (about three minutes, once).")
        script = Path(__file__).with_name("tables_teachers.py")
        made = subprocess.run([str(python), "-B", str(script), str(raw), str(place)])
        if made.returncode != 0:
            raise Problem("The teachers could not be trained; the message above says why.")
    say(f"Four tables and their teachers are in {place}.")


def fetch(partial: Path, raw: Path) -> None:
    raw.mkdir(parents=True, exist_ok=True)
    for package in PACKAGES:
        library = download(package, partial) / "usr/lib/R/site-library"
        for name, (path, digest) in FILES.items():
            if not path.startswith(package.name.removeprefix("r-cran-")):
                continue
            if not is_right(library / path, digest):
                raise Problem(
                    f"{path} of {package.name} has another SHA-256 than it should; {ELSEWHERE}."
                )
            shutil.copyfile(library / path, raw / f"{name}.rda")
    shutil.rmtree(partial)


def is_right(file: Path, digest: str) -> bool:
    return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == digest


def environment(place: Path, packages: list[str], said: str) -> Path:
    """A Python with the packages; made where there is none, and `said` first."""
    python = place / "bin" / "python"
    done = place / "installed"
    if done.is_file() and done.read_text() == " ".join(packages):
        return python
    say(f"Installing {said}.")
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(place)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages],
    ):
        made = subprocess.run(command, capture_output=True, text=True)
        if made.returncode != 0:
            lines = (made.stderr or made.stdout).strip().splitlines() or ["no message"]
            raise Problem(
                f"The packages {', '.join(packages)} could not be installed ({lines[-1].strip()});"
                " install python3-venv, or correct that, and run the same command again."
            )
    done.write_text(" ".join(packages))
    return python


if __name__ == "__main__":
    checkout = Path(__file__).resolve().parents[2]
    run(lambda: install(checkout))
