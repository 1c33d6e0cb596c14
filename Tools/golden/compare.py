"""What differs between two folders of golden runs, but for times, paths and the machine.

Curves have the time at every point, and are left out.
"""

import csv
import json
import re
import struct
import zipfile
from pathlib import Path

# Keys of times and of what describes the machine, the program or the time of a run.
LEFT_OUT = {"seconds", "latency", "latencies", "latencyRatio", "machine", "program", "made", "date", "replay",
            "seal", "rate", "started", "startedAt", "times", "timesRealTime"}
LEFT_OUT_WORD = re.compile("second|µs|ms,|latency|latencies|perImage|memory|resident|rusage", re.IGNORECASE)
# A recipe has the machine in it, a checkpoint the recipe's hash, a certificate that of the checkpoint.
HASH = re.compile(r"\b[0-9a-f]{64}\b")
DATE = re.compile(r"\d{4}-\d\d-\d\dT[\d:]+Z?")
TIME = re.compile(r"\b\d[\d.,]* ?(?:h|min|minutes?|s|seconds?|ms|µs|steps/s)(?!\w)")
CHART = re.compile("<svg.*?</svg>", re.DOTALL)
OF_TIMES = re.compile("µs|second|steps/s|<text[^>]*>(?:ms|s)</text>")
NUMBER = re.compile(r"[-+−]?\d[\d.,]*(?:e[-+]?\d+)?")


def differences(old: Path, new: Path):
    """Yields each common file's path with the lines that say what differs in it."""
    names = [sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and "curves" not in path.parts)
             for folder in (old, new)]
    for name in sorted(set(names[0]) | set(names[1])):
        if name.endswith(".log"):
            continue
        if name not in names[0] or name not in names[1]:
            yield name, [f"only in {'old' if name in names[0] else 'new'}"]
            continue
        yield name, compared(old / name, new / name, (str(old.resolve()), str(new.resolve())))


def compared(old: Path, new: Path, roots: tuple[str, str]) -> list[str]:
    """What differs between two files of one name."""
    if old.read_bytes() == new.read_bytes():
        return []
    kind = old.suffix
    if kind == ".safetensors":
        return compared_weights(old.read_bytes(), new.read_bytes())
    if kind in {".gz", ".pgm", ".ubj", ".mlmodel", ".bin"}:
        return [] if old.read_bytes() == new.read_bytes() else ["other bytes"]
    if kind == ".npz":
        return compared_archives(old, new)
    texts = [path.read_text().replace(root, "ROOT") for path, root in zip((old, new), roots)]
    if kind == ".json":
        return list(compared_values(*[json.loads(text) for text in texts], ""))
    if kind == ".jsonl":
        return compared_records(*texts)
    if kind == ".csv":
        return list(compared_values(*map(table, texts), ""))
    return compared_lines(*[plain(text, kind) for text in texts])


def compared_weights(old: bytes, new: bytes) -> list[str]:
    """The headers by their values, the numbers to the bit."""
    sizes = [struct.unpack("<Q", data[:8])[0] for data in (old, new)]
    headers = [json.loads(data[8:8 + size]) for data, size in zip((old, new), sizes)]
    found = list(compared_values(*headers, "header"))
    if old[8 + sizes[0]:] != new[8 + sizes[1]:]:
        found.append("other numbers")
    return found


def compared_archives(old: Path, new: Path) -> list[str]:
    with zipfile.ZipFile(old) as a, zipfile.ZipFile(new) as b:
        if sorted(a.namelist()) != sorted(b.namelist()):
            return [f"members {sorted(a.namelist())} and {sorted(b.namelist())}"]
        return [f"{name}: other bytes" for name in a.namelist() if a.read(name) != b.read(name)]


def compared_records(old: str, new: str) -> list[str]:
    """Lines of JSON; those of progress come when the clock says so."""
    sides = [[record for record in map(json.loads, filter(None, text.splitlines()))
              if not (isinstance(record, dict) and record.get("event") == "progress")]
             for text in (old, new)]
    return list(compared_values(*sides, ""))


def compared_values(old, new, place: str):
    """Where two decoded values differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        old, new = without_times(old), without_times(new)
        for key in sorted(set(old) | set(new)):
            if key in LEFT_OUT or LEFT_OUT_WORD.search(key):
                continue
            if key not in old or key not in new:
                yield f"{place}.{key}: only in {'old' if key in old else 'new'}"
            else:
                yield from compared_values(old[key], new[key], f"{place}.{key}")
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            yield f"{place}: {len(old)} and {len(new)} elements"
        for index, (a, b) in enumerate(zip(old, new)):
            yield from compared_values(a, b, f"{place}[{index}]")
    elif isinstance(old, str) and isinstance(new, str):
        kind = ".yaml" if "\n" in old else ""
        if plain(old, kind) != plain(new, kind):
            yield f"{place}: {old!r} and {new!r}"
    elif repr(old) != repr(new):
        yield f"{place}: {old!r} and {new!r}"


def without_times(value: dict) -> dict:
    """A table without its columns of times."""
    if not all(isinstance(value.get(key), list) for key in ("columns", "rows")):
        return value
    kept = [i for i, name in enumerate(value["columns"]) if not LEFT_OUT_WORD.search(str(name))]
    return value | {"rows": [[row[i] for i in kept if i < len(row)] for row in value["rows"]]}


def table(text: str) -> dict:
    """A table as JSON has it, for its columns of times."""
    columns, *rows = csv.reader(text.splitlines()) or [[]]
    return {"columns": columns, "rows": rows}


def compared_lines(old: list[str], new: list[str]) -> list[str]:
    if len(old) != len(new):
        return [f"{len(old)} and {len(new)} lines"]
    return [f"line {number}: {a!r} and {b!r}"
            for number, (a, b) in enumerate(zip(old, new), 1) if a != b]


def plain(text: str, kind: str) -> list[str]:
    """Lines without times and hashes; of pages and tables, which show times in cells of numbers that
    JSON files hold too, the words alone; of recipes not what made them."""
    if kind == ".html":
        # Where times are drawn, they decide how many marks an axis has.
        text = CHART.sub(lambda chart: "TIMES" if OF_TIMES.search(chart[0]) else chart[0], text)
    text = TIME.sub("TIME", DATE.sub("DATE", HASH.sub("HASH", text)))
    if kind in {".html", ".txt"}:
        # From where a word begins, or long ones take the square of their length.
        text = re.sub(r"(?<!\S)\S+ HASH", "FILE HASH", text)
        text = re.sub(r"[-─]+", "-", NUMBER.sub("#", text))
        # Whether a student is faster is a word.
        text = re.sub(r"\b(yes|no)\b", "WORD", text)
    lines = [re.sub(r"\s+", " ", line) for line in text.splitlines()]
    if kind != ".yaml":
        return lines
    kept, inside = [], False
    for line in lines:
        key = line.strip().split(":")[0]
        if not line.startswith((" ", "-")):
            inside = key in LEFT_OUT
        if not inside and key not in LEFT_OUT and not LEFT_OUT_WORD.search(key):
            kept.append(line)
    return kept
