#!/usr/bin/env python3
"""Golden runs: what two builds of the program compute from the same small inputs must be equal.

  golden.py OLD NEW [--keep FOLDER] [--only WORD]   run both, compare, say what differs
  golden.py make PROGRAM FOLDER                     one build's runs, to look at

Weights, draws and samples are compared byte for byte; JSON, YAML and tables by their values. Times,
dates, paths and what describes the machine or the program are left out. Exits with 1 where anything
differs. Give both programs the same LIBTORCH and an idle machine; everything runs in one thread.
"""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from compare import differences
from inputs import write_all


def commands(only: str = "") -> list[tuple[str, list[str]]]:
    """Name and arguments of every run, in order."""
    lines = (Path(__file__).parent / "commands.txt").read_text().splitlines()
    pairs = [line.split(": ", 1) for line in lines if line and not line.startswith("#")]
    return [(name, shlex.split(text)) for name, text in pairs if only in name]


def make(program: Path, folder: Path, only: str = "") -> float:
    """Runs every command in a new folder; keeps what each printed, and how it ended, under said/."""
    folder.mkdir(parents=True)
    write_all(folder)
    said = folder / "said"
    said.mkdir()
    start = time.monotonic()
    for name, arguments in commands(only):
        begin = time.monotonic()
        with open(said / f"{name}.jsonl", "wb") as out, open(said / f"{name}.log", "wb") as log:
            # What says nothing but JSON has no word for it.
            words = arguments if arguments[0] == "catalogues" else [*arguments, "--json"]
            ending = subprocess.run([program, *words], cwd=folder, stdout=out, stderr=log,
                                    env=os.environ | {"OMP_NUM_THREADS": "1"})
        (said / f"{name}.exit").write_text(f"{ending.returncode}\n")
        took = time.monotonic() - begin
        print(f"  {name}: exit {ending.returncode}, {took:.1f} s", file=sys.stderr)
        if ending.returncode != 0:
            print((said / f"{name}.log").read_text()[-600:], file=sys.stderr)
    return time.monotonic() - start


def compare(old: Path, new: Path, keep: Path, only: str) -> int:
    """Makes both builds' runs in `keep` and prints what differs."""
    for name, program in [("old", old), ("new", new)]:
        print(f"{name}: {program}", file=sys.stderr)
        seconds = make(program.resolve(), keep / name, only)
        print(f"{name}: {seconds:.1f} s together", file=sys.stderr)
    count, files = 0, 0
    for path, found in differences(keep / "old", keep / "new"):
        files += 1
        count += len(found)
        for line in found[:8]:
            print(f"{path}: {line}")
        if len(found) > 8:
            print(f"{path}: and {len(found) - 8} more")
    print(f"{files} files compared, {count} differences")
    return 1 if count or not files else 0


def main() -> int:
    if sys.argv[1:2] == ["make"]:
        parser = argparse.ArgumentParser(prog="golden.py make")
        parser.add_argument("program", type=Path)
        parser.add_argument("folder", type=Path)
        parser.add_argument("--only", default="")
        options = parser.parse_args(sys.argv[2:])
        make(options.program.resolve(), options.folder, options.only)
        return 0
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--keep", type=Path, help="an empty folder that keeps both runs")
    parser.add_argument("--only", default="", help="only runs whose name holds this word")
    options = parser.parse_args()
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
        return compare(options.old, options.new, options.keep, options.only)
    with tempfile.TemporaryDirectory() as folder:
        return compare(options.old, options.new, Path(folder), options.only)


if __name__ == "__main__":
    sys.exit(main())
