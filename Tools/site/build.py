#!/usr/bin/env python3
"""Makes the documentation as one static site: build.py PROGRAM SITE [ARCHIVE …]

README.md is the front page; Documentation/ and Benchmarks/ are its pages; a page a command and the
catalogues are made from what PROGRAM says of itself; ARCHIVE are what DocC made of the rooms. All but
these open from the file system. A link that leads nowhere is an error, and then no site is there.
"""

from __future__ import annotations

import html
import json
import os
import posixpath
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(ROOT / ".data" / "mistune")]

try:
    import generated
    import links
    import reference
    from pages import TEXTS, Page, Section, framed, markdown, page_path, relative
except ModuleNotFoundError as error:
    sys.exit(f"{error}: run python3 Tools/fetch/mistune.py first")


GROUPS = ["Start", "Tutorials", "Commands", "Catalogues", "Results", "Reference"]
"""In the order of the list of pages."""


class Sources:
    """Files of the repository that pages lead to, and that are shown or copied, too."""

    def __init__(self, root: Path, pages: set[str]):
        self.root, self.pages = root, pages
        self.shown: set[str] = set()
        self.copied: set[str] = set()
        self.faults: list[str] = []

    def resolve(self, source: str, link: str) -> str:
        """The link in the site that stands for one in a file of the repository."""
        path, _, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:") or not path:
            return link
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        if target.startswith("..") or not (self.root / target).is_file():
            self.faults.append(f"{source} links to {link}, which is not there")
            return link
        if target in self.pages or target.endswith(".md"):
            if target not in self.pages:
                self.faults.append(f"{source} links to {link}, which is no page of the site")
            place = page_path(target) + ("#" + anchor if anchor else "")
        elif posixpath.splitext(target)[1] in TEXTS:
            self.shown.add(target)
            place = page_path(target)
        else:
            self.copied.add(target)
            place = target
        return relative(place, page_path(source))


def read(root: Path) -> tuple[list[Page], Sources]:
    """The pages of the repository's own Markdown."""
    front = (root / "README.md").read_text()

    def place(source: str) -> tuple[int, str]:
        """Where the front page names it first."""
        found = front.find(f"({source}")
        return (found if found >= 0 else len(front), source)

    tutorials = (path.relative_to(root).as_posix() for path in (root / "Documentation").glob("*.md"))
    named = {
        "Start": ["README.md"],
        "Tutorials": sorted(tutorials, key=place),
        "Results": sorted(path.relative_to(root).as_posix() for path in (root / "Documentation/Results").glob("*.md"))
        + ["Benchmarks/README.md"],
    }
    sources = Sources(root, {source for group in named.values() for source in group})
    pages = [
        markdown(source, (root / source).read_text(), sources.resolve, group)
        for group, all_of_it in named.items()
        for source in all_of_it
    ]
    for source in sorted(sources.shown):
        text = html.escape((root / source).read_text())
        body = f"<h1>{html.escape(source)}</h1>\n<pre><code>{text}</code></pre>"
        pages.append(Page(page_path(source), source, "", body, [Section(source, "")]))
    return pages, sources


def said(program: Path, *arguments: str) -> dict:
    done = subprocess.run([program, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(f"{program} {' '.join(arguments)} failed: {done.stderr.strip()}")
    return json.loads(done.stdout)


def index(pages: list[Page]) -> str:
    """What the search looks through, as a script: pages that are opened as files may not fetch data."""
    entries = [
        [
            section.heading,
            # A section of the reference has its own place.
            section.anchor[1:] if section.anchor.startswith("/")
            else page.path + ("#" + section.anchor if section.anchor else ""),
            page.title,
            " ".join(section.text.split())[:2000],
        ]
        for page in pages
        for section in page.sections
    ]
    return "window.searchIndex = " + json.dumps(entries, ensure_ascii=False).replace("</", "<\\/") + ";\n"


def build(program: Path, site: Path, archives: list[Path], root: Path = ROOT) -> int:
    """Makes the site, and gives how many pages it has."""
    pages, sources = read(root)
    tutorials = [page for page in pages if page.group in ("Start", "Tutorials")]
    pages += generated.commands(said(program, "--experimental-dump-help")["command"], tutorials)
    pages += generated.catalogues(said(program, "catalogues"))
    site.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{site.name}.", dir=site.parent))
    try:
        pages += reference.take(archives, partial)
        groups: dict[str, list[Page]] = {name: [] for name in GROUPS}
        for page in pages:
            if page.group:
                groups[page.group].append(page)
        for page in pages:
            place = partial / page.path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(framed(page, groups))
        for source in sources.copied:
            place = partial / source
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / source, place)
        for name in ("site.css", "search.js"):
            shutil.copyfile(HERE / name, partial / name)
        (partial / "search-index.js").write_text(index(pages))
        faults = sources.faults + links.dead(partial)
        if faults:
            sys.exit("\n".join(faults) + f"\n{len(faults)} links lead nowhere: no site was made")
        os.chmod(partial, 0o755)
        if site.exists():
            if not (site / "search-index.js").is_file():
                sys.exit(f"{site} is there and is no site: name another folder")
            shutil.rmtree(site)
        partial.rename(site)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return len(pages)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    count = build(Path(sys.argv[1]).resolve(), Path(sys.argv[2]), [Path(word) for word in sys.argv[3:]])
    print(f"The documentation is {Path(sys.argv[2]) / 'index.html'} ({count} pages, no dead links).")
