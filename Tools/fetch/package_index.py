"""Where a wheel is: the package index that pip is configured for, read by the standard simple API.

pip itself is asked only for its configuration. (`pip download`, and in many versions even
`pip install --dry-run`, would fetch the whole wheel, four times what is needed.)
"""

from __future__ import annotations

import ast
import html
import os
import re
import subprocess
import sys
import urllib.parse
from pathlib import Path

import web
from terminal import Problem


class PackageIndex:
    """The indexes and local folders in which pip would look, in its order."""

    def __init__(self):
        options = _pip_options()
        self.connection = web.Connection(options.get("cert"), options.get("proxy"))
        self.folders = [
            Path(word) for word in options.get("find-links", "").split() if os.path.isdir(word)
        ]
        self.indexes = []
        if options.get("no-index", "").lower() not in ("1", "true", "yes", "on"):
            first = options.get("index-url") or _default_index()
            self.indexes = [first, *options.get("extra-index-url", "").split()]

    def locate(self, project: str, filename: str) -> str:
        """The address of one wheel of `project`: a path on this machine or a URL."""
        for folder in self.folders:
            if (folder / filename).is_file():
                return str(folder / filename)
        for index in self.indexes:
            page_url = f"{index.rstrip('/')}/{project}/"
            page = self.connection.text(page_url, accept="text/html", missing="")
            for address in re.findall(r'href\s*=\s*"([^"]+)"', page):
                url = urllib.parse.urljoin(page_url, html.unescape(address).split("#")[0])
                if urllib.parse.unquote(url).endswith(f"/{filename}"):
                    return web.with_login_of(index, url)
        raise Problem(
            f"{filename} is not on the package index that pip is configured for; point pip at one"
            " that has it, or set LIBTORCH to a folder with libtorch."
        )


def _pip(*arguments: str) -> str:
    result = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "COLUMNS": "1000"},
    )
    if result.returncode != 0:
        if "No module named pip" in result.stderr:
            raise Problem(
                f"{sys.executable} has no pip, which knows where to download from; install it"
                " (on Debian and Ubuntu: apt install python3-pip) or set LIBTORCH to a folder with"
                " libtorch."
            )
        last = (result.stderr.strip().splitlines() or ["no message"])[-1]
        raise Problem(
            f"pip could not say where to download from; `pip {' '.join(arguments)}` said: {last}"
        )
    return result.stdout


def _pip_options() -> dict[str, str]:
    """pip's options for installing: the environment wins over `[install]`, that over `[global]`."""
    levels: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in _pip("config", "list").splitlines():
        match = re.match(r"(global|install|:env:)\.([\w-]+)=(.+)$", line)
        if match:
            levels[match[1]][match[2]] = str(ast.literal_eval(match[3]))
    return {**levels["global"], **levels["install"], **levels[":env:"]}


def _default_index() -> str:
    match = re.search(r"Package Index \(default (\S+)\)", _pip("help", "install"))
    if not match:
        raise Problem(
            "pip names no package index; set one with `pip config set global.index-url URL`."
        )
    return match[1]
