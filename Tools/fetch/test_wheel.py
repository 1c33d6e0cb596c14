"""Part of a wheel from a server that misbehaves."""

import base64
import hashlib
import io
import random
import tempfile
import unittest
import zipfile
from pathlib import Path
from unittest import mock

import stretches
import wheel
from loopback import Loopback
from terminal import Problem
from web import Connection
from wheel import Download, Wheel

NAME = "thing-1.0-py3-none-any.whl"
NOISE = random.Random(1).randbytes
FILES = {
    "thing/before.bin": NOISE(300_000),
    "thing/include/a.h": b"#define A\n" * 5_000,
    "thing/include/deep/b.h": NOISE(4_000),
    "thing/lib/huge.so": NOISE(900_000),
    "thing/lib/small.so": NOISE(200_000),
    "thing/after.bin": NOISE(300_000),
}
WANTED = {"thing/include/": "include/", "thing/lib/small.so": "lib/small.so"}


def archive(recorded: dict[str, bytes] = FILES, held: dict[str, bytes] = FILES):
    """A wheel with `held`, whose list claims the digests of `recorded`; and the list's digest."""
    rows = []
    for name, content in recorded.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        rows.append(f"{name},sha256={digest},{len(content)}")
    record = "\n".join(rows).encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in [*held.items(), ("thing-1.0.dist-info/RECORD", record)]:
            zipped.writestr(name, content)
    return file.getvalue(), hashlib.sha256(record).hexdigest()


class WheelTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for module, name, value in ((wheel, "TAIL", 70_000), (stretches, "GAP", 1_000)):
            patch = mock.patch.object(module, name, value)
            patch.start()
            self.addCleanup(patch.stop)
        self.content, self.record = archive()
        self.server = self.enterContext(Loopback({f"/{NAME}": self.content}))
        self.connection = Connection()
        self.connection.pause = 0

    def enterContext(self, context):  # unittest has this from Python 3.11 on.
        result = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return result

    def download(self, record=None) -> Download:
        thing = Wheel("thing", NAME, record or self.record, WANTED)
        return Download(thing, f"{self.server.url}/{NAME}", self.connection, self.folder)

    def fetch_and_unpack(self, download: Download) -> None:
        download.fetch(lambda count: None)
        self.assertEqual(download.remaining, 0)
        tree = self.folder / "tree"
        self.assertEqual(download.unpack(tree), 3)
        unpacked = {
            str(p.relative_to(tree)): p.read_bytes() for p in tree.rglob("*") if p.is_file()
        }
        self.assertEqual(
            unpacked,
            {
                "include/a.h": FILES["thing/include/a.h"],
                "include/deep/b.h": FILES["thing/include/deep/b.h"],
                "lib/small.so": FILES["thing/lib/small.so"],
            },
        )

    def test_only_what_is_wanted_is_transferred(self):
        download = self.download()
        expected = self.server.sent + download.remaining
        self.fetch_and_unpack(download)
        self.assertEqual(self.server.sent, expected)
        self.assertLess(self.server.sent, 290_000)

    def test_a_broken_transfer_continues_where_it_stopped(self):
        download = self.download()
        before, remaining = self.server.sent, download.remaining
        self.server.cuts = [1_000, 3_000, 50_000, 70_000]
        self.fetch_and_unpack(download)
        self.assertEqual(self.server.cuts, [])
        self.assertEqual(self.server.sent - before, remaining)

    def test_the_next_run_continues_what_an_earlier_one_left(self):
        class Interrupted(Exception):
            pass

        def interrupt(count):
            raise Interrupted

        first = self.download()
        remaining = first.remaining
        with self.assertRaises(Interrupted):
            first.fetch(interrupt)
        second = self.download()
        left, before = second.remaining, self.server.sent
        self.assertLess(0, left)
        self.assertLess(left, remaining)
        self.fetch_and_unpack(second)
        self.assertEqual(self.server.sent - before, left)

    def test_a_server_that_sends_whole_files_only(self):
        self.server.ranges = False
        download = self.download()
        self.assertEqual(download.remaining, len(self.content))
        self.fetch_and_unpack(download)

    def test_a_server_that_stops_giving_ranges(self):
        download = self.download()
        self.server.ranges = False
        self.fetch_and_unpack(download)

    def test_a_directory_longer_than_expected(self):
        with mock.patch.object(wheel, "TAIL", 100):
            self.fetch_and_unpack(self.download())

    def test_a_wheel_in_a_local_folder(self):
        path = self.folder / NAME
        path.write_bytes(self.content)
        local = Download(
            Wheel("thing", NAME, self.record, WANTED), str(path), self.connection, self.folder
        )
        self.fetch_and_unpack(local)
        self.assertEqual(self.server.requests, [])

    def test_damage_is_found_deleted_and_cured_by_the_next_run(self):
        for place in (0, 100, 5_000):
            with self.subTest(place=place):
                download = self.download()
                download.fetch(lambda count: None)
                piece = max(self.folder.glob(f"{NAME}.*"), key=lambda path: path.stat().st_size)
                content = bytearray(piece.read_bytes())
                content[place] ^= 0x55
                piece.write_bytes(content)
                with self.assertRaisesRegex(Problem, "damaged.*run the same command again"):
                    download.unpack(self.folder / "tree")
                self.assertEqual(list(self.folder.glob(f"{NAME}.*")), [])
                self.fetch_and_unpack(self.download())

    def test_a_damaged_directory(self):
        self.download()
        (piece,) = self.folder.glob(f"{NAME}.*")
        piece.write_bytes(bytes(piece.stat().st_size))
        with self.assertRaisesRegex(Problem, "damaged"):
            self.download()
        self.fetch_and_unpack(self.download())

    def test_another_list_of_files_than_the_pinned_one(self):
        download = self.download(record="0" * 64)
        download.fetch(lambda count: None)
        with self.assertRaisesRegex(Problem, "list of files has another SHA-256"):
            download.unpack(self.folder / "tree")

    def test_a_file_with_another_digest_than_listed(self):
        self.content, self.record = archive({**FILES, "thing/lib/small.so": NOISE(200_000)})
        self.server.files[f"/{NAME}"] = self.content
        download = self.download()
        download.fetch(lambda count: None)
        with self.assertRaisesRegex(Problem, "small.so has another SHA-256"):
            download.unpack(self.folder / "tree")

    def refuse(self, reason: str, recorded=FILES, held=FILES) -> None:
        """Expects a wheel that is wrong in itself to be refused, and nothing beside the tree."""
        content, record = archive(recorded, held)
        self.server.files[f"/{NAME}"] = content
        with self.assertRaisesRegex(Problem, reason):
            download = self.download(record)
            download.fetch(lambda count: None)
            download.unpack(self.folder / "a" / "b" / "tree")
        kept = [path for path in self.folder.rglob("*") if path.is_file()]
        names = {path.relative_to(self.folder).as_posix() for path in kept}
        self.assertEqual({n for n in names if not n.startswith("a/b/tree/")}, set())

    def test_a_name_that_leads_elsewhere_is_refused(self):
        for name in ("../../x", "deep/../../../x", "/x", "a//x", "./x", "..\\x"):
            with self.subTest(name):
                more = {**FILES, f"thing/include/{name}": b"planted"}
                self.refuse("holds a file named", more, more)
                # Nor where the list does not have it.
                self.refuse("holds a file named", FILES, more)

    def test_a_wheel_without_a_wanted_file(self):
        for name in ("thing/lib/small.so", "thing/include/deep/b.h"):
            with self.subTest(name):
                fewer = {key: value for key, value in FILES.items() if key != name}
                self.refuse(f"it has no {name}", FILES, fewer)
        fewer = {key: value for key, value in FILES.items() if "include" not in key}
        self.refuse("it has no thing/include/", fewer, fewer)

    def test_a_file_that_is_not_listed(self):
        self.refuse("files that it does not list", FILES, {**FILES, "thing/include/c.h": b"c"})

    def test_a_file_of_another_size_or_content_never_has_its_name(self):
        for content in (b"#define B\n" * 5_000, b"#define A\n" * 6_000):
            self.refuse("a.h has another", FILES, {**FILES, "thing/include/a.h": content})
            self.assertEqual(list(self.folder.rglob("a.h")), [])

    def test_no_network(self):
        self.server.__exit__()
        with self.assertRaisesRegex(Problem, "127.0.0.1 cannot be reached.*check the network"):
            self.download()


if __name__ == "__main__":
    unittest.main()
