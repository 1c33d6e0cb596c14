import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BROWSER = Path(os.environ.get("DISTILL_BROWSER") or ROOT / ".data/browser/chromium-headless-shell")
sys.path[:0] = [str(HERE), str(ROOT / ".data" / "mistune")]

try:
    import build
    import generated
    import links
    import pages
    import reference
except SystemExit:
    build = None

CATALOGUES = {
    "losses": [
        {"name": "kl", "usage": "kl(T: <1>)", "summary": "a & b", "facts": {"formula": "Σ <x>", "advice": "first"}},
        {"name": "own", "usage": "own", "summary": "", "facts": None},
    ],
    "networks": [{"written": "mlp:4-3", "meaning": "a <perceptron>"}],
    "densities": [],
    "activations": ["relu"],
    "optimizers": [{"name": "adam", "learningRate": 0.001, "settings": {"beta1": 0.9}}],
    "schedules": [{"name": "linear", "endsAtZero": True}],
    "families": [{"name": "f", "models": ["probit"], "learningRate": 0.01}],
    "formats": [{"written": ".onnx", "meaning": "ONNX"}],
}
HELP = {
    "command": {
        "commandName": "distill",
        "subcommands": [
            {
                "commandName": "compress",
                "abstract": "Distill <your> own.",
                "discussion": "One.\nTwo.\n\nExample:\n  distill compress --x",
                "arguments": [
                    {"kind": "option", "names": [{"kind": "long", "name": "x"}], "valueName": "x",
                     "abstract": "An <x>.", "defaultValue": "1"},
                    {"kind": "flag", "names": [{"kind": "long", "name": "secret"}], "shouldDisplay": False},
                ],
            },
            {"commandName": "help"},
            {"commandName": "hidden", "shouldDisplay": False},
            {"commandName": "generative", "subcommands": [{"commandName": "fit", "arguments": []}]},
        ],
    }
}


@unittest.skipIf(build is None, "mistune is not there: python3 Tools/fetch/mistune.py")
class SiteTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.root = self.folder / "repository"
        for name in ("Documentation/Results", "Benchmarks", "Snippets"):
            (self.root / name).mkdir(parents=True)
        self.write("README.md", "# Distill\n\n[Guide](Documentation/Guide.md#second-part) ![x](Documentation/a.svg)\n")
        self.write("Documentation/Guide.md", "# The guide\n\ndistill compress\n\n## Second part\n\n[code](../Snippets/A.swift)\n")
        self.write("Documentation/a.svg", "<svg/>")
        self.write("Documentation/Results/R.md", "# Results\n\n| a | b |\n|---|---|\n| 1 | <2> |\n")
        self.write("Benchmarks/README.md", "# Benchmarks\n\n[up](../README.md)\n")
        self.write("Snippets/A.swift", "let a = 1 < 2\n")
        self.program = self.folder / "program"
        self.program.write_text(
            f"#!{sys.executable}\nimport sys\n"
            f"print({json.dumps(json.dumps(CATALOGUES))} if 'catalogues' in sys.argv else {json.dumps(json.dumps(HELP))})\n"
        )
        self.program.chmod(0o755)
        self.site = self.folder / "site"

    def write(self, name, text):
        (self.root / name).write_text(text)

    def build(self, archives=()):
        return build.build(self.program, self.site, list(archives), self.root)

    def text(self, name):
        return (self.site / name).read_text()

    def test_pages_are_there_and_lead_to_each_other(self):
        self.build()
        front = self.text("index.html")
        self.assertIn('href="Documentation/Guide.html#second-part"', front)
        self.assertIn('src="Documentation/a.svg"', front)
        self.assertIn("let a = 1 &lt; 2", self.text("Snippets/A.swift.html"))
        self.assertIn('href="../index.html"', self.text("Benchmarks/README.html"))
        self.assertIn("&lt;2&gt;", self.text("Documentation/Results/R.html"))
        self.assertEqual(links.dead(self.site), [])

    def test_commands_have_their_options(self):
        self.build()
        page = self.text("commands/compress.html")
        for part in ("Distill &lt;your&gt; own.", "<code>--x &lt;x&gt;</code>", "An &lt;x&gt;.", "The default is <code>1</code>",
                     "<pre><code>distill compress --x</code></pre>", "The guide"):
            self.assertIn(part, page)
        self.assertNotIn("secret", page)
        self.assertTrue((self.site / "commands/generative-fit.html").is_file())
        for name in ("help", "hidden", "generative"):
            self.assertFalse((self.site / f"commands/{name}.html").exists())

    def test_catalogues_are_escaped_and_complete(self):
        self.build()
        page = self.text("catalogues/losses.html")
        for part in ("a &amp; b", "Σ &lt;x&gt;", 'id="own"', "take it when"):
            self.assertIn(part, page)
        self.assertIn("learning rate 0.001, beta1 0.9", self.text("catalogues/optimizers.html"))

    def test_the_search_finds_sections(self):
        self.build()
        text = self.text("search-index.js")
        entries = json.loads(text.removeprefix("window.searchIndex = ").rstrip().removesuffix(";").replace("<\\/", "</"))
        self.assertIn(["Second part", "Documentation/Guide.html#second-part", "The guide", "code"], entries)
        self.assertTrue(any(entry[0] == "kl" for entry in entries))
        self.assertNotIn("</script", text)

    @unittest.skipUnless(BROWSER.is_file(), "there is no browser: make browser")
    def test_the_search_works_on_a_page_that_is_opened_as_a_file(self):
        self.build()

        def found(words):
            done = subprocess.run(
                [BROWSER, "--no-sandbox", "--disable-gpu", "--dump-dom",
                 f"{(self.site / 'Documentation/Guide.html').as_uri()}?q={words}"],
                capture_output=True, text=True, timeout=60,
            )
            return done.stdout.split('<ol id="found"')[1].split("</ol>")[0]

        self.assertIn('href="../catalogues/losses.html#kl"', found("kl"))
        self.assertIn('href="../commands/compress.html', found("compress%20own"))
        self.assertIn("Nothing is called so", found("zzz%3Cimg%20src=x%3E"))

    def test_a_dead_link_leaves_no_site(self):
        for text, says in (
            ("[a](Nowhere.md)", "which is not there"),
            ("[a](Documentation/Guide.md#third)", "no such heading"),
            ("[a](../outside.md)", "which is not there"),
            ("[a](#nothing)", "no such heading"),
        ):
            self.write("README.md", f"# Distill\n\n{text}\n")
            with self.assertRaises(SystemExit) as caught:
                self.build()
            self.assertIn(says, str(caught.exception))
            self.assertFalse(self.site.exists())
            self.assertEqual([p.name for p in self.folder.iterdir() if p.name.startswith(".site")], [])

    def test_nothing_that_is_no_site_is_replaced(self):
        self.site.mkdir()
        (self.site / "mine.txt").write_text("kept")
        with self.assertRaises(SystemExit):
            self.build()
        self.assertEqual((self.site / "mine.txt").read_text(), "kept")
        shutil.rmtree(self.site)
        self.build()
        self.build()

    def test_the_reference_is_found_from_where_it_is(self):
        archive = self.folder / "Tensors.doccarchive"
        (archive / "documentation/tensors").mkdir(parents=True)
        (archive / "js").mkdir()
        (archive / "index").mkdir()
        (archive / "js/a.js").write_text("")
        document = '<script>var baseUrl = "/"</script><script src="/js/a.js"></script>'
        for name in ("index.html", "documentation/tensors/index.html"):
            (archive / name).write_text(document)
        node = {"path": "/documentation/tensors", "title": "Tensors", "type": "module", "children": [
            {"title": "Group", "type": "groupMarker"}]}
        (archive / "index/index.json").write_text(json.dumps({"interfaceLanguages": {"swift": [node]}}))
        self.build([archive])
        page = self.text("reference/Tensors/documentation/tensors/index.html")
        self.assertIn('src="../../js/a.js"', page)
        self.assertIn("location.pathname", page)
        self.assertIn('href="Tensors/documentation/tensors/index.html"', self.text("reference/index.html"))
        self.assertIn("reference/Tensors/documentation/tensors/index.html", self.text("search-index.js"))

    def test_the_repository_itself_has_no_dead_links(self):
        found, sources = build.read(ROOT)
        self.assertEqual(sources.faults, [])
        self.assertGreater(len(found), 25)

    def test_anchors_are_those_of_code_hosts(self):
        self.assertEqual(pages.slug("Which runs there are?"), "which-runs-there-are")
        self.assertEqual(pages.slug("`loss`, T² & more"), "loss-t²--more")


if __name__ == "__main__":
    unittest.main()
