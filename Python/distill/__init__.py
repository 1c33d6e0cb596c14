"""Knowledge distillation from Python: a convenient model learns to mimic a complex one.

>>> import distill
>>> run = distill.compress(teacher=model, data=(x, y), student="mlp:784-50-30-10")
>>> run.student.predict(x[:3])          # probabilities, by the program
>>> network = run.student.to_torch()    # an ordinary torch.nn.Module
>>> distill.certify(run).verdict        # BETTER, SAME, WORSE or UNDECIDED

The work is done by the program `distill`, of which this module is a thin cover: every run is a folder
that the program's other commands know, too.
"""

from ._program import DistillError, Stopped, program, version
from ._run import Certificate, Run, Student
from ._jobs import certify, compress, predictive, resume

__all__ = ["Certificate", "DistillError", "Run", "Stopped", "Student", "certify", "compress",
           "predictive", "program", "resume", "version"]
