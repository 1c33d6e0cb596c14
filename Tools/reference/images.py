"""Writes the small images that ExchangeTests reads, with tools that are not ours.

    python3 Tools/reference/images.py

PNG files are written here byte by byte from known pixels (RFC 2083) and read back with Pillow as a
check; JPEG files are written and read by Pillow. `images.json` says for each file its height, width,
channels and pixels as bytes. Needs numpy and Pillow.
"""

import json
import os
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps
from PIL import __version__ as pillow

folder = os.path.join(os.path.dirname(__file__), "../../Tests/ExchangeTests/Fixtures")
random = np.random.default_rng(1)
HEIGHT, WIDTH = 7, 9
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGB_ALPHA: 4}
expected = {"made by": f"Pillow {pillow}, numpy {np.__version__}", "images": [], "resized": []}


def note(name, pixels, tolerance=0):
    expected["images"].append({
        "file": name, "shape": list(pixels.shape), "tolerance": tolerance,
        "pixels": [int(value) for value in pixels.reshape(-1)],
    })


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def paeth(a, b, c):
    p = a + b - c
    distances = (abs(p - a), abs(p - b), abs(p - c))
    return (a, b, c)[distances.index(min(distances))]


def filtered(rows, unit):
    """Each row with another of the five filters."""
    result, above = b"", None
    for number, row in enumerate(rows):
        kind = number % 5
        above = above if above is not None else bytes(len(row))
        line = bytearray()
        for place, value in enumerate(row):
            left = row[place - unit] if place >= unit else 0
            corner = above[place - unit] if place >= unit else 0
            guess = (0, left, above[place], (left + above[place]) // 2,
                     paeth(left, above[place], corner))[kind]
            line.append((value - guess) % 256)
        result += bytes([kind]) + bytes(line)
        above = row
    return result


def packed(samples, depth):
    """Rows of samples as bytes: several in a byte below 8 bits, two bytes for 16."""
    rows = []
    for row in samples.reshape(samples.shape[0], -1):
        if depth == 16:
            rows.append(row.astype(">u2").tobytes())
        elif depth == 8:
            rows.append(row.astype(np.uint8).tobytes())
        else:
            bits = "".join(format(value, f"0{depth}b") for value in row)
            bits += "0" * (-len(bits) % 8)
            rows.append(bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8)))
    return rows


def write_png(name, samples, color, depth, interlaced=False, palette=None, extra=b""):
    unit = max(1, CHANNELS[color] * depth // 8)
    if interlaced:
        passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2),
                  (0, 1, 2, 2), (1, 0, 2, 1)]
        parts = [samples[y::dy, x::dx] for y, x, dy, dx in passes]
        data = b"".join(filtered(packed(part, depth), unit) for part in parts if part.size)
    else:
        data = filtered(packed(samples, depth), unit)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, color, 0, 0, int(interlaced))
    body = chunk(b"IHDR", header) + extra
    if palette is not None:
        body += chunk(b"PLTE", palette.astype(np.uint8).tobytes())
    body += chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    with open(os.path.join(folder, name), "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + body)
    Image.open(os.path.join(folder, name)).load()


def to_bytes(samples, depth):
    largest = 2 ** depth - 1
    return (samples.astype(np.int64) * 255 + largest // 2) // largest


for color, label in [(GREY, "grey"), (RGB, "rgb"), (GREY_ALPHA, "grey-alpha"), (RGB_ALPHA, "rgb-alpha")]:
    for depth in (1, 2, 4, 8, 16) if color == GREY else (8, 16):
        for interlaced in (False, True):
            name = f"{label}-{depth}{'-interlaced' if interlaced else ''}.png"
            samples = random.integers(0, 2 ** depth, (HEIGHT, WIDTH, CHANNELS[color]))
            write_png(name, samples, color, depth, interlaced)
            note(name, to_bytes(samples, depth)[:, :, :1 if color in (GREY, GREY_ALPHA) else 3])
for depth in (1, 2, 4, 8):
    palette = random.integers(0, 256, (min(2 ** depth, 20), 3))
    samples = random.integers(0, len(palette), (HEIGHT, WIDTH, 1))
    write_png(f"palette-{depth}.png", samples, PALETTE, depth, palette=palette)
    note(f"palette-{depth}.png", palette[samples[:, :, 0]])
# A gamma in the file changes no number: networks are trained on the numbers.
samples = random.integers(0, 256, (HEIGHT, WIDTH, 3))
write_png("gamma.png", samples, RGB, 8, extra=chunk(b"gAMA", struct.pack(">I", 100000)))
note("gamma.png", samples)

# Smooth images, as JPEG is made for; decoders may differ by a rounding.
y, x = np.mgrid[0:16, 0:16]
for mode, label in [("L", "grey"), ("RGB", "rgb")]:
    channels = [128 + 100 * np.sin((x * a + y * b) / 9) for a, b in [(1, 0), (0, 1), (1, 1)]]
    pixels = np.stack(channels[:len(mode) if mode == "RGB" else 1], -1).round().astype(np.uint8)
    for progressive in (False, True):
        name = f"{label}{'-progressive' if progressive else ''}.jpg"
        image = Image.fromarray(pixels.squeeze() if mode == "L" else pixels, mode)
        image.save(os.path.join(folder, name), quality=90, progressive=progressive)
        seen = np.asarray(Image.open(os.path.join(folder, name))).reshape(16, 16, -1)
        note(name, seen, tolerance=2)
inks = np.stack([128 + 100 * np.sin((x * a + y * b) / 9) for a, b in [(1, 0), (0, 1), (1, 1), (2, 1)]], -1)
Image.fromarray(inks.round().astype(np.uint8), "CMYK").save(os.path.join(folder, "cmyk.jpg"), quality=90)
note("cmyk.jpg", np.asarray(Image.open(os.path.join(folder, "cmyk.jpg")).convert("RGB")), tolerance=2)

# One photo in all eight orientations that Exif knows, and one as PNG.
pixels = (16 * x + 3 * y)[:6, :11].astype(np.uint8)
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    for ending in ("jpg", "png") if orientation == 6 else ("jpg",):
        name = f"turned-{orientation}.{ending}"
        Image.fromarray(pixels).save(os.path.join(folder, name), exif=exif, quality=95)
        seen = ImageOps.exif_transpose(Image.open(os.path.join(folder, name)))
        note(name, np.asarray(seen)[:, :, None], tolerance=2)

# Sizes that Pillow brings the same noise to: [height, width] of the noise and of the result.
for size, wanted in [((20, 100), (28, 28)), ((100, 20), (28, 28)), ((60, 45), (16, 12)), ((8, 6), (12, 9))]:
    noise = random.integers(0, 256, size).astype(np.uint8)
    small = Image.fromarray(noise).resize((wanted[1], wanted[0]), Image.Resampling.BILINEAR)
    expected["resized"].append({
        "from": list(size), "pixels": noise.reshape(-1).tolist(), "to": list(wanted),
        "expected": np.asarray(small).reshape(-1).tolist(),
    })
# Stripes of one pixel across 100 x 20, brought to 28 x 28.
stripes = np.tile(np.array([0, 255], np.uint8), (20, 50))
small = Image.fromarray(stripes).resize((28, 28), Image.Resampling.BILINEAR)
expected["resized"].append({
    "from": [20, 100], "pixels": stripes.reshape(-1).tolist(), "to": [28, 28],
    "expected": np.asarray(small).reshape(-1).tolist(),
})

with open(os.path.join(folder, "images.json"), "w") as file:
    json.dump(expected, file, separators=(",", ":"))
    file.write("\n")
