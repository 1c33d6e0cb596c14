"""Runs the notebooks as they are written, in a kernel of an environment of their own: notebooks.py PROGRAM.

The environment is kept in .build/notebooks.
"""

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ["nbclient", "nbformat", "ipykernel", "numpy", "scikit-learn", "arviz"]
RUN = """
import sys, nbformat, nbclient
for name in sys.argv[1:]:
    notebook = nbformat.read(name, as_version=4)
    nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    cells = [c for c in notebook.cells if c.cell_type == "code"]
    shown = [str(o.get("data", o).get("text/html") or o) for c in cells for o in c.outputs]
    assert any("<table>" in text for text in shown), "no certificate is shown as a table"
    print(name, "ran,", len(cells), "cells of code")
"""


def main(program: Path) -> None:
    place = ROOT / ".build/notebooks"
    python = place / "bin/python"
    if not python.exists():
        venv.create(place, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    library = Path(os.environ.get("LIBTORCH") or ROOT / ".libtorch") / "lib"
    known = os.environ | {"DISTILL": str(program), "PYTHONPATH": str(ROOT / "Python"),
                          "LD_LIBRARY_PATH": str(library)}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([python, "-c", RUN, *sorted(map(str, (ROOT / "Python/notebooks").glob("*.ipynb")))],
                       check=True, cwd=folder, env=known)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
