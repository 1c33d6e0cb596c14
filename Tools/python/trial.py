"""Installs a wheel into an empty virtual environment and distils with it: trial.py WHEEL.

There is no Swift on the path; libtorch is that of the checkout, as a user's torch would be.
"""

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import numpy, distill
x = numpy.random.default_rng(0).normal(size=(200, 2)).astype("float32")
y = (x[:, 0] > 0).astype(int)
run = distill.compress(lambda b: numpy.stack([-3 * b[:, 0], 3 * b[:, 0]], 1), (x, y), "mlp:2-2",
                       epochs=40, learning_rate=0.05, progress=False)
assert run.student.predict(x).shape == (200, 2)
print(distill.version(), "agreement", run.results[0]["agreement"]["mean"])
"""


def trial(wheel: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin/python"
        known = {"PATH": f"{folder}/bin:/usr/bin:/bin", "HOME": folder,
                 "LIBTORCH": os.environ.get("LIBTORCH") or str(ROOT / ".libtorch")}
        keep = {key: value for key, value in os.environ.items()
                if key.startswith(("PIP_", "SSL_", "REQUESTS_")) or key.lower().endswith("_proxy")}
        subprocess.run([python, "-m", "pip", "install", "--quiet", wheel], check=True,
                       env=known | keep)
        subprocess.run([python, "-c", PROGRAM], check=True, env=known, cwd=folder)
        for command in ([f"{folder}/bin/distill"], [python, "-m", "distill"]):
            subprocess.run([*command, "--version"], check=True, env=known, cwd=folder)


if __name__ == "__main__":
    trial(Path(sys.argv[1]).resolve())
