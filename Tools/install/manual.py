"""The man page, from what the program says of itself: `distill --experimental-dump-help`."""

import re


def escaped(text):
    """Text as roff takes it: no line begins a request, and dashes stay dashes."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join(
        "\\&" + line if line[:1] in (".", "'") else line for line in text.split("\n")
    )


def names(argument):
    """An argument as it is written, such as `--seed <seed>`."""
    if argument["kind"] == "positional":
        return f"<{argument.get('valueName', 'value')}>"
    written = [
        ("--" if name["kind"] == "long" else "-") + name["name"] for name in argument["names"]
    ]
    value = f" <{argument['valueName']}>" if argument["kind"] == "option" else ""
    return ", ".join(written) + value


def meaning(argument):
    """What an argument does, with its values and default."""
    parts = [argument.get("abstract", "")]
    if argument.get("allValues"):
        parts.append("One of " + ", ".join(argument["allValues"]) + ".")
    if argument.get("defaultValue"):
        parts.append(f"The default is {argument['defaultValue']}.")
    return " ".join(part for part in parts if part)


def shown(command):
    arguments = command.get("arguments", [])
    return [argument for argument in arguments if argument.get("shouldDisplay", True)]


def discussion(text):
    """Paragraphs, with examples as they are typed."""
    lines = []
    for line in text.split("\n"):
        if re.match(r"\s+\S", line):
            lines += [".nf", "    " + escaped(line.strip()), ".fi"]
        else:
            lines.append(escaped(line) if line else ".PP")
    return lines


def described(command, path):
    """A command and all below it, each under a heading of its own."""
    below = [child for child in command.get("subcommands", []) if child["commandName"] != "help"]
    lines = [f'.SS "{escaped(path)}"', escaped(command.get("abstract", ""))]
    if command.get("discussion"):
        lines += [".PP"] + discussion(command["discussion"])
    for argument in shown(command):
        lines += [".TP", f".B {escaped(names(argument))}", escaped(meaning(argument))]
    for child in below:
        lines += described(child, f"{path} {child['commandName']}")
    return lines


def page(dump, version):
    """The whole page."""
    command = dump["command"]
    name = command["commandName"]
    lines = [
        f'.TH {name.upper()} 1 "" "{name} {version}"',
        ".SH NAME",
        f"{name} \\- {escaped(command['abstract'])}",
        ".SH SYNOPSIS",
        f".B {name}",
        "<subcommand> [options]",
    ]
    if command.get("discussion"):
        lines += [".SH DESCRIPTION"] + discussion(command["discussion"])
    lines.append(".SH COMMANDS")
    for child in command["subcommands"]:
        if child["commandName"] != "help":
            lines += described(child, f"{name} {child['commandName']}")
    return "\n".join(lines) + "\n"
