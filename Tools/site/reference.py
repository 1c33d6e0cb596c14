"""The reference that DocC made, room by room, as a part of the site: it needs a server, but no fixed place."""

from __future__ import annotations

import html
import json
import shutil
from pathlib import Path

from pages import Page, Section

BASE = 'var baseUrl = "/"'
FOUND = 'var baseUrl = location.pathname.replace(/\\/(documentation|tutorials)\\/.*$|\\/[^\\/]*$/, "") + "/"'
"""Where the archive is on its server, however deep the page."""


def relocated(document: str, depth: int) -> str:
    """A page of an archive whose files are found from where it is."""
    up = "../" * depth or "./"
    for attribute in ("href", "src"):
        document = document.replace(f'{attribute}="/', f'{attribute}="{up}')
    return document.replace(BASE, FOUND)


def take(archives: list[Path], site: Path) -> list[Page]:
    """Copies the archives to `reference` and gives the page that lists them; none where there are none."""
    rooms, sections = [], []
    for archive in archives:
        name = archive.stem
        place = site / "reference" / name
        shutil.copytree(archive, place)
        for file in place.rglob("*.html"):
            depth = len(file.relative_to(place).parts) - 1
            file.write_text(relocated(file.read_text(), depth))
        listed = json.loads((archive / "index" / "index.json").read_text())
        for language in listed.get("interfaceLanguages", {}).values():
            for node in language:
                rooms.append((name, node["path"]))
                sections += symbols(node, f"reference/{name}")
    if not rooms:
        return []
    links = "".join(
        f'<li><a href="{html.escape(name + path)}/index.html">{html.escape(name)}</a></li>' for name, path in rooms
    )
    body = (
        "<h1>Reference by room</h1>\n<p>What each room of the library offers to programs. These pages need a "
        "server, such as <code>python3 -m http.server</code> in this folder; all others open as files, too.</p>\n"
        f"<ul>{links}</ul>"
    )
    return [Page("reference/index.html", "Reference by room", "Reference", body, sections)]


def symbols(node: dict, place: str) -> list[Section]:
    """The symbols of an archive as sections of the search, whose anchor is the whole link."""
    found = []
    if node.get("path") and node.get("type") != "groupMarker":
        found.append(Section(node.get("title", ""), f"/{place}{node['path']}/index.html", node.get("type", "")))
    for child in node.get("children", []):
        found += symbols(child, place)
    return found
