"""Pictures of a font, and boxes of photographs."""

import random
import struct
import unittest
import zlib
from pathlib import Path
from unittest import mock

import detection
import pictures
from terminal import Problem


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + b"\0\0\0\0"


def png(rows: list[bytes], palette: bytes, alphas: bytes, kind: int = 3) -> bytes:
    """A PNG file of rows of indices, each with another filter than the one before."""
    width, before, lines = len(rows[0]), bytes(len(rows[0])), []
    for number, row in enumerate(rows):
        line = bytearray([number % 5])
        for x, value in enumerate(row):
            left, up, corner = row[x - 1] if x else 0, before[x], before[x - 1] if x else 0
            paeth = min((left, up, corner), key=lambda v: abs(left + up - corner - v))
            guess = (0, left, up, (left + up) // 2, paeth)[number % 5]
            line.append((value - guess) % 256)
        lines.append(bytes(line))
        before = row
    head = struct.pack(">IIBBBBB", width, len(rows), 8, kind, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"PLTE", palette)
        + chunk(b"tRNS", alphas) + chunk(b"IDAT", zlib.compress(b"".join(lines)))
        + chunk(b"IEND", b"")
    )


def font(png: bytes) -> bytes:
    """A font whose code points 65 and 66 are glyphs 7 and 8, of which the second has a picture."""
    cmap = struct.pack(">HHHHI", 0, 1, 3, 10, 12) + struct.pack(">HHIIIIII", 12, 0, 28, 0, 1, 65, 66, 7)
    head = struct.pack(">HHI", 1, 17, 4) + struct.pack(">III", 0, 0, 9 + len(png))
    size = struct.pack(">IIII", 56, 0, 1, 0) + bytes(24) + struct.pack(">HH", 7, 8) + bytes(4)
    cblc = struct.pack(">HHI", 3, 0, 1) + size + struct.pack(">HHI", 7, 8, 8) + head
    cbdt = bytes(4) + bytes(5) + struct.pack(">I", len(png)) + png
    file = struct.pack(">IHHHH", 0, 3, 0, 0, 0)
    start, bodies = 12 + 3 * 16, b""
    for name, body in ((b"CBDT", cbdt), (b"CBLC", cblc), (b"cmap", cmap)):
        file += struct.pack(">4sIII", name, 0, start + len(bodies), len(body))
        bodies += body
    return file + bodies


class PictureTests(unittest.TestCase):
    random = random.Random(3)
    rows = [random.randbytes(8) for _ in range(12)]
    palette = random.randbytes(768)
    alphas = random.randbytes(200)

    def file(self, kind: int = 3) -> bytes:
        return png(self.rows, self.palette, self.alphas, kind)

    def test_every_filter_is_undone(self):
        height, width, pixels = pictures.palette_png(self.file())
        self.assertEqual((height, width), (12, 8))
        opaque = self.alphas + b"\xff" * 56
        wanted = b"".join(
            self.palette[3 * i : 3 * i + 3] + opaque[i : i + 1] for row in self.rows for i in row
        )
        self.assertEqual(pixels, wanted)

    def test_other_kinds_are_refused(self):
        with self.assertRaisesRegex(ValueError, "kind 6"):
            pictures.palette_png(self.file(kind=6))

    def test_quarters_are_means_by_opacity(self):
        # A block of which one pixel is opaque, and one of two colours.
        block = [bytes([0, 0, 0, 0])] * 15 + [bytes([10, 20, 30, 160])]
        other = [bytes([100, 0, 0, 255])] * 8 + [bytes([0, 100, 0, 255])] * 8
        rows = [block[4 * i : 4 * i + 4] + other[4 * i : 4 * i + 4] for i in range(4)]
        pixels = b"".join(pixel for row in rows for pixel in row)
        height, width, small = pictures.quartered(4, 8, pixels)
        self.assertEqual((height, width), (1, 2))
        self.assertEqual(small, bytes([10, 20, 30, 10, 50, 50, 0, 255]))

    def test_a_font_has_pictures_by_code_point(self):
        with mock.patch.object(Path, "read_bytes", lambda path: font(self.file())):
            found = pictures.ColourFont(Path("font.ttf"))
        self.assertEqual(found.png(66), self.file())
        self.assertIsNone(found.png(65))
        self.assertIsNone(found.png(67))

    def test_a_font_without_colours_is_refused(self):
        plain = font(self.file()).replace(b"CBDT", b"glyf", 1)
        with mock.patch.object(Path, "read_bytes", lambda path: plain):
            with self.assertRaisesRegex(Problem, "no colour pictures"):
                pictures.ColourFont(Path("font.ttf"))


class DetectionTests(unittest.TestCase):
    def test_boxes_become_a_table(self):
        box = "<xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>4</ymax>"
        text = f"<annotation><object><name>Tree</name><bndbox>{box}</bndbox></object></annotation>"
        self.assertEqual(detection.boxes(text), "left,top,right,bottom\n1,2,30,4\n")

    def test_arrays_are_numpys(self):
        file = detection.array((2, 3), bytes(range(6)))
        length = struct.unpack("<H", file[8:10])[0]
        self.assertEqual(file[:8], b"\x93NUMPY\x01\x00")
        self.assertEqual((10 + length) % 64, 0)
        head = eval(file[10 : 10 + length], {})
        self.assertEqual(head, {"descr": "|u1", "fortran_order": False, "shape": (2, 3)})
        self.assertEqual(file[10 + length :], bytes(range(6)))

    def test_no_code_point_is_of_two_classes(self):
        points = [
            point
            for ranges in detection.CLASSES.values()
            for first, last in ranges
            for point in range(first, last + 1)
        ]
        self.assertEqual(len(points), len(set(points)))


if __name__ == "__main__":
    unittest.main()
