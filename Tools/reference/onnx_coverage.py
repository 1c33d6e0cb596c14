"""Measures how many of ONNX's own tests of its operators pass, and writes it into the documentation.

    python3 Tools/reference/onnx_coverage.py [--results FILE]

needs onnx. All cases of the wheel are written into a file of a temporary folder, `swift test` runs
them, and Documentation/ONNXOperators.md is made of what it found. With FILE, what an earlier
`DISTILL_ONNX_NODES=CASES swift test --filter ONNXNodeTests` wrote is read instead (`--cases CASES`
writes the cases and stops).
"""

import argparse
import collections
import json
import os
import pathlib
import subprocess
import tempfile

import onnx
import onnx_models

ROOT = pathlib.Path(__file__).parents[2]
PAGE = ROOT / "Documentation/ONNXOperators.md"


def measured(file):
    environment = dict(os.environ, DISTILL_ONNX_NODES=str(file))
    subprocess.run(["swift", "test", "--filter", "ONNXNodeTests/shareOfAllCases"], cwd=ROOT,
                   env=environment, check=True)
    return pathlib.Path(f"{file}.results").read_text()


def page(cases, lines):
    answers = dict(zip((case["name"] for case in cases), lines))
    models = [case for case in cases if "kind" in case]
    cases = [case for case in cases if "kind" not in case]
    passed = collections.Counter()
    every = collections.Counter()
    claimed = set()
    rest = []
    for case in cases:
        line = answers[case["name"]]
        name, claim, reason = line.split("\t", 2)
        assert name == case["name"], (name, case["name"])
        operator = case["operator"]
        if case["domain"]:
            operator = f"{case['domain']}.{operator}"
        if claim and operator != "several":
            claimed.add(operator)
        every[operator] += 1
        if reason:
            rest.append((operator, name, reason))
        else:
            passed[operator] += 1
    share = sum(passed.values())
    own = sum(every[x] for x in claimed)
    good = sum(passed[x] for x in claimed)
    short = sorted(x for x in claimed if passed[x] < 0.95 * every[x])
    text = [
        "# Operators of ONNX",
        "",
        f"ONNX {onnx.__version__} tests its operators with {len(cases):,} cases, and "
        f"{share:,} of them pass here ({100 * share / len(cases):.1f}%). Of the cases of single "
        f"operators that are known here, {good:,} of {own:,} pass ({100 * good / own:.1f}%)"
        + ("." if not short else
           "; below 95% are " + ", ".join(f"`{x}` ({passed[x]} of {every[x]})" for x in short)
           + "."),
        "",
        "Numbers of half precision may differ by two units in their last place, all others by what "
        "ONNX allows. This page is written by `Tools/reference/onnx_coverage.py`, which runs all "
        "cases. `Dropout` in training mode is computed for them, and refused in a network that is "
        "observed.",
        "",
        *whole_models(models, answers),
        "## Known",
        "",
        "With how many of the cases pass, where there are any:",
        "",
        ", ".join(f"`{x}` {passed[x]}/{every[x]}" for x in sorted(claimed)) + ".",
        "",
        "## What does not pass",
        "",
        "| operator | cases | why |",
        "|---|---|---|",
    ]
    reasons = collections.defaultdict(list)
    for operator, name, reason in rest:
        reasons[operator].append((name, reason))
    for operator, found in sorted(reasons.items()):
        first = found[0][1].split(";")[0].replace("|", "\\|")
        text.append(f"| `{operator}` | {len(found)} of {every[operator]} | {first} |")
    return "\n".join(text) + "\n"


def whole_models(models, answers):
    """What becomes of the models that ONNX keeps as files."""
    if not models:
        return []
    every = collections.Counter(case["kind"] for case in models)
    reasons = {case["name"]: answers[case["name"]].split("\t", 2)[2] for case in models}
    passed = collections.Counter(case["kind"] for case in models if not reasons[case["name"]])
    text = [
        "Of the whole models that ONNX keeps as files pass, by their kind: "
        + ", ".join(f"`{kind}` {passed[kind]} of {every[kind]}" for kind in every) + ".",
        "",
    ]
    rest = [f"`{name}` ({reason.split(';')[0]})" for name, reason in reasons.items() if reason]
    return text + (["Not: " + "; ".join(rest) + ".", ""] if rest else [])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--results", type=pathlib.Path)
    parser.add_argument("--cases", type=pathlib.Path)
    options = parser.parse_args()
    cases = [*onnx_models.node_cases(), *onnx_models.stored_cases()]
    if options.cases:
        options.cases.write_text(json.dumps(cases))
        return
    if options.results:
        results = options.results.read_text()
    else:
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "cases.json"
            file.write_text(json.dumps(cases))
            results = measured(file)
    PAGE.write_text(page(cases, results.splitlines()))


main()
