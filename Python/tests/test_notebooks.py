"""The notebooks' code, without a kernel; `make notebooks` runs them in one."""

import json
import os
import tempfile
import unittest
from pathlib import Path

import test_distill  # noqa: F401 - finds the program, or skips

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


class NotebookTests(unittest.TestCase):
    def run_code(self, name: str, check) -> None:
        cells = json.loads((NOTEBOOKS / name).read_text())["cells"]
        before, scope = os.getcwd(), {"print": lambda *words: None}
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            try:
                for cell in cells:
                    self.assertFalse(cell.get("outputs"), "outputs are not committed")
                    if cell["cell_type"] == "code":
                        exec("".join(cell["source"]), scope)
                check(scope)
            finally:
                os.chdir(before)

    def test_a_forest_becomes_a_small_network(self):
        try:
            import sklearn  # noqa: F401
        except ImportError:
            self.skipTest("scikit-learn is not installed")
        def check(scope):
            right = scope["probabilities"].argmax(1) == scope["y"][1200:1205]
            self.assertGreater(right.mean(), 0.5)

        self.run_code("compress.ipynb", check)

    def test_draws_become_a_formula(self):
        def check(scope):
            self.assertLess(scope["run"].certificate["forms"][0]["divergence"]["mean"], 0.01)

        self.run_code("predictive.ipynb", check)
