"""Writes the small files that ExchangeTests reads, with tools that are not ours.

    python3 Tools/reference/files.py

Needs numpy; everything else is in Python's library. `expected.json` says for each file its shape,
element type and values in row-major order.
"""

import csv
import gzip
import io
import json
import os
import struct
import sys
import zipfile

import numpy as np

folder = os.path.join(os.path.dirname(__file__), "../../Tests/ExchangeTests/Fixtures")
os.makedirs(folder, exist_ok=True)
expected = {"made by": f"numpy {np.__version__}, Python {sys.version.split()[0]}", "arrays": []}


def path(name):
    return os.path.join(folder, name)


def note(name, array, kind, member=None):
    expected["arrays"].append({
        "file": name, "member": member, "type": kind, "shape": list(array.shape),
        "values": [float(value) for value in array.reshape(-1)],
    })


def example(dtype, shape):
    """Values at both ends of the type and fractions where there are any."""
    dtype = np.dtype(dtype)
    count = int(np.prod(shape))
    if dtype.kind == "b":
        return (np.arange(count) % 3 == 0).reshape(shape)
    if dtype.kind == "f":
        return ((np.arange(count) - 2) * 0.75).astype(dtype).reshape(shape)
    info = np.iinfo(dtype)
    # Whole numbers beyond 2**53 are not exact as float64.
    top, bottom = min(info.max, 2**53), max(info.min, -(2**53))
    values = [bottom, top, 1, 0, top - 1, 2, 3] * count
    return np.array(values[:count], dtype=dtype).reshape(shape)


names = {"u1": "uint8", "i1": "int8", "i2": "int16", "i4": "int32", "i8": "int64", "f2": "float16",
         "f4": "float32", "f8": "float64", "b1": "bool", "u2": "int32", "u4": "int64", "u8": "int64"}
for kind, name in names.items():
    for order in ("|",) if kind[1] == "1" else ("<", ">"):
        array = example(order + kind, (2, 3))
        for fortran in (False, True):
            file = f"{kind}-{'big' if order == '>' else 'little'}-{'F' if fortran else 'C'}.npy"
            np.save(path(file), np.asfortranarray(array) if fortran else array)
            note(file, array, name)

for version in (1, 2, 3):
    file = f"version{version}.npy"
    with open(path(file), "wb") as out:
        np.lib.format.write_array(out, example("<f4", (3, 1, 2)), version=(version, 0))
    note(file, example("<f4", (3, 1, 2)), "float32")
for file, shape in (("scalar.npy", ()), ("empty.npy", (0, 4)), ("vector.npy", (5,)),
                    ("cube-F.npy", (2, 3, 4))):
    array = np.arange(int(np.prod(shape)), dtype="<f8").reshape(shape)
    np.save(path(file), np.asfortranarray(array) if array.ndim > 1 else array)
    note(file, array, "float64")
np.save(path("structured.npy"), np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]))
np.save(path("text.npy"), np.array(["a", "b"]))
np.save(path("complex.npy"), np.zeros(2, dtype=np.complex128))
np.save(path("u8-large.npy"), np.array([2**63], dtype=np.uint64))

members = {"weights": example("<f8", (4, 3)), "mask": example("?", (5,)), "größe": example(">i4", (2,))}
kinds = {"weights": "float64", "mask": "bool", "größe": "int32"}
np.savez(path("stored.npz"), **members)
np.savez_compressed(path("deflated.npz"), **members)
# Lowering the limit makes Python write the 64-bit records of large archives.
limit, zipfile.ZIP64_LIMIT = zipfile.ZIP64_LIMIT, 10
np.savez_compressed(path("zip64.npz"), **members)
zipfile.ZIP64_LIMIT = limit
for file in ("stored.npz", "deflated.npz", "zip64.npz"):
    for member, array in members.items():
        note(file, array, kinds[member], member)
with zipfile.ZipFile(path("notes.zip"), "w") as archive:
    archive.writestr("notes.txt", "not an array")
np.savez(path("none.npz"))

codes = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
for code, dtype in codes.items():
    for shape in ((3, 2, 2), (7,)):
        array = example(dtype, shape)
        data = bytes([0, 0, code, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + array.tobytes()
        file = f"{dtype[1:]}-{len(shape)}.idx"
        with open(path(file), "wb") as out:
            out.write(data)
        with open(path(file + ".gz"), "wb") as out:
            out.write(gzip.compress(data, mtime=0))
        note(file, array, names[dtype[1:]])
        note(file + ".gz", array, names[dtype[1:]])
# Two gzip members one after another are one file (RFC 1952, section 2.2).
data = open(path("u1-3.idx"), "rb").read()
with open(path("members.idx.gz"), "wb") as out:
    out.write(gzip.compress(data[:9], mtime=0) + gzip.compress(data[9:], mtime=0))
note("members.idx.gz", example("u1", (3, 2, 2)), "uint8")


def images(prefix, count, labels):
    pixels = (np.arange(count * 784) % 256).astype(np.uint8)
    for name, head, body in (
        (f"{prefix}-images-idx3-ubyte.gz", struct.pack(">HBB3I", 0, 8, 3, count, 28, 28), pixels.tobytes()),
        (f"{prefix}-labels-idx1-ubyte.gz", struct.pack(">HBBI", 0, 8, 1, len(labels)), bytes(labels)),
    ):
        with open(path(name), "wb") as out:
            out.write(gzip.compress(head + body, mtime=0))


images("train", 4, [9, 0, 3, 3])
images("t10k", 2, [1, 10])
images("few", 3, [1, 2])

rows = [[1.5, -2, 1e-7, "plain"], [0.1, 12345678901234567890, 3.0, 'say "hi", twice'],
        [-0.0, 2.2250738585072014e-308, 1.7976931348623157e308, "two\nlines"]]
for file, options in (("comma.csv", {}), ("semicolon.csv", {"delimiter": ";"}),
                      ("tab.tsv", {"delimiter": "\t", "lineterminator": "\n"}),
                      ("bar.csv", {"delimiter": "|", "quoting": csv.QUOTE_ALL})):
    text = io.StringIO(newline="")
    writer = csv.writer(text, **options)
    writer.writerow(["length", "width, cm", "depth", "kind"])
    writer.writerows(rows)
    with open(path(file), "wb") as out:
        out.write(text.getvalue().encode())
with open(path("comma.csv.gz"), "wb") as out:
    out.write(gzip.compress(open(path("comma.csv"), "rb").read(), mtime=0))

with open(path("expected.json"), "w") as out:
    json.dump(expected, out, ensure_ascii=False, indent=1)
    out.write("\n")
