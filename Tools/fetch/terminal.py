"""What the fetch commands share: one-sentence failures, progress, and one download at a time."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import sys
import time
from pathlib import Path


class Problem(Exception):
    """Something the user can act on, in one sentence: what, where and what to do."""


def run(command) -> None:
    """Runs `command` and turns every failure into one sentence and a non-zero exit code."""
    try:
        command()
    except Problem as problem:
        sys.exit(f"{problem}")
    except KeyboardInterrupt:
        print("", file=sys.stderr)
        print("Interrupted; the same command continues where it stopped.", file=sys.stderr)
        sys.exit(130)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            sys.exit(
                "The disk is full; free some space and run the same command again to continue."
            )
        where = f" ({error.filename})" if error.filename else ""
        sys.exit(f"{error.strerror or error}{where}; correct that and run the same command again.")


def say(text: str) -> None:
    print(text, flush=True)


def megabytes(count: float) -> str:
    return f"{count / 1e6:.0f} MB" if count >= 10e6 else f"{count / 1e6:.1f} MB"


class Progress:
    """Rate and time left: one line that is rewritten on a terminal, plain lines elsewhere."""

    def __init__(self, total: int, stream=None):
        self.stream = stream or sys.stdout
        self.terminal = self.stream.isatty()
        self.interval = 0.2 if self.terminal else 10.0
        self.total, self.done = total, 0
        self.started = self.printed = time.monotonic()

    def advance(self, count: int) -> None:
        self.done += count
        now = time.monotonic()
        if now - self.printed >= self.interval:
            self.printed = now
            self._show(now)

    def finish(self) -> None:
        self._show(time.monotonic())
        if self.terminal:
            print("", file=self.stream, flush=True)

    def _show(self, now: float) -> None:
        rate = self.done / max(now - self.started, 1e-3)
        left = max(self.total - self.done, 0) / max(rate, 1.0)
        text = f"  {megabytes(self.done)} of {megabytes(self.total)}, {megabytes(rate)}/s"
        if self.done < self.total:
            text += (
                f", {left // 60:.0f} min {left % 60:02.0f} s left"
                if left >= 60
                else f", {left:.0f} s left"
            )
        start, end = ("\r\x1b[K", "") if self.terminal else ("", "\n")
        print(f"{start}{text}", end=end, file=self.stream, flush=True)


@contextlib.contextmanager
def alone(folder: Path):
    """Holds `folder` for this process: two builds started together must not write one download."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Waiting for another run that is downloading the same files.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def require_space(folder: Path, needed: int) -> None:
    status = os.statvfs(folder)
    free = status.f_bavail * status.f_frsize
    if free < needed:
        raise Problem(
            f"{folder} has {megabytes(free)} free and {megabytes(needed)} are needed; free some"
            " space and run the same command again."
        )
