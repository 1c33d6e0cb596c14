"""Makes a wheel of the Python module and the program: wheel.py PROGRAM FOLDER.

The program's own libraries (the Swift runtime, libpng, libjpeg) travel with it; libtorch does not: it is
that of the user's torch. The tag names the glibc that the files really need.
"""

import base64
import hashlib
import os
import platform
import re
import subprocess
import sys
import zipfile
from pathlib import Path

NAME = "distill_swift"
ROOT = Path(__file__).resolve().parents[2]
# What every system of the tag has.
SYSTEM = re.compile(r"^(ld-linux.*|linux-vdso|lib(c|m|dl|rt|pthread|util|resolv|gcc_s|stdc\+\+))\.so")


def libraries(program: Path) -> list[Path]:
    """The libraries that travel with the program.

    Raises:
        SystemExit: One is missing here.
    """
    torch = (Path(os.environ.get("LIBTORCH") or ROOT / ".libtorch") / "lib").resolve()
    answer = subprocess.run(["ldd", program], check=True, capture_output=True, text=True,
                            env=os.environ | {"LD_LIBRARY_PATH": str(torch)}).stdout
    found = []
    for line in answer.splitlines():
        name = Path(line.split()[0]).name
        if SYSTEM.match(name) or (torch / name).exists():
            continue
        match = re.search(r"=> (/\S+)", line)
        if not match:
            sys.exit(f"cannot make a wheel: {name} of the program is not on this machine")
        found.append(Path(match[1]))
    return found


def glibc(files: list[Path]) -> tuple[int, int]:
    """The newest glibc of which a file wants a symbol."""
    wanted = {(2, 17)}
    for file in files:
        for version in re.findall(rb"GLIBC_2\.(\d+)", file.read_bytes()):
            wanted.add((2, int(version)))
    return max(wanted)


def libtorch_version() -> str:
    place = Path(os.environ.get("LIBTORCH") or ROOT / ".libtorch")
    for name in ("VERSION", "build-version"):
        if (place / name).exists():
            return (place / name).read_text().split()[0].split("+")[0]
    sys.exit(f"cannot make a wheel: '{place}' does not say which version of libtorch it is")


def make(program: Path, folder: Path) -> Path:
    """Writes the wheel; its path."""
    own = libraries(program)
    library = Path(os.environ.get("LIBTORCH") or ROOT / ".libtorch") / "lib"
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True,
                             env=os.environ | {"LD_LIBRARY_PATH": str(library)}).stdout.strip()
    major, minor = glibc([program, *own])
    tag = f"py3-none-manylinux_{major}_{minor}_{platform.machine()}"
    info = f"{NAME}-{version}.dist-info"
    members: list[tuple[str, bytes, int]] = []
    for file in sorted((ROOT / "Python/distill").glob("*.py")):
        members.append((f"distill/{file.name}", file.read_bytes(), 0o644))
    members.append(("distill/py.typed", b"", 0o644))
    members.append(("distill/bin/distill", program.read_bytes(), 0o755))
    members.append(("distill/bin/libtorch-version", libtorch_version().encode(), 0o644))
    for library in own:
        members.append((f"distill/bin/{library.name}", library.read_bytes(), 0o755))
    metadata = (f"Metadata-Version: 2.1\nName: distill-swift\nVersion: {version}\n"
                "Summary: Knowledge distillation: small models that mimic large ones, with proof.\n"
                "Requires-Python: >=3.9\nRequires-Dist: numpy\n"
                f"Provides-Extra: torch\nRequires-Dist: torch=={libtorch_version()}; extra == 'torch'\n")
    members.append((f"{info}/METADATA", metadata.encode(), 0o644))
    members.append((f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: distill\n"
                    f"Root-Is-Purelib: false\nTag: {tag}\n".encode(), 0o644))
    members.append((f"{info}/entry_points.txt",
                    b"[console_scripts]\ndistill = distill.__main__:main\n", 0o644))
    record = "".join(f"{name},sha256={_digest(content)},{len(content)}\n"
                     for name, content, _ in members)
    members.append((f"{info}/RECORD", (record + f"{info}/RECORD,,\n").encode(), 0o644))

    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{NAME}-{version}-{tag}.whl"
    unfinished = place.with_suffix(".partial")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, mode in members:
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    unfinished.replace(place)
    return place


def _digest(content: bytes) -> str:
    digest = hashlib.sha256(content).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


if __name__ == "__main__":
    wheel = make(Path(sys.argv[1]).resolve(), Path(sys.argv[2]))
    print(f"{wheel}: {wheel.stat().st_size / 1e6:.1f} MB")
