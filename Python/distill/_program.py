"""Finds the program, runs it, and turns what it says into progress, results and exceptions."""

from __future__ import annotations

import difflib
import functools
import importlib.util
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Event = dict[str, Any]


class DistillError(Exception):
    """What the program refused or failed at, in its one sentence."""


class Stopped(KeyboardInterrupt):
    """The work was interrupted; what is done is kept in the folder `path`, see :func:`resume`."""

    def __init__(self, sentence: str, path: Path | None):
        super().__init__(sentence)
        self.path = path


def program() -> Path:
    """The program: that of the environment's `DISTILL`, of this package, or of the `PATH`.

    Raises:
        DistillError: There is none.
    """
    if named := os.environ.get("DISTILL"):
        if not os.access(named, os.X_OK):
            raise DistillError(f"DISTILL is '{named}', and there is no program there")
        return Path(named)
    own = Path(__file__).parent / "bin" / "distill"
    if own.exists():
        return own
    if found := shutil.which("distill"):
        return Path(found)
    raise DistillError("the program distill is not here: install it with 'make install', or name it in "
                       "the environment variable DISTILL")


def environment() -> dict[str, str]:
    """The program's environment: one from this package finds libtorch in the user's own torch."""
    known = dict(os.environ)
    wanted = Path(__file__).parent / "bin" / "libtorch-version"
    if "DISTILL" in known or not wanted.exists():
        return known
    version = wanted.read_text().strip()
    if folder := os.environ.get("LIBTORCH"):
        library = Path(folder) / "lib"
    else:
        spec = importlib.util.find_spec("torch")
        places = list(spec.submodule_search_locations or []) if spec else []
        library = Path(places[0]) / "lib" if places else Path("/nonexistent")
        found = _torch_version(places[0]) if places else "none"
        if found != version:
            raise DistillError(f"this distill needs torch {version}, and {found} is installed: pip "
                               f"install torch=={version}, or name a libtorch {version} in LIBTORCH")
    paths = [str(wanted.parent), str(library), *filter(None, [known.get("LD_LIBRARY_PATH")])]
    return known | {"LD_LIBRARY_PATH": os.pathsep.join(paths)}


def _torch_version(folder: str) -> str:
    """Without importing torch, which takes seconds."""
    file = Path(folder) / "version.py"
    found = re.search(r"^__version__ = ['\"]([^'\"+]+)", file.read_text(), re.M) if file.exists() else None
    return found[1] if found else "unknown"


def version() -> str:
    """The version of the program."""
    answer = subprocess.run([program(), "--version"], capture_output=True, text=True,
                            env=environment(), check=False)
    if answer.returncode != 0:
        raise DistillError(answer.stderr.strip() or "the program does not start")
    return answer.stdout.strip()


@functools.cache
def options(command: str) -> frozenset[str]:
    """The names of a subcommand's options, without their dashes."""
    answer = subprocess.run([program(), command, "--help"], capture_output=True, text=True,
                            stdin=subprocess.DEVNULL, env=environment(), check=False)
    return frozenset(re.findall(r"--([a-z][a-z0-9-]*)", answer.stdout))


def require_options(command: str, given: Iterable[str]) -> None:
    """Refuses keywords that are no options, before anything is asked or written.

    Raises:
        DistillError: It names the one, and the nearest that there is.
    """
    known = options(command)
    for keyword in given:
        if keyword.replace("_", "-") in known:
            continue
        near = difflib.get_close_matches(keyword.replace("_", "-"), known, 1)
        advice = f"did you mean {near[0].replace('-', '_')}?" if near else f"distill {command} --help lists all"
        raise DistillError(f"there is no option {keyword!r}: {advice}")


def call(arguments: list[str], heard: Callable[[Event], None] = lambda event: None,
         folder: Path | None = None) -> list[Event]:
    """Runs a subcommand to its end.

    An interruption (Ctrl-C, or a notebook's stop) is passed on once, and the program then keeps what it
    has; it never waits for more than it takes to finish a step.

    Args:
        arguments: Of the program, without ``--json``.
        heard: Gets every event as it comes.
        folder: The run's, for :class:`Stopped`.

    Returns:
        All events but progress.

    Raises:
        DistillError: With the program's sentence.
        Stopped: When it was interrupted.
    """
    events: list[Event] = []
    with tempfile.TemporaryFile() as errors:
        # Of a session of its own, so that a terminal's Ctrl-C arrives once, through this process.
        child = subprocess.Popen([program(), *arguments, "--json"], stdout=subprocess.PIPE,
                                 stderr=errors, stdin=subprocess.DEVNULL, env=environment(),
                                 start_new_session=True)
        try:
            interrupted = _listen(child, events, heard)
        finally:
            if child.poll() is None:
                child.kill()
            child.wait()
            if child.stdout:
                child.stdout.close()
        errors.seek(0)
        said = errors.read().decode(errors="replace").strip()
    code = child.returncode
    sentence = _sentence(said) or f"the program ended with code {code}"
    if interrupted or code == 128 + signal.SIGINT:
        place = folder if folder and (folder / "state.json").exists() else None
        raise Stopped(sentence, place)
    if code != 0:
        raise DistillError(sentence)
    return events


def _sentence(said: str) -> str:
    """The program's own last sentence, without what is said around it."""
    lines = said.splitlines()
    for index, line in reversed(list(enumerate(lines))):
        for prefix in ("distill: ", "Error: "):
            if line.startswith(prefix):
                choices = itertools.takewhile(lambda line: line.startswith("  - "), lines[index + 1:])
                return line.removeprefix(prefix) + _listed(choice.removeprefix("  - ") for choice in choices)
    return lines[-1] if lines else ""


def _listed(choices: Iterable[str]) -> str:
    """What may be said instead, behind its sentence."""
    text = ", ".join(choices)
    return f" {text}" if text else ""


def _listen(child: subprocess.Popen, events: list[Event], heard: Callable[[Event], None]) -> bool:
    """Takes events until the program ends; whether it was interrupted on the way."""
    interrupted = False
    while True:
        try:
            line = child.stdout.readline()
            if not line:
                child.wait()
                return interrupted
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if event.get("event") != "progress":
                events.append(event)
            heard(event)
        except KeyboardInterrupt:
            if interrupted:
                child.kill()
                return True
            interrupted = True
            child.send_signal(signal.SIGINT)
