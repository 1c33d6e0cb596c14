"""PNG files of palettes, and the pictures inside a font, by the standard library alone."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from terminal import Problem


def palette_png(file: bytes) -> tuple[int, int, bytes]:
    """Height, width, and the RGBA bytes of a PNG file with a palette of eight bits."""
    width, height, depth, kind, *_, interlace = struct.unpack(">IIBBBBB", file[16:29])
    if (depth, kind, interlace) != (8, 3, 0):
        raise ValueError(f"PNG of depth {depth} and kind {kind}")
    chunks: dict[bytes, bytes] = {}
    place = 8
    while place < len(file):
        length, name = struct.unpack(">I4s", file[place : place + 8])
        chunks[name] = chunks.get(name, b"") + file[place + 8 : place + 8 + length]
        place += length + 12
    colours, alphas = chunks[b"PLTE"], chunks.get(b"tRNS", b"")
    table = [
        colours[3 * i : 3 * i + 3] + (alphas[i : i + 1] or b"\xff")
        for i in range(len(colours) // 3)
    ]
    rows = unfiltered(zlib.decompress(chunks[b"IDAT"]), height, width)
    return height, width, b"".join(table[index] for index in rows)


def unfiltered(data: bytes, height: int, width: int) -> bytes:
    """Rows of one byte per pixel without their filters."""
    result = bytearray()
    before = bytes(width)
    for row in range(height):
        kind, line = data[row * (width + 1)], bytearray(data[row * (width + 1) + 1 :][:width])
        for x in range(width):
            left = line[x - 1] if x else 0
            up, corner = before[x], before[x - 1] if x else 0
            if kind == 1:
                line[x] = (line[x] + left) & 255
            elif kind == 2:
                line[x] = (line[x] + up) & 255
            elif kind == 3:
                line[x] = (line[x] + (left + up) // 2) & 255
            elif kind == 4:
                paeth = left + up - corner
                far = (abs(paeth - left), abs(paeth - up), abs(paeth - corner))
                line[x] = (line[x] + (left, up, corner)[far.index(min(far))]) & 255
        result += line
        before = bytes(line)
    return bytes(result)


def quartered(height: int, width: int, pixels: bytes) -> tuple[int, int, bytes]:
    """A quarter of the height and width: means, colours by how opaque they are."""
    rows, columns = height // 4, width // 4
    result = bytearray()
    for row in range(rows):
        for column in range(columns):
            sums, opacity = [0, 0, 0], 0
            for y in range(4 * row, 4 * row + 4):
                start = 4 * (y * width + 4 * column)
                for at in range(start, start + 16, 4):
                    alpha = pixels[at + 3]
                    opacity += alpha
                    for channel in range(3):
                        sums[channel] += pixels[at + channel] * alpha
            result += bytes(total // opacity if opacity else 0 for total in sums)
            result.append(opacity // 16)
    return rows, columns, bytes(result)


class ColourFont:
    """The pictures of a font with a table CBDT (OpenType 1.9), by code point."""

    def __init__(self, file: Path):
        self.data = file.read_bytes()
        count = self._numbers("H", 4)[0]
        self.tables = {}
        for index in range(count):
            name, _, start, _ = struct.unpack(">4sIII", self.data[12 + 16 * index :][:16])
            self.tables[name] = start
        missing = {b"CBDT", b"CBLC", b"cmap"} - set(self.tables)
        if missing:
            raise Problem(f"{file} has no colour pictures in a table CBDT.")
        self.places = self._places()
        self.glyphs = self._glyphs()

    def _numbers(self, form: str, place: int) -> tuple[int, ...]:
        return struct.unpack_from(">" + form, self.data, place)

    def _glyphs(self) -> dict[int, int]:
        """The glyph of each code point, by the part of cmap that has all (format 12)."""
        start = self.tables[b"cmap"]
        for index in range(self._numbers("H", start + 2)[0]):
            place = start + self._numbers("I", start + 8 + 8 * index)[0]
            if self._numbers("H", place)[0] == 12:
                break
        else:
            raise Problem("the font's table cmap has no part of format 12.")
        glyphs = {}
        for group in range(self._numbers("I", place + 12)[0]):
            first, last, glyph = self._numbers("III", place + 16 + 12 * group)
            for point in range(first, last + 1):
                glyphs[point] = glyph + point - first
        return glyphs

    def _places(self) -> dict[int, int]:
        """Where the picture of each glyph lies."""
        start, pictures = self.tables[b"CBLC"], self.tables[b"CBDT"]
        array, _, count, _ = self._numbers("IIII", start + 8)
        places = {}
        for index in range(count):
            first, last, offset = self._numbers("HHI", start + array + 8 * index)
            head = start + array + offset
            form, kind, base = self._numbers("HHI", head)
            if (form, kind) != (1, 17):
                raise Problem(f"the font's pictures are of the forms {form} and {kind}, not 1 and 17.")
            for glyph in range(first, last + 1):
                own, following = self._numbers("II", head + 8 + 4 * (glyph - first))
                if following > own:
                    places[glyph] = pictures + base + own
        return places

    def png(self, point: int) -> bytes | None:
        """The PNG file of a code point."""
        place = self.places.get(self.glyphs.get(point, -1))
        if place is None:
            return None
        length = self._numbers("I", place + 5)[0]
        return self.data[place + 9 : place + 9 + length]
