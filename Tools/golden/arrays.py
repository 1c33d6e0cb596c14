"""Files of numbers, by hand: what NumPy and safetensors would write."""

import json
import struct
from pathlib import Path


def array(kind: str, shape: tuple[int, ...], data: bytes) -> bytes:
    """What a .npy holds."""
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


def write_tensors(path: Path, tensors: dict[str, tuple[str, list[int], bytes]]) -> None:
    """A .safetensors file of tensors: a kind of numbers, a shape and bytes each."""
    header, data = {}, b""
    for name, (kind, shape, packed) in tensors.items():
        header[name] = {"dtype": kind, "shape": shape,
                        "data_offsets": [len(data), len(data) + len(packed)]}
        data += packed
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
