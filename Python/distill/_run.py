"""A finished run: its results, its certificate, and its student."""

from __future__ import annotations

import html
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy

from ._program import DistillError, call


class Certificate(dict):
    """A certificate as it is in its file; the verdict, and a table in a notebook."""

    @property
    def verdict(self) -> str | None:
        """BETTER, SAME, WORSE or UNDECIDED; None where the application has no word."""
        return self.get("verdict")

    def rows(self) -> list[tuple[str, str]]:
        """What it says first, as text."""
        found = [("verdict", self.verdict)] if self.verdict else []
        for setting in self.get("settings", [])[:1]:
            for role in ("student", "control", "teacher"):
                for measure, estimate in (setting.get(role) or {}).items():
                    if isinstance(estimate, dict) and "mean" in estimate:
                        found.append((f"{role}, {measure}", _plus_minus(estimate)))
            for difference in setting.get("differences", []):
                found.append((f"student − control, {difference['measure']}",
                              _plus_minus(difference["estimate"])))
        for form in self.get("forms", []):
            if isinstance(estimate := form.get("divergence"), dict):
                found.append((f"{form['name']}, KL from the draws", _plus_minus(estimate)))
        return found

    def _repr_html_(self) -> str:
        return _table(self.rows())

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return "\n".join(f"{name}: {value}" for name, value in self.rows())


class Student:
    """A student of a run."""

    def __init__(self, path: Path):
        self.path = path

    def __repr__(self) -> str:
        return f"Student({str(self.path)!r})"

    def predict(self, inputs: Any) -> numpy.ndarray:
        """Probabilities ``[examples, classes]`` or numbers ``[examples, outputs]``, by the program.

        Args:
            inputs: As the data were that the student learnt on; ``[examples, …]``.
        """
        from ._data import examples

        given = examples(inputs, "inputs")
        with tempfile.TemporaryDirectory() as folder:
            place, answer = Path(folder) / "inputs.npy", Path(folder) / "answers.npy"
            numpy.save(place, given.inputs)
            call(["predict", str(self.path), "--data", str(place), "--out", str(answer)])
            return numpy.load(answer)

    def export(self, format: str, out: str | Path) -> Path:
        """Writes the student for another place, as ``distill export`` does.

        Args:
            format: Such as ``onnx``, ``coreml``, ``c``, ``swift``, ``wasm`` or ``runtime``.
            out: The file or folder.
        """
        call(["export", str(self.path), "--format", format, "--out", str(out)])
        return Path(out)

    def to_torch(self):
        """An ordinary ``torch.nn.Module`` that answers as ``predict`` does, scaling of inputs and all.

        Its answers are probabilities ``[batch, classes]`` (``logits(x)`` those before the softmax) or
        numbers, its inputs ``[batch, features]`` where the student is a perceptron, else
        ``[batch, …]`` of the examples' shape. A network that came from memory answers as it did there.
        ``torch.save`` keeps it where ``distill`` is installed; ``export("pytorch", "student.py")`` is
        the module for places where it is not.
        """
        from . import _student

        if (own := _student.module(self.path)) is not None:
            return own
        with tempfile.TemporaryDirectory() as folder:
            place = self.export("pytorch", Path(folder) / "student.py")
            module = _student.module_of(place.read_text())
            return module.load(place.with_name(Path(module.WEIGHTS).name))


class Run:
    """A run's folder, which the program's other commands know as well."""

    def __init__(self, path: str | Path, events: list[dict[str, Any]] | None = None):
        self.path = Path(path)
        self._events = events or []
        if not (self.path / "state.json").exists():
            raise DistillError(f"'{self.path}' is not the folder of a run: it has no state.json")

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    @property
    def student(self) -> Student:
        return Student(self.path)

    @property
    def is_finished(self) -> bool:
        return bool(json.loads((self.path / "state.json").read_text()).get("isFinished"))

    @property
    def results(self) -> list[dict[str, Any]]:
        """The scores of student, control and teacher on the test examples."""
        metrics = self.path / "metrics.jsonl"
        lines = metrics.read_text().splitlines() if metrics.exists() else []
        return [line for line in map(json.loads, lines) if "name" in line]

    @property
    def losses(self) -> list[float]:
        """The losses of the student's training, as they were written down."""
        lines = map(json.loads, (self.path / "metrics.jsonl").read_text().splitlines())
        return [line["loss"] for line in lines
                if line.get("network") == "student" and "loss" in line]

    @property
    def warnings(self) -> list[str]:
        """What casts doubt on the results."""
        return [event["text"] for event in self._events if event.get("event") == "warning"]

    @property
    def certificate(self) -> Certificate | None:
        """None where the run has none yet: see :func:`certify`."""
        file = self.path / "certificate.json"
        return Certificate(json.loads(file.read_text())) if file.exists() else None

    @property
    def report(self) -> Path:
        """The page with tables and charts."""
        return self.path / "report.html"

    def __str__(self) -> str:
        table = self.path / "table.txt"
        return table.read_text() if table.exists() else repr(self)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def _plus_minus(estimate: dict[str, Any]) -> str:
    error = estimate.get("standardError")
    value = f"{estimate['mean']:.4g}"
    return f"{value} ± {2 * error:.2g}" if isinstance(error, (int, float)) else value


def _table(rows: list[tuple[str, str]]) -> str:
    cells = "".join(f"<tr><th style='text-align:left'>{html.escape(name)}</th>"
                    f"<td>{html.escape(value)}</td></tr>" for name, value in rows)
    return f"<table>{cells}</table>"
