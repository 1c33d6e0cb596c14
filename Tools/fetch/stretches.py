"""A file of which only some stretches are on this machine."""

from __future__ import annotations

import bisect
import io
import os
import zipfile
from pathlib import Path

GAP = 1 << 20
"""Unwanted bytes between two wanted files that are cheaper to fetch than a second request."""


class Stretches(io.RawIOBase):
    """A file of which only some stretches are here, each in a file of its own."""

    def __init__(self, spans: list[tuple[int, int]], paths: list[Path]):
        self.parts = sorted((start, end, path) for (start, end), path in zip(spans, paths))
        self.size = self.parts[-1][1]
        self.place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self.place = (
            offset + {os.SEEK_SET: 0, os.SEEK_CUR: self.place, os.SEEK_END: self.size}[whence]
        )
        return self.place

    def readinto(self, buffer) -> int:
        if self.place >= self.size:
            return 0
        here = [part for part in self.parts if part[0] <= self.place < part[1]]
        if not here:
            raise EOFError("it is not laid out as expected")
        start, end, path = here[0]
        with open(path, "rb") as file:
            file.seek(self.place - start)
            count = file.readinto(memoryview(buffer)[: end - self.place])
        if count == 0:
            raise EOFError("it is too short")
        self.place += count
        return count


def spans_of(archive: zipfile.ZipFile, members: list, before: int) -> list[tuple[int, int]]:
    """The stretches of the file, up to `before`, that hold `members`."""
    starts = sorted(i.header_offset for i in archive.infolist()) + [archive.start_dir]
    spans: list[tuple[int, int]] = []
    for start in sorted(i.header_offset for i in members):
        end = min(starts[bisect.bisect(starts, start)], before)
        if start >= before:
            continue
        if spans and start - spans[-1][1] <= GAP:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans
