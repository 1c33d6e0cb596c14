"""Debian packages as archives: fetched and unpacked, never installed.

apt works in a folder of its own, so no root is needed and the system's package lists stay as they
are.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from terminal import Problem, megabytes, require_space, say


@dataclass(frozen=True)
class Package:
    """A package, and what it is fetched for."""

    name: str
    content: str
    """Such as "Fashion-MNIST"."""
    elsewhere: str
    """What to do where apt has no such package, after a semicolon."""
    version: str | None = None
    """None takes whatever version apt has: then what is in it must be checked."""
    sha256: str | None = None
    """Of the package."""

    @property
    def wanted(self) -> str:
        return f"{self.name}={self.version}" if self.version else self.name


def require_apt(package: Package) -> None:
    for program in ("apt-get", "apt-config", "dpkg"):
        if not shutil.which(program):
            raise Problem(
                f"{package.content} comes from a Debian package and there is no {program} here;"
                f" {package.elsewhere}."
            )


def download(package: Package, partial: Path, needs: bool = False) -> Path:
    """Fetches and unpacks a package, and gives the folder that holds what it would install.

    `needs` brings what the package depends on and this system has not, too.
    """
    for leftover in ("tree", "replaced"):
        shutil.rmtree(partial / leftover, ignore_errors=True)
    say(
        "Fetching apt's package lists into a folder of their own (10 to 40 MB, deleted afterwards)."
    )
    require_space(partial, 200_000_000)
    environment = {**os.environ, "APT_CONFIG": str(private_configuration(partial)), "LC_ALL": "C"}

    def apt(*arguments: str, shown: bool = False) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["apt-get", *arguments],
            cwd=partial,
            env=environment,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=None if shown else subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    # An unreachable third-party source is no obstacle, so only what follows decides.
    update = apt("-qq", "update")
    order = ["download"]
    if needs:
        # Into apt's cache, which is ours; the system's locks are for those who install.
        order = ["-o", "Debug::NoLocking=true", "--yes", "--no-install-recommends", "--download-only"]
        order.append("install")
    where = apt(*order, "--print-uris", "-qq", package.wanted)
    if where.returncode != 0:
        raise Problem(
            f"apt-get finds no package {package.wanted} ({complaint(update, where)});"
            f" {package.elsewhere}."
        )
    size = sum(int(line.split()[2]) for line in where.stdout.splitlines() if line[:1] == "'")
    say(f"Downloading {package.content}, {megabytes(size)} (once).")
    got = apt("-q", *order, package.wanted, shown=True)
    if got.returncode != 0:
        raise Problem(
            f"apt-get could not download {package.name} ({complaint(got)}); run the same command"
            " again."
        )
    folder = partial / "apt" / "cache" / "archives" if needs else partial
    require_digest(next(folder.glob(f"{package.name}_*.deb")), package)
    for archive in folder.glob("*.deb" if needs else f"{package.name}_*.deb"):
        extracted = subprocess.run(
            ["dpkg", "-x", str(archive), str(partial / "tree")], capture_output=True, text=True
        )
        if extracted.returncode != 0:
            archive.unlink()
            raise Problem(
                f"{archive.name} could not be unpacked ({complaint(extracted)}); try again."
            )
    return partial / "tree"


def require_digest(archive: Path, package: Package) -> None:
    if package.sha256 is None:
        return
    if hashlib.sha256(archive.read_bytes()).hexdigest() != package.sha256:
        archive.unlink()
        raise Problem(
            f"{archive.name} has another SHA-256 than {package.wanted} and was deleted; run the"
            f" same command again, or {package.elsewhere}."
        )


def private_configuration(partial: Path) -> Path:
    """The system's apt configuration with state and cache in `partial`, and without its hooks.

    (The hooks run after an update and may touch the system's cache, which is not ours.)
    """
    system = subprocess.run(["apt-config", "dump"], capture_output=True, text=True).stdout
    hooks = ("DPkg::", "APT::Update::", "Dir::Etc::main ", "Dir::Etc::parts ")
    kept = [line for line in system.splitlines() if not line.startswith(hooks)]
    for folder in ("apt/lists/partial", "apt/cache/archives/partial"):
        (partial / folder).mkdir(parents=True, exist_ok=True)
    own = {
        "Dir::State": partial / "apt",
        "Dir::State::lists": partial / "apt" / "lists",
        "Dir::Cache": partial / "apt" / "cache",
        "Dir::Etc::main": "/dev/null",
        "Dir::Etc::parts": "/dev/null",
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
    }
    path = partial / "apt.conf"
    path.write_text("\n".join(kept + [f'{key} "{value}";' for key, value in own.items()]) + "\n")
    return path


def complaint(*results: subprocess.CompletedProcess) -> str:
    lines = [line for result in results for line in result.stderr.splitlines()]
    errors = [line for line in lines if line[:2] in ("E:", "W:")] or lines or ["no message"]
    return errors[0].lstrip("EW: ").rstrip(".")
