"""Pages that are made from what the program says of itself."""

from __future__ import annotations

import html
import re

from pages import Page, Section, relative, table


def code(text: object) -> str:
    return f"<code>{html.escape(str(text))}</code>"


# Commands


def written(argument: dict) -> str:
    """An argument as it is written, such as `--seed <seed>`."""
    if argument["kind"] == "positional":
        return f"<{argument.get('valueName', 'value')}>"
    names = [("--" if name["kind"] == "long" else "-") + name["name"] for name in argument["names"]]
    value = f" <{argument['valueName']}>" if argument["kind"] == "option" else ""
    return ", ".join(names) + value


def meaning(argument: dict) -> str:
    parts = [html.escape(argument.get("abstract", ""))]
    if argument.get("allValues"):
        parts.append("One of " + ", ".join(code(value) for value in argument["allValues"]) + ".")
    if argument.get("defaultValue"):
        parts.append(f"The default is {code(argument['defaultValue'])}.")
    return " ".join(part for part in parts if part)


def discussion(text: str) -> str:
    """Paragraphs, and what is indented as it is typed."""
    blocks = []
    for block in text.split("\n\n"):
        lines = block.split("\n")
        start = next((i for i, line in enumerate(lines) if line.startswith("  ")), len(lines))
        if start:
            blocks.append("<p>" + html.escape(" ".join(lines[:start])) + "</p>")
        if start < len(lines):
            typed = "\n".join(line[2:] if line.startswith("  ") else line for line in lines[start:])
            blocks.append(f"<pre><code>{html.escape(typed)}</code></pre>")
    return "\n".join(blocks)


def shown(things: list[dict]) -> list[dict]:
    return [thing for thing in things if thing.get("shouldDisplay", True)]


def commands(command: dict, tutorials: list[Page], words: str = "") -> list[Page]:
    """A page for each subcommand that does something."""
    pages = []
    for child in shown(command.get("subcommands", [])):
        name = child["commandName"]
        if name == "help":
            continue
        path = f"{words} {name}".strip()
        below = commands(child, tutorials, path)
        pages += below or [command_page(child, path, tutorials)]
    return pages


def command_page(command: dict, words: str, tutorials: list[Page]) -> Page:
    title = f"distill {words}"
    page = f"commands/{words.replace(' ', '-')}.html"
    arguments = shown(command.get("arguments", []))
    body = [f"<h1>{html.escape(title)}</h1>", f"<p>{html.escape(command.get('abstract', ''))}</p>"]
    if command.get("discussion"):
        body.append(discussion(command["discussion"]))
    body.append('<h2 id="options">Options</h2>')
    body.append(table(["written", "what it does"], [[code(written(a)), meaning(a)] for a in arguments]))
    mention = re.compile(rf"\bdistill {re.escape(words)}\b")
    where = [t for t in tutorials if mention.search(" ".join(s.text for s in t.sections))]
    if where:
        links = "".join(
            f'<li><a href="{html.escape(relative(t.path, page))}">{html.escape(t.title)}</a></li>' for t in where
        )
        body.append(f'<h2 id="in-the-tutorials">In the tutorials</h2><ul>{links}</ul>')
    sections = [Section(title, "", command.get("abstract", "") + " " + command.get("discussion", ""))]
    sections += [Section(f"{title} {written(a)}", "options", a.get("abstract", "")) for a in arguments]
    return Page(page, title, "Commands", "\n".join(body), sections)


# Catalogues


def catalogue_page(name: str, title: str, text: str, body: str, sections: list[Section]) -> Page:
    body = f"<h1>{html.escape(title)}</h1>\n<p>{text}</p>\n{body}"
    return Page(f"catalogues/{name}.html", title, "Catalogues", body, [Section(title, "", text)] + sections)


def losses_page(losses: list[dict]) -> Page:
    body, sections = [], []
    for loss in losses:
        facts = loss.get("facts") or {}
        rows = [
            ["written", code(loss["usage"])],
            ["formula", code(facts.get("formula", ""))],
            ["reduction", html.escape(facts.get("reduction", ""))],
            ["temperature", html.escape(facts.get("temperature", ""))],
            ["paper", html.escape(facts.get("paper", ""))],
            ["take it when", html.escape(facts.get("advice", ""))],
        ]
        name = loss["name"]
        cells = "".join(f"<tr><th>{left}</th><td>{right}</td></tr>" for left, right in rows)
        body.append(
            f'<h2 id="{html.escape(name)}">{html.escape(name)}</h2>\n<p>{html.escape(loss["summary"])}</p>\n'
            f'<div class="scroll"><table class="facts">{cells}</table></div>'
        )
        sections.append(Section(name, name, " ".join([loss["summary"], *map(str, facts.values())])))
    text = (
        "t and f are the probabilities of teacher and student, softened where there is a temperature T; z are "
        "logits, s and t features where taps are compared. Losses add and take weights: "
        + code("softCrossEntropy(temperature: 4) + 0.1 * derivativeSquaredError") + "."
    )
    return catalogue_page("losses", "Losses", text, "\n".join(body), sections)


def forms_page(name: str, title: str, text: str, parts: list[tuple[str, list[dict]]]) -> Page:
    body, sections = [], []
    for heading, forms in parts:
        rows = [[code(form["written"]), html.escape(form["meaning"])] for form in forms]
        anchor = heading.lower().replace(" ", "-")
        body.append(f'<h2 id="{anchor}">{html.escape(heading)}</h2>' + table(["written", "is"], rows))
        said = " ".join(f"{form['written']} {form['meaning']}" for form in forms)
        sections.append(Section(heading, anchor, said))
    return catalogue_page(name, title, text, "\n".join(body), sections)


def catalogues(all_of_them: dict) -> list[Page]:
    optimizers = [
        {
            "written": one["name"],
            "meaning": f"learning rate {one['learningRate']:g}"
            + "".join(f", {key} {value:g}" for key, value in sorted(one["settings"].items())),
        }
        for one in all_of_them["optimizers"]
    ]
    schedules = [
        {
            "written": one["name"],
            "meaning": "the learning rate is 0 at the end" if one["endsAtZero"] else "the learning rate stays",
        }
        for one in all_of_them["schedules"]
    ]
    families = [
        {
            "written": one["name"],
            "meaning": f"of draws of {', '.join(one['models'])}; learning rate {one['learningRate']:g}",
        }
        for one in all_of_them["families"]
    ]
    activations = [{"written": f",{name}", "meaning": "behind the layers"} for name in all_of_them["activations"]]
    return [
        losses_page(all_of_them["losses"]),
        forms_page(
            "networks",
            "Networks",
            f"What {code('--student')} and {code('--teacher-model')} take, layer by layer.",
            [
                ("Networks", all_of_them["networks"]),
                ("Density students", all_of_them["densities"]),
                ("Activations", activations),
            ],
        ),
        forms_page(
            "optimizers",
            "Optimizers and schedules",
            f"What {code('--optimizer')} and {code('--decay')} take, with what is usual.",
            [("Optimizers", optimizers), ("Schedules", schedules)],
        ),
        forms_page(
            "families",
            "Compact families",
            f"What {code('distill predictive --family')} takes.",
            [("Families", families)],
        ),
        forms_page(
            "formats",
            "Formats of models",
            f"What {code('--teacher')} reads as a whole model.",
            [("Formats", all_of_them["formats"])],
        ),
    ]
