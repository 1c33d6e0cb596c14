"""A network of PyTorch in memory as the student: exported, trained by the program, and given its weights."""

from __future__ import annotations

import hashlib
import linecache
import sys
import types
import warnings
from pathlib import Path
from typing import Any

import numpy

from ._program import DistillError

PROGRAM = "student.pt2"
"""What a run calls its student where that came as a program of PyTorch."""


def is_network(student: Any) -> bool:
    """Whether it is a ``torch.nn.Module``."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(student, torch.nn.Module)


def export(network: Any, shape: tuple[int, ...], place: Path) -> Path:
    """Writes a network for batches of any size, in evaluation mode; it stays as it is.

    Args:
        shape: Of one example.

    Raises:
        DistillError: It does not take such examples, or ``torch.export`` cannot write it.
    """
    import torch

    first = next(network.parameters(), None)
    if first is None:
        raise DistillError("the student has no parameters that could learn")
    training = network.training
    network.eval()
    try:
        example = torch.zeros(2, *shape, dtype=first.dtype, device=first.device)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.export.export(network, (example,),
                                          dynamic_shapes=({0: torch.export.Dim("batch")},))
            torch.export.save(program, str(place))
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise DistillError(f"the student cannot be exported for examples of shape {list(shape)}: "
                           f"{reason}") from error
    finally:
        network.train(training)
    return place


def load(network: Any, run: Path) -> None:
    """Gives a network the weights that a run trained."""
    import torch

    file = run / PROGRAM
    if file.exists():
        network.load_state_dict(torch.export.load(str(file)).state_dict)


def module(run: Path) -> Any:
    """The student of a run, scaling of inputs and all; None where it did not come as a program."""
    file = run / PROGRAM
    if not file.exists():
        return None
    import torch

    notes = {"divisor": "", "mean": "", "deviation": ""}
    program = torch.export.load(str(file), extra_files=notes)

    def numbers(name: str) -> numpy.ndarray | None:
        text = notes[name]
        text = text.decode() if isinstance(text, bytes) else text
        return numpy.array([float(part) for part in text.split(",")], numpy.float32) if text else None

    divisor, mean, deviation = map(numbers, ("divisor", "mean", "deviation"))
    if (divisor is None or (divisor == 1).all()) and mean is None:
        return program.module()

    class Scaled(torch.nn.Module):
        """A network behind the scaling of its inputs."""

        def __init__(self):
            super().__init__()
            self.network = program.module()

        def forward(self, x):
            x = x.float() if divisor is None else x / float(divisor[0])
            if mean is not None:
                # One number for all, or one for each channel or feature.
                axes = [1] * (x.ndim - 2)
                x = (x - torch.tensor(mean).reshape(-1, *axes)) \
                    / torch.tensor(deviation).reshape(-1, *axes)
            return self.network(x)

    return Scaled()


def module_of(source: str) -> types.ModuleType:
    """The module that the program exported, from its text: it outlives its file, and its students can be
    pickled, with weights of their own.
    """
    name = f"distill_student_{hashlib.sha256(source.encode()).hexdigest()[:16]}"
    if name in sys.modules:
        return sys.modules[name]
    module = types.ModuleType(name)
    file = f"<{name}>"
    module.__file__ = f"{name}.py"
    # What tracebacks show.
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    exec(compile(source, file, "exec"), module.__dict__)
    module.Student.__reduce__ = lambda student: (_rebuilt, (source, student.state_dict(), student.training))
    sys.modules[name] = module
    return module


def _rebuilt(source: str, weights: dict[str, Any], training: bool) -> Any:
    student = module_of(source).Student()
    student.load_state_dict(weights)
    return student.train(training)
