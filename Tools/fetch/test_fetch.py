"""What the two commands decide: where to look, what is there already, and what they say."""

import contextlib
import errno
import gzip
import hashlib
import io
import os
import struct
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import debian
import fashion_mnist
import libraries
import libtorch
import package_index
import terminal
import wordnet
from loopback import Loopback
from package_index import PackageIndex
from terminal import Problem


class LibrariesTests(unittest.TestCase):
    def install(self, missing, root: bool, returncode: int = 0):
        """What is run for the headers that are missing."""
        done = mock.Mock(returncode=returncode, stdout="first\nE: no network\n")
        with (
            mock.patch.object(libraries, "is_found", lambda header: header not in missing),
            mock.patch.object(libraries.os, "geteuid", lambda: 0 if root else 1000),
            mock.patch.object(libraries.shutil, "which", lambda program: f"/usr/bin/{program}"),
            mock.patch.object(libraries.subprocess, "run", return_value=done) as run,
            contextlib.redirect_stdout(io.StringIO()),
        ):
            libraries.install()
        return [call.args[0] for call in run.call_args_list]

    def test_what_is_there_is_left_alone(self):
        self.assertEqual(self.install([], root=True), [])

    def test_root_installs_what_is_missing_and_no_more(self):
        commands = self.install(["png.h"], root=True)
        self.assertEqual([command[1] for command in commands], ["update", "install"])
        self.assertEqual([word for word in commands[1] if word.endswith("-dev")], ["libpng-dev"])

    def test_others_are_told_what_to_install(self):
        with self.assertRaisesRegex(Problem, "libpng-dev libjpeg-dev|brew install"):
            self.install(["png.h", "jpeglib.h"], root=False)

    def test_a_failure_is_one_sentence(self):
        with self.assertRaisesRegex(Problem, "apt-get update failed .E: no network"):
            self.install(["png.h"], root=True, returncode=100)


class PackageIndexTests(unittest.TestCase):
    def index(self, configuration: str) -> PackageIndex:
        def pip(*arguments):
            text = "Base URL of the Python Package Index (default http://nowhere.invalid/simple)."
            return configuration if arguments == ("config", "list") else text

        with mock.patch.object(package_index, "_pip", pip):
            return PackageIndex()

    def test_options_win_as_in_pip(self):
        index = self.index(
            "global.index-url='http://a'\ninstall.index-url='http://b'\nglobal.extra-index-url='http://c'\n"
            ":env:.extra-index-url='http://d http://e'\n"
        )
        self.assertEqual(index.indexes, ["http://b", "http://d", "http://e"])
        self.assertEqual(self.index("").indexes, ["http://nowhere.invalid/simple"])
        self.assertEqual(self.index(":env:.no-index='1'\n").indexes, [])

    def test_a_wheel_is_found_on_the_second_index(self):
        page = (
            b'<a href="../files/old-1.whl#sha256=0">x</a>'
            b'<a href="../files/a-1%2Bcpu.whl#sha256=1&amp;y">x</a>'
        )
        with Loopback({"/two/a/": page}) as server:
            index = self.index(
                f"global.index-url='{server.url}/one/'\nglobal.extra-index-url='{server.url}/two'\n"
            )
            self.assertEqual(
                index.locate("a", "a-1+cpu.whl"), f"{server.url}/two/files/a-1%2Bcpu.whl"
            )
            with self.assertRaisesRegex(Problem, "a-2.whl is not on the package index"):
                index.locate("a", "a-2.whl")

    def test_the_index_login_is_kept_for_its_own_host_only(self):
        index = "http://me:s%40crt@host/simple"
        self.assertEqual(
            package_index.web.with_login_of(index, "http://host/x"), "http://me:s%40crt@host/x"
        )
        self.assertEqual(package_index.web.with_login_of(index, "http://other/x"), "http://other/x")

    def test_pip_that_is_missing(self):
        with mock.patch.object(package_index.sys, "executable", "/bin/false"):
            with self.assertRaisesRegex(Problem, "pip could not say"):
                PackageIndex()


class LibtorchTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.checkout = Path(folder.name)
        patch = mock.patch.dict(os.environ)
        patch.start()
        self.addCleanup(patch.stop)
        os.environ.pop("LIBTORCH", None)

    def test_a_given_libtorch_is_checked_and_nothing_is_fetched(self):
        os.environ["LIBTORCH"] = str(self.checkout)
        with self.assertRaisesRegex(Problem, "LIBTORCH is .* no include/ATen/ATen.h"):
            libtorch.install(self.checkout)
        for part in ("include/ATen/ATen.h", "lib/libtorch_cpu.so", "lib/libtorch_cpu.dylib"):
            (self.checkout / part).parent.mkdir(parents=True, exist_ok=True)
            (self.checkout / part).touch()
        libtorch.install(self.checkout)
        self.assertFalse((self.checkout / ".libtorch").exists())

    def test_only_the_stamp_of_this_version_counts_as_installed(self):
        def fetch(wheels, partial):
            (partial / "tree").mkdir()
            return partial / "tree"

        stale = self.checkout / ".libtorch" / "VERSION"
        stale.parent.mkdir()
        stale.write_text("1.13.0 Linux x86_64\n")
        with mock.patch.object(libtorch, "fetch", fetch), contextlib.redirect_stdout(io.StringIO()):
            with (
                mock.patch.object(libtorch.platform, "system", lambda: "Linux"),
                mock.patch.object(libtorch.platform, "machine", lambda: "x86_64"),
            ):
                libtorch.install(self.checkout)
                self.assertEqual(stale.read_text(), f"{libtorch.VERSION} Linux x86_64\n")
                self.assertEqual([p.name for p in self.checkout.iterdir()], [".libtorch"])
                with mock.patch.object(libtorch, "fetch", side_effect=AssertionError):
                    libtorch.install(self.checkout)

    def test_an_unknown_machine(self):
        with mock.patch.object(libtorch.platform, "machine", lambda: "riscv64"):
            with self.assertRaisesRegex(Problem, "not packaged for .* riscv64.*LIBTORCH"):
                libtorch.install(self.checkout)


class FashionMNISTTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.name = "t10k-labels-idx1-ubyte"

    def enterContext(self, context):  # unittest has this from Python 3.11 on.
        result = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return result

    def write(self, content: bytes, name: str) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def test_good_files_pass_and_others_do_not(self):
        good = struct.pack(">II", 0x0801, 10_000) + bytes(10_000)
        packed = gzip.compress(good)
        digests = {self.name: hashlib.sha256(good).hexdigest()}
        self.enterContext(mock.patch.object(fashion_mnist, "DIGESTS", digests))
        fashion_mnist.check(self.write(good, "a"), self.name)
        fashion_mnist.check(self.write(packed, "a.gz"), self.name)
        wrong = {
            "short": good[:-1],
            "long": good + b"0",
            "count": good[:7] + b"\x11" + good[8:],
            "magic": b"\1" + good[1:],
            "cut.gz": packed[:-9],
            "bits.gz": packed[:20] + b"xx" + packed[22:],
            "plain.gz": good,
            "another": good[:-1] + b"1",
            "another.gz": gzip.compress(good[:-1] + b"1"),
            "longer.gz": gzip.compress(good + b"0"),
        }
        for name, content in wrong.items():
            with self.subTest(name), self.assertRaises(Problem):
                fashion_mnist.check(self.write(content, name), self.name)

    def test_without_apt(self):
        with mock.patch.object(debian.shutil, "which", lambda program: None):
            with self.assertRaisesRegex(Problem, "no apt-get here.*--data DIR"):
                fashion_mnist.install(self.folder)

    def test_files_put_there_by_hand_are_used(self):
        place = self.folder / ".data" / "fashion-mnist"
        place.mkdir(parents=True)
        for name in fashion_mnist.FILES:
            (place / name).touch()
        with mock.patch.object(fashion_mnist, "download", side_effect=AssertionError):
            fashion_mnist.install(self.folder)


class WordNetTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_another_package_is_deleted_and_said(self):
        archive = self.folder / "wordnet-base_1_all.deb"
        archive.write_bytes(b"another")
        with self.assertRaisesRegex(Problem, "another SHA-256 than wordnet-base=1:3.0-37"):
            debian.require_digest(archive, wordnet.PACKAGE)
        self.assertFalse(archive.exists())

    def test_without_apt(self):
        with mock.patch.object(debian.shutil, "which", lambda program: None):
            with self.assertRaisesRegex(Problem, "no apt-get here.*.data/wordnet"):
                wordnet.install(self.folder)

    def test_only_the_files_that_are_read_are_kept(self):
        def download(package, partial):
            place = partial / "tree" / "usr" / "share" / "wordnet"
            place.mkdir(parents=True)
            for name in (*wordnet.FILES, "index.noun"):
                (place / name).write_text(name)
            return partial / "tree"

        with (
            mock.patch.object(wordnet, "download", download),
            mock.patch.object(debian.shutil, "which", lambda program: program),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            wordnet.install(self.folder)
        place = self.folder / ".data"
        self.assertEqual([path.name for path in place.iterdir()], ["wordnet"])
        names = sorted(path.name for path in (place / "wordnet").iterdir())
        self.assertEqual(names, sorted(wordnet.FILES))
        with mock.patch.object(wordnet, "download", side_effect=AssertionError):
            wordnet.install(self.folder)


class TerminalTests(unittest.TestCase):
    def test_every_failure_is_one_sentence_and_a_code(self):
        for error, text in [
            (Problem("What happened; what to do."), "What happened"),
            (OSError(errno.ENOSPC, "No space left on device"), "The disk is full"),
            (PermissionError(errno.EACCES, "Permission denied", "/x"), r"Permission denied \(/x\)"),
        ]:
            with self.assertRaises(SystemExit) as exit:
                terminal.run(mock.Mock(side_effect=error))
            self.assertRegex(exit.exception.code, f"^{text}.*[.]$")

    def test_an_interruption(self):
        with (
            contextlib.redirect_stderr(io.StringIO()) as output,
            self.assertRaises(SystemExit) as exit,
        ):
            terminal.run(mock.Mock(side_effect=KeyboardInterrupt))
        self.assertEqual(exit.exception.code, 130)
        self.assertIn("continues where it stopped", output.getvalue())

    def test_progress_on_a_pipe_is_plain(self):
        stream = io.StringIO()
        progress = terminal.Progress(20_000_000, stream)
        progress.advance(20_000_000)
        progress.finish()
        self.assertRegex(stream.getvalue(), r"^  20 MB of 20 MB, .* MB/s\n$")

    def test_too_little_space(self):
        with self.assertRaisesRegex(Problem, "are needed; free some space"):
            terminal.require_space(Path(tempfile.gettempdir()), 1 << 60)


if __name__ == "__main__":
    unittest.main()
