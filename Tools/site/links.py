"""Links of a site that lead nowhere."""

from __future__ import annotations

import posixpath
import urllib.parse
from html.parser import HTMLParser
from pathlib import Path


class Found(HTMLParser):
    """What a document links to, and the anchors that it has."""

    def __init__(self):
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name == "id" and value:
                self.anchors.add(value)
            if name in ("href", "src") and value:
                self.links.append(value)


def read(file: Path) -> Found:
    found = Found()
    found.feed(file.read_text())
    return found


def dead(site: Path, without: str = "reference/") -> list[str]:
    """A sentence for each link that leads nowhere; links to other sites are not followed.

    Pages below `without` were checked by whoever made them: they are led to, but not read.
    """
    documents = {
        path.relative_to(site).as_posix(): read(path)
        for path in site.rglob("*.html")
        if not path.relative_to(site).as_posix().startswith(without) or path.parent == site / without.rstrip("/")
    }
    faults = []
    for name, found in sorted(documents.items()):
        for link in found.links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            path = urllib.parse.unquote(parts.path)
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
            if path.startswith("/") or target.startswith(".."):
                faults.append(f"{name} links out of the site: {link}")
            elif not (site / target).is_file():
                faults.append(f"{name} links to {link}, which is not there")
            elif parts.fragment and target in documents:
                if urllib.parse.unquote(parts.fragment) not in documents[target].anchors:
                    faults.append(f"{name} links to {link}, and there is no such heading")
    return faults
