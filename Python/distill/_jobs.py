"""What is asked of the program: compress, predictive, certify and resume."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy

from . import _live, _student, _teacher
from ._data import Examples, array, examples, require_numbers
from ._program import DistillError, call, require_options
from ._progress import Progress
from ._run import Certificate, Run


def compress(teacher: Any, data: Any, student: Any = None, *, loss: str | None = None, test: Any = None,
             task: str = "classes", classes: list | None = None, control: bool = True,
             certify: int | None = None, epochs: int | None = None, steps: int | None = None,
             minutes: float | None = None, derivatives: bool | None = None,
             out: str | Path | None = None, seed: int = 1, progress: bool = True, **options: Any) -> Run:
    """Distils a teacher into a small student on your own data.

    Args:
        teacher: A ``torch.nn.Module``, a scikit-learn, XGBoost or LightGBM estimator, an ONNX Runtime
            session, a function of a batch, an array of answers ``[examples, outputs]`` (those for
            `test` behind those for `data`), or the path of a teacher's file. A network is asked in
            evaluation mode and left as it was.
        data: A pair ``(inputs, targets)`` of arrays, tensors or tables, inputs alone, a ``Dataset`` or
            a ``DataLoader`` (gone through once, in its order), or a path.
        student: Such as ``"mlp:784-50-30-10"`` or ``"cnn:8c3b-m2-16c3b-m2-10"``; ``distill
            architectures`` lists all. Or a ``torch.nn.Module``, or the path of one that
            ``torch.export.save`` wrote (``.pt2``): it begins at its own weights, and a module has the
            new ones when its run is finished. With ``fit="agreement 0.95, 20 us, 100 KB"`` among the options
            the kinds to look among, such as ``"mlp,cnn"``; None for all that suit the inputs.
        loss: Such as ``"softCrossEntropy(temperature: 4)"``; ``distill losses`` lists all.
        test: Examples for the test, as `data`; a share of `data` where nothing is given.
        task: ``"classes"`` or ``"regression"``.
        classes: Their names in the order of the teacher's outputs. (default: what the teacher says)
        control: Whether the same network is trained on the targets too, with the same budget.
        certify: Seeds of the certificate at the end.
        epochs, steps, minutes: The budget.
        derivatives: Whether a ``torch.nn.Module`` is asked for derivatives with respect to its inputs, too.
            (default: where `loss` needs them)
        out: The run's folder. (default: ``runs/compress-…``)
        options: The program's other options, such as ``learning_rate=1e-3``, ``normalize="standard"``.

    Raises:
        DistillError: With one sentence that says what, where and what to do.
        Stopped: On Ctrl-C; :func:`resume` goes on with its folder.
    """
    require_options("compress", options)
    folder = _folder(out, "compress")
    if not isinstance(data, (str, os.PathLike)):
        # Once: a loader may not give the same again.
        data = examples(data)
    with _Work(folder, progress) as work:
        if derivatives is None:
            derivatives = any(word in (loss or "") for word in _OF_DERIVATIVES) and not _is_path(teacher)
        arguments, labelled = _asked(teacher, data, test, task, classes, work,
                                     options.get("normalize") if derivatives else None, derivatives)
        text = "" if student is None else str(student)
        if _student.is_network(student):
            text = str(_student.export(student, _shape(data), work.inputs / _student.PROGRAM))
        arguments += (["--student", text] if text else []) + ["--out", str(folder), "--seed", str(seed)]
        given = {"loss": loss, "epochs": epochs, "steps": steps, "minutes": minutes,
                 "certify": certify, "control": control and labelled} | options
        run = Run(folder, call(["compress", *arguments, *_options(given)], work.shown, folder))
    if _student.is_network(student):
        _student.load(student, folder)
    return run


def predictive(draws: Any, *, data: Any = None, outcome: Any = None, model: str | None = None,
               parameters: str | list[str] | None = None, out: str | Path | None = None,
               seed: int = 1, certify: bool = True, progress: bool = True, **options: Any) -> Run:
    """Distils posterior draws into a closed-form predictive distribution.

    Args:
        draws: ArviZ ``InferenceData`` or ``DataTree`` (its posterior), a mapping of names to arrays
            ``[chains, draws, …]``, or the path of draws.
        data: Inputs ``[rows, columns]`` as an array or a DataFrame, or a path.
        outcome: What came, ``[rows]``; of a path the name of its column.
        model: Such as ``"linear"``, ``"logistic"`` or ``"samples"``.
        parameters: The variable, or variables, that hold the weights.
        options: The program's other options, such as ``intercept="alpha"``, ``family="mixture-of-logistics"``.
    """
    require_options("predictive", options)
    folder = _folder(out, "predictive")
    with _Work(folder, progress) as work:
        arguments = ["--draws", _draws(draws, work), "--out", str(folder), "--seed", str(seed)]
        if data is not None:
            place, name = _table(data, outcome, work)
            arguments += ["--data", place] + (["--outcome", name] if name else [])
        given = {"model": model, "parameters": parameters, "certify": certify} | options
        return Run(folder, call(["predictive", *arguments, *_options(given)], work.shown, folder))


def certify(run: Run | str | Path, *, seeds: int = 5, progress: bool = True) -> Certificate:
    """Says in one word whether the student is better than one trained on the labels alone.

    Trains student and control anew with several seeds; an interrupted certificate goes on when asked
    again.
    """
    run = run if isinstance(run, Run) else Run(run)
    shown = Progress(progress)
    try:
        call(["certify", str(run.path), "--seeds", str(seeds)], shown, run.path)
    finally:
        shown.close()
    return run.certificate


def resume(path: str | Path, *, progress: bool = True) -> Run:
    """Goes on with a run that was stopped, to the same result."""
    run = Run(path)
    shown = Progress(progress)
    try:
        words = _command(run).split()
        return Run(run.path, call([*words, "--resume", str(run.path)], shown, run.path))
    finally:
        shown.close()


def _command(run: Run) -> str:
    return str(json.loads((run.path / "state.json").read_text())["command"])


def _folder(out: str | Path | None, kind: str) -> Path:
    if out is not None:
        return Path(out).absolute()
    # The program makes the folder itself, and refuses one that is there.
    return Path("runs").absolute() / f"{kind}-{secrets.token_hex(4)}"


class _Work:
    """What a new run is given from memory, in a folder beside its own: to resume and to certify need it.

    The folder goes with a run that did not begin; one that is there already is nobody's to write in.
    """

    def __init__(self, folder: Path, progress: bool):
        if folder.is_file() or folder.is_dir() and any(folder.iterdir()):
            # Before the teacher is asked.
            raise DistillError(f"'{folder}' is there already: {self._advice(folder)}")
        self.folder, self.shown = folder, Progress(progress)
        self._inputs: Path | None = None

    @staticmethod
    def _advice(folder: Path) -> str:
        advice = "name another folder with out="
        if (folder / "state.json").exists() and not Run(folder).is_finished:
            advice += f", or go on with that run by distill.resume({str(folder)!r})"
        return advice

    @property
    def inputs(self) -> Path:
        if self._inputs is None:
            place = self.folder.with_name(self.folder.name + "-inputs")
            try:
                place.mkdir(parents=True)
            except FileExistsError:
                raise DistillError(f"'{place}' is there already, and what the run is given goes there: "
                                   f"{self._advice(self.folder)}") from None
            except OSError as error:
                raise DistillError(f"cannot make the folder '{place}': {error.strerror}") from None
            self._inputs = place
        return self._inputs

    def __enter__(self) -> _Work:
        return self

    def __exit__(self, *_: object) -> None:
        self.shown.close()
        if self._inputs is not None and not (self.folder / "state.json").exists():
            shutil.rmtree(self._inputs, ignore_errors=True)


_OF_DERIVATIVES = ("erivativeSquaredError", "averageScoreMatching")
"""Losses that compare derivatives, by a part of their names."""


def _is_path(teacher: Any) -> bool:
    return isinstance(teacher, (str, os.PathLike))


def _asked(teacher: Any, data: Any, test: Any, task: str, classes: list | None, work: _Work,
           normalize: str | None = None, derivatives: bool = False) -> tuple[list[str], bool]:
    """The arguments of teacher and data, and whether the data have labels or numbers to learn."""
    reals = task == "regression"
    if task not in ("classes", "regression"):
        raise DistillError(f"task is '{task}': it must be 'classes' or 'regression'")
    arguments = ["--task", "regression"] if reals else []
    if isinstance(data, (str, os.PathLike)):
        if test is not None:
            arguments += ["--test", str(test)]
        if classes:
            arguments += ["--classes", ",".join(map(str, classes))]
        return [*arguments, "--data", str(data), *_teacher_of_path(teacher)], True
    parts = [examples(data)] + ([examples(test, "test")] if test is not None else [])
    for part, name in zip(parts, ["data", "test"]):
        require_numbers(part, name)
    if len(parts) == 2 and parts[0].inputs.shape[1:] != parts[1].inputs.shape[1:]:
        raise DistillError(f"examples for the test have the shape {list(parts[1].inputs.shape[1:])}, "
                           f"and the data {list(parts[0].inputs.shape[1:])}")
    if not reals:
        classes = classes or _teacher.classes(teacher)
        parts, classes = _classes(parts, classes)
        if classes:
            if any("," in str(name) for name in classes):
                raise DistillError("names of classes must have no commas")
    arrays: dict[str, numpy.ndarray] = {}
    for part, name in zip(parts, ["train", "test"]):
        arrays[f"x_{name}"] = part.inputs
        if part.targets is not None:
            arrays[f"y_{name}"] = part.targets
    numpy.savez(work.inputs / "data.npz", **arrays)
    arguments += ["--data", str(work.inputs / "data.npz")]
    labelled = parts[0].targets is not None
    if not labelled:
        arguments += ["--labels", "none"]
    elif reals:
        arguments += ["--labels", "y_train"]
    if classes and not reals:
        arguments += ["--classes", ",".join(map(str, classes))]
    if _is_path(teacher):
        return arguments + _teacher_of_path(teacher), labelled
    if derivatives:
        return [*arguments, "--teacher", _observed(teacher, parts[0].inputs, arguments, normalize, work)], labelled
    inputs = numpy.concatenate([part.inputs for part in parts])
    if isinstance(teacher, numpy.ndarray):
        if len(teacher) != len(inputs):
            raise DistillError(f"there are {len(teacher):,} rows of answers for {len(inputs):,} examples")
        values = teacher
    else:
        values = _teacher.answers(teacher, inputs, reals=reals, heard=work.shown)
    if reals and values.ndim == 1:
        values = values[:, None]
    numpy.save(work.inputs / "answers.npy", array(values).astype(numpy.float32))
    return [*arguments, "--teacher-values", str(work.inputs / "answers.npy")], labelled


def _observed(teacher: Any, inputs: numpy.ndarray, arguments: list[str], normalize: str | None,
              work: _Work) -> str:
    """The store of what a network says, and of its derivatives, which the program asks for through a pipe."""
    network = _teacher.differentiable(teacher)
    shape = inputs.shape[1:]

    def answer(batch: numpy.ndarray) -> numpy.ndarray:
        return network.with_derivatives(batch.reshape(len(batch), *shape))

    place = work.inputs / "observed"
    try:
        width = answer(inputs[:2].astype(numpy.float32)).nbytes // len(inputs[:2])
        batch = max(1, min(_teacher.BATCH, _live.MOST // width))
        with _live.Served(answer) as served:
            try:
                call(["observe", *arguments, "--teacher-command", served.command, "--teacher-batch", str(batch),
                      "--derivatives", "--out", str(place), *_options({"normalize": normalize})], work.shown)
            except DistillError:
                if served.error:
                    raise served.error from None
                raise
    finally:
        network.restore()
    return str(place)


def _shape(data: Any) -> tuple[int, ...]:
    """Of one example."""
    if isinstance(data, (str, os.PathLike)):
        raise DistillError("data that are a path need a student that is one, or its text: save the network "
                           "with torch.export.save, as a .pt2 file")
    return data.inputs.shape[1:]


def _teacher_of_path(teacher: Any) -> list[str]:
    if not isinstance(teacher, (str, os.PathLike)):
        raise DistillError("data that are a path need a teacher that is one: load them, or save it")
    return ["--teacher", str(teacher)]


def _classes(parts: list[Examples], classes: list | None) -> tuple[list[Examples], list | None]:
    """Targets as places of the classes."""
    if parts[0].targets is None:
        return parts, classes
    if any(part.targets is not None and part.targets.ndim != 1 for part in parts):
        raise DistillError("targets of classes must be one label for each example")
    if classes is None:
        labels = numpy.unique(numpy.concatenate([p.targets for p in parts if p.targets is not None]))
        if numpy.issubdtype(labels.dtype, numpy.integer):
            return parts, None
        classes = labels.tolist()
    places = {str(name): index for index, name in enumerate(classes)}
    by_place = all(str(label) not in places for part in parts if part.targets is not None
                   for label in numpy.unique(part.targets))
    coded = []
    for part in parts:
        if part.targets is None or by_place:
            coded.append(part)
            continue
        unknown = [label for label in numpy.unique(part.targets) if str(label) not in places]
        if unknown:
            raise DistillError(f"the label {unknown[0]!r} is none of the classes "
                               + ", ".join(map(str, classes[:12])))
        targets = numpy.array([places[str(label)] for label in part.targets], dtype=numpy.int64)
        coded.append(Examples(part.inputs, targets, part.columns))
    return coded, classes


def _options(given: Mapping[str, Any]) -> list[str]:
    """Keywords as options: ``learning_rate=1e-3`` is ``--learning-rate 1e-3``."""
    arguments: list[str] = []
    for key, value in given.items():
        name = "--" + key.replace("_", "-")
        if value is True:
            arguments.append(name)
        elif value is not None and value is not False:
            # As one word: a value may begin with a dash.
            text = ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
            arguments.append(f"{name}={text}")
    return arguments


def _draws(draws: Any, work: _Work) -> str:
    if isinstance(draws, (str, os.PathLike)):
        return str(draws)
    posterior = getattr(draws, "posterior", None)
    if posterior is None and hasattr(draws, "children") and "posterior" in draws.children:
        posterior = draws["posterior"]
    source = draws if posterior is None else posterior
    if hasattr(source, "data_vars"):
        source = {str(name): value for name, value in source.data_vars.items()}
    if not isinstance(source, Mapping) or not source:
        raise DistillError("draws are not understood: give InferenceData, or arrays by their names")
    arrays = {str(name): array(value) for name, value in source.items()}
    short = [name for name, value in arrays.items() if value.ndim < 2]
    if short:
        raise DistillError(f"the draws of '{short[0]}' have no axes of chains and draws: give "
                           "[chains, draws, …]")
    file = work.inputs / "draws.npz"
    numpy.savez(file, **arrays)
    return str(file)


def _table(data: Any, outcome: Any, work: _Work) -> tuple[str, str | None]:
    if isinstance(data, (str, os.PathLike)):
        return str(data), None if outcome is None else str(outcome)
    given = examples((data, outcome))
    require_numbers(given, "data")
    arrays = {"x": given.inputs.astype(numpy.float64)}
    if given.targets is not None:
        arrays["y"] = given.targets
    numpy.savez(work.inputs / "data.npz", **arrays)
    return str(work.inputs / "data.npz"), "y" if given.targets is not None else None
