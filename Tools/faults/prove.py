#!/usr/bin/env python3
"""Proves that a run survives whatever ends it: at each call that changes what is on the disk under
which name (rename, fsync, unlink, mkdir, …) the program is killed, stopped or told that the disk is
full; then the run is gone on with, or, where it had not begun, begun again. Everything it writes must
come out as without, networks and certificates to the bit, and nothing else may be left.

  prove.py PROGRAM [--only WORD] [--faults kill,stop,full] [--points N] [--keep FOLDER]

The commands are those of the golden runs, which reach every subcommand. --points takes only that many
calls of each command, spread evenly. Works on Linux, with a C compiler. Exits with 1 where anything is
lost.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "golden"))

from compare import differences  # noqa: E402
from golden import commands  # noqa: E402
from inputs import write_all  # noqa: E402

RUNS = {"demo", "compress", "predictive", "run"}
"""Commands that take --resume; so do those of `generative` that make a run."""

SECONDS = 300
"""No command takes as long; one that does is stuck."""


class Prover:
    def __init__(self, program: Path, folder: Path):
        self.program, self.folder = program, folder
        self.place = folder / "world"
        """Where every command runs: some files hold its path."""
        self.library = folder / "faults.so"
        source = Path(__file__).parent / "faults.c"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", self.library, source, "-ldl"], check=True)

    def run(self, arguments: list[str], **fault: str) -> tuple[int, str]:
        """How the command ended, and what it said on standard error."""
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        if fault:
            environment |= {"LD_PRELOAD": str(self.library), **fault}
        ending = subprocess.run([self.program, *arguments], cwd=self.place, env=environment,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                stdin=subprocess.DEVNULL, timeout=SECONDS)
        return ending.returncode, ending.stderr.decode(errors="replace").strip()

    def calls(self, arguments: list[str]) -> list[str]:
        """Runs a command as it should go; what calls it made."""
        log = self.folder / "calls"
        log.unlink(missing_ok=True)
        code, said = self.run(arguments, FAULT_LOG=str(log))
        if code != 0:
            sys.exit(f"'{' '.join(arguments)}' fails by itself ({code}): {said}")
        return log.read_text().splitlines() if log.exists() else []

    def prove(self, arguments: list[str], before: Path, whole: Path, fault: str, number: int) -> str:
        """What is wrong after a fault at a call; empty where nothing is."""
        copy(before, self.place)
        code, said = self.run(arguments, FAULT=fault, FAULT_AT=str(number))
        expected = {"kill": {-9}, "stop": {0, 130}, "full": {0, 1}}[fault]
        if fault == "stop" and not words_of_run(arguments):
            expected = {0, 130, -15}  # What takes no time to do again hears no signals.
        if code not in expected or (code == 1 and not last(said).startswith("distill: ")):
            return f"ended with {code}: {last(said)}"
        code, said = self.go_on(arguments)
        if code != 0:
            return f"is neither gone on with nor begun again: {said}"
        # Neither of the two lies where the paths in it say.
        point = self.folder / "point"
        shutil.rmtree(point, ignore_errors=True)
        self.place.rename(point)
        return "; ".join(f"{name}: {lines[0]}" for name, lines in differences(whole, point) if lines)

    def go_on(self, arguments: list[str]) -> tuple[int, str]:
        """Goes on with a run, or begins again; how that ended."""
        words = words_of_run(arguments)
        if words:
            out = arguments[arguments.index("--out") + 1]
            code, said = self.run([*words, "--resume", out, "--threads", "1"])
            if code == 0:
                return code, said
        again, sentence = self.run(arguments)
        return again, f"{last(said)}, {last(sentence)}" if words else last(sentence)


def words_of_run(arguments: list[str]) -> list[str]:
    """The subcommand that goes on with the run which arguments begin; none where they begin none."""
    words = arguments[:2] if arguments[0] == "generative" else arguments[:1]
    return words if words[-1] in RUNS | {"train", "fit"} and "--out" in arguments else []


def last(said: str) -> str:
    return said.splitlines()[-1] if said else "nothing was said"


def copy(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


def spread(count: int, points: int | None) -> list[int]:
    """The numbers of the calls to look at."""
    if points is None or points >= count:
        return list(range(1, count + 1))
    return sorted({1 + round(i * (count - 1) / max(points - 1, 1)) for i in range(points)})


def needed(only: str) -> list[tuple[str, list[str]]]:
    """The commands whose name holds a word, and those before that make what they read."""
    kept: list[tuple[str, list[str]]] = []
    folders: set[str] = set()
    for name, arguments in reversed(commands()):
        own = {"/".join(word.split("/")[:2]) for word in arguments if word.startswith("runs/")}
        if only in name or own & folders:
            kept.insert(0, (name, arguments))
            folders |= own
    return kept


def prove_all(options: argparse.Namespace, folder: Path) -> int:
    prover = Prover(options.program.resolve(), folder)
    before, whole = folder / "before", folder / "whole"
    prover.place.mkdir()
    write_all(prover.place)
    tried = lost = 0
    for name, arguments in needed(options.only):
        copy(prover.place, before)
        calls = prover.calls(arguments)
        if options.only not in name or not calls:
            continue
        copy(prover.place, whole)
        for fault in options.faults.split(","):
            numbers = spread(len(calls), options.points)
            for number in numbers:
                tried += 1
                wrong = prover.prove(arguments, before, whole, fault, number)
                if wrong:
                    lost += 1
                    print(f"{name}: {fault} at {calls[number - 1]}: {wrong}", flush=True)
            print(f"{name}: {fault} at {len(numbers)} of {len(calls)} calls", file=sys.stderr)
        copy(whole, prover.place)
    print(f"{tried} points, {lost} lost something")
    return 1 if lost or not tried else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("--only", default="", help="only commands whose name holds this word")
    parser.add_argument("--faults", default="kill,stop,full", help="which, separated by commas")
    parser.add_argument("--points", type=int, help="how many calls of each command")
    parser.add_argument("--keep", type=Path, help="an empty folder to work in, which is kept")
    options = parser.parse_args()
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
        return prove_all(options, options.keep.resolve())
    with tempfile.TemporaryDirectory() as folder:
        return prove_all(options, Path(folder).resolve())


if __name__ == "__main__":
    sys.exit(main())
