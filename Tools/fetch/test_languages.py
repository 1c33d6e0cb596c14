"""Captions of stamps."""

import tempfile
import unittest
from pathlib import Path

import languages


class LanguageTests(unittest.TestCase):
    def test_captions_are_by_language(self):
        text = "A  star.\r\nde.utf8=Ein Stern.\r\nsr@latin.utf8=Zvezda = zvezda.\nfr.utf8=\nde.utf8=Zwei\nnote\n"
        self.assertEqual(
            languages.captions(text),
            {"en": "A star.", "de": "Ein Stern.", "sr@latin": "Zvezda = zvezda."},
        )
        self.assertEqual(languages.captions("\nde.utf8=\n"), {})

    def test_stamps_of_one_english_caption_are_one(self):
        stamps = [
            ("animals/birds/owl", {"en": "An owl.", "de": "Eine Eule."}),
            ("animals/owl", {"en": "An owl.", "de": "Ein Uhu."}),
            ("animals/spider", {"en": "A spider."}),
            ("seasonal/spider", {"en": "A spider."}),
            ("food/pear", {"de": "Eine Birne."}),
        ]
        self.assertEqual(
            languages.table(stamps).split("\n"),
            [
                "stamp\tclass\tlanguage\tcaption",
                "animals/birds/owl\tanimals\tde\tEine Eule.",
                "animals/birds/owl\tanimals\ten\tAn owl.",
                "",
            ],
        )

    def test_folders_are_read_in_order(self):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            for name, text in (("b/x", b"X\n"), ("a/b/y", b"\xffY\n"), ("a/z", b"Z")):
                file = folder / f"{name}.txt"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(text)
            self.assertEqual(
                languages.read(folder),
                [("a/b/y", {"en": "\ufffdY"}), ("a/z", {"en": "Z"}), ("b/x", {"en": "X"})],
            )


if __name__ == "__main__":
    unittest.main()
