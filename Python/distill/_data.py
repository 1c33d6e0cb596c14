"""Data of Python as arrays: pairs, tables, datasets and loaders, looked at once and in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy

from ._program import DistillError


@dataclass
class Examples:
    """Inputs ``[examples, …]`` and what belongs to them; `targets` is None where nothing does."""

    inputs: numpy.ndarray
    targets: numpy.ndarray | None = None
    columns: list[str] | None = None

    def __len__(self) -> int:
        return len(self.inputs)


def array(value: Any) -> numpy.ndarray:
    """Numbers of NumPy, torch, pandas or lists."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        # NumPy has no bfloat16.
        value = value.float().numpy() if str(value.dtype) == "torch.bfloat16" else value.numpy()
    elif hasattr(value, "to_numpy"):
        value = value.to_numpy()
    try:
        result = numpy.asarray(value)
        if result.dtype == object:
            result = numpy.asarray(result.tolist())
    except ValueError:
        raise DistillError("the data are rows of different lengths") from None
    if result.dtype == object:
        raise DistillError("the data hold something that is no number: encode it first")
    return result


def examples(data: Any, name: str = "data") -> Examples:
    """What data hold.

    Args:
        data: A pair of inputs and targets, inputs alone, a DataFrame of inputs, a torch ``Dataset``
            or ``DataLoader``, or any iterable of examples or of pairs.

    Raises:
        DistillError: It is none of them, or is empty.
    """
    if isinstance(data, Examples):
        found = data
    elif isinstance(data, tuple) and len(data) == 2:
        columns = list(map(str, data[0].columns)) if hasattr(data[0], "columns") else None
        found = Examples(array(data[0]), None if data[1] is None else array(data[1]), columns)
    elif hasattr(data, "columns") and hasattr(data, "to_numpy"):
        found = Examples(array(data), None, list(map(str, data.columns)))
    elif hasattr(data, "batch_size") and hasattr(data, "dataset"):
        found = _gathered(data, batched=True)
    elif hasattr(data, "__array__") or isinstance(data, list):
        found = Examples(array(data))
    elif hasattr(data, "__getitem__") and hasattr(data, "__len__"):
        found = _gathered((data[index] for index in range(len(data))), batched=False)
    elif hasattr(data, "__iter__"):
        found = _gathered(data, batched=False)
    else:
        raise DistillError(f"{name} of type {type(data).__name__} are not understood: give a pair of "
                           "arrays, a Dataset or a DataLoader")
    if len(found) == 0 or found.inputs.ndim == 0:
        raise DistillError(f"{name} hold no examples")
    if found.inputs.dtype.kind not in "fiub":
        raise DistillError(f"the inputs of {name} are no numbers: encode them first")
    if found.inputs.ndim == 1:
        found.inputs = found.inputs[:, None]
    if found.targets is not None:
        if found.targets.ndim == 2 and found.targets.shape[1] == 1:
            found.targets = found.targets[:, 0]
        if len(found.targets) != len(found.inputs):
            raise DistillError(f"{name} hold {len(found.inputs):,} inputs and {len(found.targets):,} "
                               "targets: there must be one for each")
    return found


def require_numbers(given: Examples, name: str) -> None:
    """Refuses values that are missing or infinite, by their place in the user's own data."""
    for values, what in ((given.inputs, "inputs"), (given.targets, "targets")):
        if values is None or values.dtype.kind != "f" or numpy.isfinite(values).all():
            continue
        place = numpy.argwhere(~numpy.isfinite(values))[0].tolist()
        where = f"row {place[0]}"
        if what == "inputs" and len(place) == 2:
            column = given.columns[place[1]] if given.columns else place[1]
            where += f", column {column!r}"
        elif len(place) > 1:
            where += f", place {place[1:]}"
        raise DistillError(f"the {what} of {name} hold {values[tuple(place)]} in {where} (counted from 0): fill "
                           "in what is missing, or leave the row out")


def _gathered(items, batched: bool) -> Examples:
    inputs, targets = [], []
    for item in items:
        pair = isinstance(item, (tuple, list)) and len(item) == 2
        inputs.append(array(item[0] if pair else item))
        if pair:
            targets.append(array(item[1]))
    if not inputs:
        raise DistillError("the data hold no examples")
    if targets and len(targets) != len(inputs):
        raise DistillError("some of the data's examples have targets, and some have none")
    join = numpy.concatenate if batched else numpy.stack
    try:
        return Examples(join(inputs), join(targets) if targets else None)
    except ValueError:
        raise DistillError("the data's examples are of different shapes") from None
