"""What the comparison of golden runs must notice, and what it must not."""

import json
import struct
import tempfile
import unittest
from pathlib import Path

from compare import differences


def weights(value: float, **metadata: str) -> bytes:
    header = {"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
              "__metadata__": metadata}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + struct.pack("<f", value)


class CompareTests(unittest.TestCase):
    def found(self, name: str, old: bytes | str, new: bytes | str) -> list[str]:
        with tempfile.TemporaryDirectory() as scratch:
            for side, content in [("old", old), ("new", new)]:
                path = Path(scratch, side, name)
                path.parent.mkdir()
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
            pairs = list(differences(Path(scratch, "old"), Path(scratch, "new")))
        self.assertEqual([path for path, _ in pairs], [name])
        return pairs[0][1]

    def test_a_last_bit_is_noticed(self):
        self.assertEqual(self.found("a.json", '{"x": [1, 0.1]}', '{"x": [1, 0.10000000000000002]}'),
                         [".x[1]: 0.1 and 0.10000000000000002"])
        self.assertEqual(self.found("a.safetensors", weights(1), weights(1 + 2 ** -23)),
                         ["other numbers"])
        self.assertEqual(self.found("a.safetensors", weights(1, loss="a"), weights(1, loss="b")),
                         ["header.__metadata__.loss: 'a' and 'b'"])
        self.assertEqual(self.found("a.yaml", "rate: 0.1\nsteps: 3\n", "rate: 0.1\nsteps: 4\n"),
                         ["line 1: 'steps: 3' and 'steps: 4'"])

    def test_words_keys_and_files_are_noticed(self):
        self.assertEqual(self.found("a.json", '{"x": 1}', '{"x": 1, "y": 2}'), [".y: only in new"])
        self.assertEqual(self.found("a.txt", "loss  0.1\n", "cost  0.1\n"),
                         ["line 1: 'loss #' and 'cost #'"])
        with tempfile.TemporaryDirectory() as scratch:
            for side in ["old", "new"]:
                Path(scratch, side).mkdir()
            Path(scratch, "new", "b.txt").write_text("")
            pairs = list(differences(Path(scratch, "old"), Path(scratch, "new")))
        self.assertEqual(pairs, [("b.txt", ["only in new"])])

    def test_times_hashes_and_progress_are_not(self):
        old = {"seconds": 1, "recipe": "a" * 64, "note": "3.2 s", "cost": {"latencies": [1]}}
        new = {"seconds": 2, "recipe": "b" * 64, "note": "4.1 s", "cost": {"latencies": [2]}}
        self.assertEqual(self.found("a.json", json.dumps(old), json.dumps(new)), [])
        self.assertEqual(self.found("a.jsonl", '{"event": "progress", "done": 1}\n{"x": 1}\n',
                                    '{"x": 1}\n'), [])
        table = '{"columns": ["", "seconds"], "rows": [["a", "%d"]]}'
        self.assertEqual(self.found("a.json", table % 1, table % 2), [])
        self.assertEqual(self.found("a.json", '{"columns": 8, "rows": 90}', '{"columns": 8, "rows": 91}'),
                         [".rows: 90 and 91"])

    def test_tables_and_charts_are_compared_without_their_times(self):
        table = "student,microseconds,kl\na,%s,%s\n"
        self.assertEqual(self.found("a.csv", table % (0.25, 1), table % (0.5, 1)), [])
        self.assertEqual(self.found("a.csv", table % (0.25, 1), table % (0.25, 2)),
                         [".rows[0][1]: '1' and '2'"])
        chart = "<p>b</p>\n<svg>\n<text>%s</text>%s\n</svg>\n"
        marks = "\n<line/>\n<line/>"
        self.assertEqual(self.found("a.html", chart % ("µs an example", ""),
                                    chart % ("µs an example", marks)), [])
        self.assertEqual(self.found("a.html", chart % ("loss", ""), chart % ("loss", marks)),
                         ["4 and 6 lines"])


if __name__ == "__main__":
    unittest.main()
