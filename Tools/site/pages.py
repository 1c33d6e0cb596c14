"""Pages of the site: Markdown of the repository, and what is generated, in one frame."""

from __future__ import annotations

import html
import posixpath
import re
from dataclasses import dataclass, field

import mistune

TEXTS = {".swift", ".py", ".yaml", ".json", ".ipynb", ".csv", ".txt", ".h", ".c", ""}
"""Endings of files that are shown as text; others are copied."""


@dataclass
class Section:
    """A heading with what stands below it, for the search."""

    heading: str
    anchor: str
    text: str = ""


@dataclass
class Page:
    path: str
    """Of its file in the site, such as `Documentation/Compress.html`."""
    title: str
    group: str
    body: str
    sections: list[Section] = field(default_factory=list)


def slug(text: str) -> str:
    """The anchor of a heading, as code hosts make it."""
    return re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-")


def plain(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


class Renderer(mistune.HTMLRenderer):
    """HTML of one file: links lead to pages of the site, headings have anchors."""

    def __init__(self, source: str, resolve):
        super().__init__(escape=True)
        self.source, self.resolve = source, resolve
        self.sections: list[Section] = []
        self.anchors: dict[str, int] = {}

    def heading(self, text: str, level: int, **attributes) -> str:
        words = plain(text)
        anchor = slug(words)
        count = self.anchors.get(anchor, 0)
        self.anchors[anchor] = count + 1
        if count:
            anchor = f"{anchor}-{count}"
        self.sections.append(Section(words, anchor))
        return f'<h{level} id="{anchor}">{text}</h{level}>\n'

    def _add(self, text: str) -> None:
        if self.sections:
            self.sections[-1].text += " " + plain(text)

    def paragraph(self, text: str) -> str:
        self._add(text)
        return super().paragraph(text)

    def block_text(self, text: str) -> str:
        self._add(text)
        return super().block_text(text)

    def block_code(self, code: str, info: str | None = None) -> str:
        if self.sections:
            self.sections[-1].text += " " + code
        return f"<pre><code>{html.escape(code.rstrip())}</code></pre>\n"

    def link(self, text: str, url: str, title: str | None = None) -> str:
        return f'<a href="{html.escape(self.resolve(self.source, url))}">{text}</a>'

    def image(self, text: str, url: str, title: str | None = None) -> str:
        place = html.escape(self.resolve(self.source, url))
        return f'<img src="{place}" alt="{html.escape(text)}">'


def table(columns: list[str], rows: list[list[str]]) -> str:
    """A table of markup."""
    head = "".join(f"<th>{html.escape(column)}</th>" for column in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def markdown(source: str, text: str, resolve, group: str) -> Page:
    """The page of a Markdown file.

    `resolve` gives the link that stands for one of the file's, or raises.
    """
    renderer = Renderer(source, resolve)
    render = mistune.create_markdown(renderer=renderer, plugins=["table", "strikethrough"])
    body = re.sub(r"<table>(.*?)</table>", r'<div class="scroll"><table>\1</table></div>', render(text), flags=re.S)
    for place, cells in re.findall(r"(<table>)(.*?)</table>", body, flags=re.S):
        if renderer.sections:
            renderer.sections[0].text += " " + plain(cells)
    title = renderer.sections[0].heading if renderer.sections else source
    return Page(page_path(source), title, group, body, renderer.sections)


def page_path(source: str) -> str:
    """Where the page of a file of the repository is."""
    if source == "README.md":
        return "index.html"
    return (source[:-3] if source.endswith(".md") else source) + ".html"


def relative(target: str, page: str) -> str:
    """A link from a page to a file of the site."""
    path, _, anchor = target.partition("#")
    link = posixpath.relpath(path, posixpath.dirname(page) or ".")
    return link + ("#" + anchor if anchor else "")


def framed(page: Page, groups: dict[str, list[Page]]) -> str:
    """The whole document."""
    up = posixpath.relpath(".", posixpath.dirname(page.path) or ".")
    lists = []
    for group, pages in groups.items():
        if not pages:
            continue
        links = "".join(
            f'<li><a href="{html.escape(relative(other.path, page.path))}"'
            + (' aria-current="page"' if other is page else "")
            + f">{html.escape(other.title)}</a></li>"
            for other in pages
        )
        lists.append(f"<h2>{html.escape(group)}</h2><ul>{links}</ul>")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{html.escape(page.title)}{"" if page.path == "index.html" else " · Distill"}</title>
<link rel="stylesheet" href="{up}/site.css">
</head>
<body data-up="{up}">
<header>
<a class="home" href="{up}/index.html">Distill</a>
<form role="search"><input type="search" id="search" placeholder="Search" aria-label="Search" autocomplete="off"></form>
</header>
<ol id="found" hidden></ol>
<div class="columns">
<nav><details><summary>Contents</summary>{"".join(lists)}</details></nav>
<main>
{page.body}
</main>
</div>
<script src="{up}/search-index.js"></script>
<script src="{up}/search.js"></script>
</body>
</html>
"""
