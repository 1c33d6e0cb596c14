import os
import subprocess
import tempfile
import unittest

import install
import manual

DUMP = """{"serializationVersion": 0, "command": {"commandName": "distill", "abstract": "Teaches.",
"discussion": "Example:\\n  distill demo --limit 5", "subcommands": [
{"commandName": "demo", "abstract": "Shows.", "arguments": [
{"kind": "option", "names": [{"kind": "long", "name": "seed"}], "valueName": "seed",
"defaultValue": "1", "abstract": ".5 or more.", "shouldDisplay": true},
{"kind": "flag", "names": [{"kind": "long", "name": "secret"}], "shouldDisplay": false},
{"kind": "positional", "valueName": "file", "abstract": "The file."}],
"subcommands": [{"commandName": "deep", "abstract": "Below."}]},
{"commandName": "help", "abstract": "No."}]}}"""

PROGRAM = f"""#!/bin/sh
case $1 in
  --version) echo 1.2.3 ;;
  --generate-completion-script) echo "completes $2" ;;
  *) cat <<'END'
{DUMP}
END
esac
"""


class Install(unittest.TestCase):
    def installed(self, folder):
        program = os.path.join(folder, "built")
        with open(program, "w", encoding="utf-8") as file:
            file.write(PROGRAM)
        os.chmod(program, 0o755)
        return install.install(program, os.path.join(folder, "prefix"))

    def text(self, folder, name):
        with open(os.path.join(folder, "prefix", name), encoding="utf-8") as file:
            return file.read()

    def test_everything_is_put_under_the_prefix(self):
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(2):
                paths = self.installed(folder)
            self.assertEqual(len(paths), 5)
            self.assertTrue(all(os.path.isfile(path) for path in paths))
            program = os.path.join(folder, "prefix/bin/distill")
            version = subprocess.run([program, "--version"], capture_output=True, text=True)
            self.assertEqual(version.stdout, "1.2.3\n")
            for shell, name in install.COMPLETIONS.items():
                self.assertEqual(self.text(folder, name), f"completes {shell}\n")

    def test_the_page_has_every_command_and_option(self):
        with tempfile.TemporaryDirectory() as folder:
            self.installed(folder)
            page = self.text(folder, "share/man/man1/distill.1")
        for line in (
            '.TH DISTILL 1 "" "distill 1.2.3"',
            "distill \\- Teaches.",
            '.SS "distill demo"',
            '.SS "distill demo deep"',
            ".B \\-\\-seed <seed>",
            ".B <file>",
            "\\&.5 or more. The default is 1.",
            "    distill demo \\-\\-limit 5",
        ):
            self.assertIn(line, page.split("\n"))
        self.assertNotIn("secret", page)
        self.assertNotIn('"distill help"', page)

    def test_text_is_no_request(self):
        self.assertEqual(manual.escaped(".so x\n'br\na-b\\c"), "\\&.so x\n\\&'br\na\\-b\\ec")


if __name__ == "__main__":
    unittest.main()
