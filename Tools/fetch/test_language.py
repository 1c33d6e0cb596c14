"""What is fetched for sentence embeddings."""

import tempfile
import unittest
from pathlib import Path
from unittest import mock

import language


def tree_of(wheel, partial: Path) -> Path:
    tree = partial / "tree"
    tree.mkdir(parents=True)
    for target in wheel.wanted.values():
        (tree / target).write_text(wheel.project)
    return tree


class LanguageTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.checkout = Path(folder.name)
        (self.checkout / ".data").mkdir()
        self.fetched = []

    def fetch(self, wheels, partial, content):
        self.fetched.append(content)
        return tree_of(wheels[0], partial)

    def install(self):
        with mock.patch("language.fetch", self.fetch), mock.patch("language.say"):
            language.install(self.checkout)

    def test_both_are_put_in_their_places(self):
        self.install()
        names = sorted(path.name for path in (self.checkout / ".data/minilm").iterdir())
        self.assertEqual(names, ["config.json", "model.safetensors", "tokenizer.json"])
        text = (self.checkout / ".data/wordllama/model.safetensors").read_text()
        self.assertEqual(text, "wordllama")
        self.assertEqual(len(list((self.checkout / ".data").iterdir())), 2)

    def test_what_is_there_is_left_alone(self):
        self.install()
        (self.checkout / ".data/minilm/config.json").write_text("mine")
        self.install()
        self.assertEqual(self.fetched, ["all-MiniLM-L6-v2", "WordLlama"])
        self.assertEqual((self.checkout / ".data/minilm/config.json").read_text(), "mine")

    def test_what_is_not_whole_is_fetched_anew(self):
        self.install()
        (self.checkout / ".data/wordllama/tokenizer.json").unlink()
        self.install()
        self.assertEqual(self.fetched[2:], ["WordLlama"])
        self.assertTrue((self.checkout / ".data/wordllama/tokenizer.json").is_file())


if __name__ == "__main__":
    unittest.main()
