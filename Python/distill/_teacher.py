"""What a teacher in memory answers: networks, estimators, sessions and functions, asked once."""

from __future__ import annotations

import sys
from typing import Any

import numpy

from ._data import array
from ._program import DistillError

BATCH = 256


def answers(teacher: Any, inputs: numpy.ndarray, *, reals: bool = False,
            heard=lambda event: None, batch: int = BATCH) -> numpy.ndarray:
    """What a teacher says of every example, ``[examples, outputs]``.

    Args:
        teacher: A ``torch.nn.Module``, an estimator with ``predict_proba`` (or, for real numbers,
            ``predict``), an ONNX Runtime session, or a function of a batch of inputs.
        inputs: As the teacher takes them.
        heard: Gets the progress.

    Raises:
        DistillError: It is none of them, fails, or answers with other than a row for each example.
    """
    ask = _asked(teacher, reals)
    rows, count = [], len(inputs)
    try:
        for start in range(0, count, batch):
            part = array(ask(inputs[start:start + batch]))
            size = len(inputs[start:start + batch])
            if part.ndim == 1:
                part = part[:, None]
            if part.ndim != 2 or len(part) != size:
                raise DistillError(f"the teacher answers {size} examples with an array of shape "
                                   f"{list(part.shape)}: it must be a row for each example")
            if not numpy.isfinite(part).all():
                row = start + int(numpy.argwhere(~numpy.isfinite(part))[0][0])
                raise DistillError(f"the teacher answers example {row} with a number that is not finite")
            rows.append(part.astype(numpy.float32))
            heard({"event": "progress", "task": "teacher", "done": start + size, "total": count,
                   "unit": "examples"})
    finally:
        if restore := getattr(ask, "restore", None):
            restore()
    return numpy.concatenate(rows)


def classes(teacher: Any) -> list | None:
    """The classes in the order of the outputs, where the teacher says them."""
    known = getattr(teacher, "classes_", None)
    return None if known is None else list(known)


def differentiable(teacher: Any):
    """The network that can be asked for derivatives, in evaluation mode until its ``restore()``.

    Raises:
        DistillError: It is none.
    """
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(teacher, torch.nn.Module):
        raise DistillError(f"a teacher of type {type(teacher).__name__} has no derivatives: give a "
                           "torch.nn.Module or a file, or another loss")
    return _Network(torch, teacher)


def _asked(teacher: Any, reals: bool):
    if isinstance(teacher, numpy.ndarray):
        raise DistillError("an array of answers is no teacher that can be asked")
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(teacher, torch.nn.Module):
        return _Network(torch, teacher)
    if hasattr(teacher, "get_inputs") and hasattr(teacher, "run"):
        name = teacher.get_inputs()[0].name
        kind = {"tensor(double)": numpy.float64}.get(teacher.get_inputs()[0].type, numpy.float32)
        return lambda batch: _of_session(teacher.run(None, {name: batch.astype(kind)}))
    if not reals and hasattr(teacher, "predict_proba"):
        return teacher.predict_proba
    if hasattr(teacher, "predict"):
        if not reals:
            raise DistillError(f"{type(teacher).__name__} has no predict_proba: give the model's "
                               "probabilities as a function, or say task='regression'")
        return teacher.predict
    if callable(teacher):
        return teacher
    raise DistillError(f"a teacher of type {type(teacher).__name__} is not understood: give a network, "
                       "an estimator, a function, a file, or an array of answers")


def _of_session(outputs: list) -> numpy.ndarray:
    """Probabilities where there are some: converted estimators give labels first."""
    for output in reversed(outputs):
        if isinstance(output, list) and output and isinstance(output[0], dict):
            return numpy.array([list(row.values()) for row in output])
        if getattr(output, "ndim", 0) == 2:
            return output
    return outputs[0]


class _Network:
    """A network of PyTorch, in the mode and on the device that it is meant to answer in."""

    def __init__(self, torch, network):
        self.torch, self.network, self.training = torch, network, network.training
        first = next(network.parameters(), None)
        self.device = first.device if first is not None else torch.device("cpu")
        self.kind = first.dtype if first is not None and first.is_floating_point() else torch.float32
        network.eval()

    def __call__(self, batch: numpy.ndarray):
        inputs = self.torch.from_numpy(numpy.ascontiguousarray(batch)).to(self.device)
        if inputs.is_floating_point():
            inputs = inputs.to(self.kind)
        with self.torch.no_grad():
            answer = self.network(inputs)
        answer = getattr(answer, "logits", answer)
        return answer[0] if isinstance(answer, (tuple, list)) else answer

    def with_derivatives(self, batch: numpy.ndarray) -> numpy.ndarray:
        """``[examples, outputs, 1 + numbers]``: each output, and behind it its derivatives by the numbers of
        its own example."""
        torch = self.torch
        inputs = torch.from_numpy(numpy.ascontiguousarray(batch)).to(self.device, self.kind)
        inputs.requires_grad_(True)
        with torch.enable_grad():
            answer = self.network(inputs)
            answer = getattr(answer, "logits", answer)
            answer = answer[0] if isinstance(answer, (tuple, list)) else answer
            answer = answer[:, None] if answer.ndim == 1 else answer
            if answer.ndim != 2 or len(answer) != len(batch):
                raise DistillError(f"the teacher answers {len(batch)} examples with an array of shape "
                                   f"{list(answer.shape)}: it must be a row for each example")
            if not answer.requires_grad:
                raise DistillError("the teacher's outputs do not depend on its inputs in a way that PyTorch "
                                   "can differentiate")
            # Examples do not see each other in evaluation mode: the sum's derivatives are each one's own.
            rows = [torch.autograd.grad(answer[:, k].sum(), inputs, retain_graph=True)[0]
                    for k in range(answer.shape[1])]
        slopes = torch.stack(rows, 1).flatten(2)
        whole = torch.cat([answer.detach()[:, :, None], slopes], 2)
        return whole.to("cpu", torch.float32).numpy()

    def restore(self):
        self.network.train(self.training)
