#!/usr/bin/env python3
"""Proves that a run survives whatever ends it: at each call that changes what is on the disk under
which name (rename, fsync, unlink, mkdir, …) the program is killed, stopped or told that the disk is
full; then the run is resumed, or, where it had not begun, begun again. Everything it writes must
come out as without, networks and certificates to the bit, and nothing else may be left.

  prove.py PROGRAM [--only WORD,…] [--faults kill,stop,full] [--points N] [--keep FOLDER]

The commands are those of the golden runs, which reach every subcommand, with fewer steps and examples.
Where two faults leave the same behind, the run is resumed once. --points takes only that many
calls of each command, spread evenly. Works on Linux, with a C compiler. Exits with 1 where anything is
lost.
"""

import argparse
import os
import re
import resource
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "golden"))

from compare import differences  # noqa: E402
from golden import commands  # noqa: E402
from inputs import write_all  # noqa: E402

RUNS = {"demo", "compress", "predictive", "run"}
"""Commands that take --resume; so do those of `generative` that make a run."""

MOST = {"--steps": 8, "--limit": 40}
"""Longer trainings, and those on more examples, make the same calls later or more often."""

SECONDS = 60
"""Of the processor's time: no command takes as long; one that does is stuck."""

TEMPORARY = re.compile(r"\.[0-9a-z]{13}\.tmp$")
"""Names of unfinished files hold a number by chance."""


class Server:
    """The program, loaded once, that forks for each command: see faults.c."""

    def __init__(self, program: Path, library: Path, folder: Path):
        self.socket, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # Both processes see one place in it.
        self.said = os.open(folder / "said", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        environment = os.environ | {"OMP_NUM_THREADS": "1", "LD_PRELOAD": str(library),
                                    "FAULT_SOCKET": str(other.fileno())}
        self.process = subprocess.Popen(
            [program], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=self.said, pass_fds=[other.fileno()],
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS)))
        other.close()

    def run(self, place: Path, arguments: list[str], fault: str = "", number: int = 0,
            asked=None) -> tuple[int, str]:
        """How a command ended, and what it said on standard error.

        `asked` is told each call that the fault `ask` sends.
        """
        os.ftruncate(self.said, 0)
        os.lseek(self.said, 0, os.SEEK_SET)
        words = [str(place), fault, str(number), *arguments]
        self.socket.send(b"".join(word.encode() + b"\0" for word in words))
        while len(answer := self.socket.recv(1 << 16)) != 4:
            asked(answer.decode())
            self.socket.send(b".")
        code = os.waitstatus_to_exitcode(struct.unpack("i", answer)[0])
        length = os.fstat(self.said).st_size
        return code, os.pread(self.said, length, 0).decode(errors="replace").strip()


class Prover:
    def __init__(self, program: Path, folder: Path):
        self.folder = folder
        self.place = folder / "world"
        """Where every command runs: some files hold its path."""
        library = folder / "faults.so"
        source = Path(__file__).parent / "faults.c"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
        self.server = Server(program, library, folder)

    def run(self, arguments: list[str], fault: str = "", number: int = 0) -> tuple[int, str]:
        return self.server.run(self.place, arguments, fault, number)

    def watch(self, arguments: list[str],
              states: Path | None) -> tuple[list[str], dict[Path, list[int]]]:
        """Runs a command as it should go; what calls it made, and what kills at them leave behind.

        The files are copied while a call waits: a process that is killed there leaves just these.
        """
        calls: list[str] = []
        left: dict[str, tuple[Path, list[int]]] = {}

        def asked(call: str):
            calls.append(call)
            if states:
                state, numbers = left.setdefault(content(self.place), (states / f"{len(calls)}", []))
                if not numbers:
                    shutil.copytree(self.place, state)
                numbers.append(len(calls))

        code, said = self.server.run(self.place, arguments, "ask", asked=asked)
        if code != 0:
            sys.exit(f"'{' '.join(arguments)}' fails by itself ({code}): {said}")
        return calls, dict(left.values())

    def harm(self, arguments: list[str], before: Path, fault: str, number: int) -> str:
        """Stops a command at a call, or tells it that the disk is full; what is wrong with how it
        ends."""
        copy(before, self.place)
        code, said = self.run(arguments, fault, number)
        expected = {"stop": {0, 130}, "full": {0, 1}}[fault]
        if fault == "stop" and not words_of_run(arguments):
            expected = {0, 130, -15}  # What takes no time to do again hears no signals.
        if code not in expected or (code == 1 and not last(said).startswith("distill: ")):
            return f"ended with {code}: {last(said)}"
        return ""

    def recover(self, arguments: list[str], whole: Path) -> str:
        """Goes on with what is there; what is wrong with what comes out."""
        code, said = self.go_on(arguments)
        if code != 0:
            return f"is neither resumed nor begun again: {said}"
        return different(whole, self.aside("point"))

    def aside(self, name: str) -> Path:
        """Moves what is there away: two folders are compared where neither lies where paths in it
        say."""
        other = self.folder / name
        shutil.rmtree(other, ignore_errors=True)
        return self.place.rename(other)

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

    def prove_kills(self, states: dict[Path, list[int]], arguments: list[str], whole: Path):
        """Yields the calls that leave the same behind, and what is wrong there."""
        for state, numbers in states.items():
            copy(state, self.place)
            yield numbers, self.recover(arguments, whole)

    def prove_faults(self, fault: str, numbers: list[int], arguments: list[str], before: Path,
                     whole: Path):
        """Yields each call and what is wrong after a fault there."""
        sound: list[Path] = []
        for number in numbers:
            wrong = self.harm(arguments, before, fault, number)
            left = self.aside(f"left-{fault}-{number}")
            # Most often a call leaves what one shortly before left.
            if not wrong and not any(not different(other, left) for other in sound[-8:]):
                copy(left, self.place)
                wrong = self.recover(arguments, whole)
                if not wrong:
                    sound.append(left)
            if left not in sound:
                shutil.rmtree(left)
            yield [number], wrong
        for left in sound:
            shutil.rmtree(left)


def content(folder: Path) -> str:
    """A hash of all names and bytes, but for curves, which have the time at every point."""
    digest = sha256()
    for path in sorted(folder.rglob("*")):
        if "curves" in path.parts:
            continue
        digest.update(TEMPORARY.sub(".tmp", str(path.relative_to(folder))).encode() + b"\0")
        if path.is_file():
            digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def different(old: Path, new: Path) -> str:
    return "; ".join(f"{name}: {lines[0]}" for name, lines in differences(old, new) if lines)


def words_of_run(arguments: list[str]) -> list[str]:
    """The subcommand that resumes the run which arguments begin; none where they begin none."""
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


def shorter(arguments: list[str]) -> list[str]:
    """A command that trains for fewer steps on fewer examples."""
    pairs = zip([""] + arguments, arguments)
    return [str(min(MOST[option], int(word))) if option in MOST else word
            for option, word in pairs]


def named(name: str, only: str) -> bool:
    return any(word in name for word in only.split(","))


def needed(only: str) -> list[tuple[str, list[str]]]:
    """The commands whose name holds one of the words, and those before that make what they read."""
    kept: list[tuple[str, list[str]]] = []
    folders: set[str] = set()
    for name, arguments in reversed(commands()):
        arguments = shorter(arguments)
        own = {"/".join(word.split("/")[:2]) for word in arguments if word.startswith(("runs/", "stores/"))}
        if named(name, only) or own & folders:
            kept.insert(0, (name, arguments))
            folders |= own
    return kept


def prove_all(options: argparse.Namespace, folder: Path) -> int:
    prover = Prover(options.program.resolve(), folder)
    before, whole, states = folder / "before", folder / "whole", folder / "states"
    prover.place.mkdir()
    write_all(prover.place)
    faults = options.faults.split(",")
    tried = lost = 0
    for name, arguments in needed(options.only):
        copy(prover.place, before)
        shutil.rmtree(states, ignore_errors=True)
        wanted = named(name, options.only)
        calls, left = prover.watch(arguments, states if wanted and "kill" in faults else None)
        copy(prover.place, whole)
        for fault in faults if wanted and calls else []:
            numbers = spread(len(calls), options.points)
            chosen = {state: of for state, of in left.items() if set(of) & set(numbers)}
            points = (prover.prove_kills(chosen, arguments, whole) if fault == "kill" else
                      prover.prove_faults(fault, numbers, arguments, before, whole))
            for at, wrong in points:
                tried += len(at)
                if wrong:
                    lost += 1
                    print(f"{name}: {fault} at {at[0]} {calls[at[0] - 1]}: {wrong}", flush=True)
            print(f"{name}: {fault} at {len(numbers)} of {len(calls)} calls", file=sys.stderr)
        copy(whole, prover.place)
    print(f"{tried} points, {lost} lost something")
    return 1 if lost or not tried else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("--only", default="", help="only commands whose name holds one of these words")
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
