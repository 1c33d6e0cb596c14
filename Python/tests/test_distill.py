"""The module against the program that `DISTILL` names; skipped where NumPy or the program are not."""

import importlib.util
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Python"))
os.environ.setdefault("DISTILL", str(ROOT / ".build/debug/distill"))

try:
    import numpy
except ImportError:
    raise unittest.SkipTest("NumPy is not installed")
if not os.access(os.environ["DISTILL"], os.X_OK):
    raise unittest.SkipTest(f"there is no program {os.environ['DISTILL']}: swift build makes it")

import distill  # noqa: E402
from distill import _data, _jobs, _live, _program, _progress, _teacher  # noqa: E402


def blobs(count: int, seed: int = 0):
    """Three classes around three places of the plane."""
    random = numpy.random.default_rng(seed)
    y = numpy.arange(count) % 3
    x = numpy.array([[0, 0], [3, 0], [0, 3]])[y] + random.normal(size=(count, 2))
    return x.astype(numpy.float32), y


def logits(x):
    """The log-densities of the three, which a perceptron without hidden layers can have."""
    places = numpy.array([[0, 0], [3, 0], [0, 3]])
    return -0.5 * ((numpy.asarray(x)[:, None] - places) ** 2).sum(-1)


def _weights(file: Path) -> bytes:
    """What stands behind the header of a file of safetensors, which names the run's own inputs."""
    content = file.read_bytes()
    return content[8 + int.from_bytes(content[:8], "little"):]


class InScratch(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.before = os.getcwd()
        os.chdir(self.scratch.name)

    def tearDown(self):
        os.chdir(self.before)
        self.scratch.cleanup()


class CompressTests(InScratch):
    def test_a_function_teaches_and_the_student_mimics(self):
        x, y = blobs(300)
        run = distill.compress(logits, (x, y), "mlp:2-3", test=blobs(150, 1), epochs=60,
                               learning_rate=0.05, progress=False)
        self.assertTrue(run.is_finished)
        scores = {score["name"]: score for score in run.results}
        self.assertGreater(scores["student"]["agreement"]["mean"], 0.95)
        self.assertIn("control, on the labels", scores)
        new = blobs(40, 2)[0]
        predicted = run.student.predict(new)
        self.assertEqual(predicted.shape, (40, 3))
        taught = numpy.exp(logits(new))
        taught /= taught.sum(1, keepdims=True)
        self.assertLess(numpy.abs(predicted - taught).max(), 0.1)
        self.assertIn("agreement", str(run))
        self.assertIsNone(run.certificate)
        self.assertGreater(len(run.losses), 1)
        # The folder is the command's own.
        listed = subprocess.run([os.environ["DISTILL"], "runs"], capture_output=True, text=True)
        self.assertIn("mlp:2-3", listed.stdout, listed.stderr)

    def test_labels_may_be_names_and_answers_an_array(self):
        x, y = blobs(120)
        names = numpy.array(["fox", "cat", "dog"])[y]
        run = distill.compress(logits(x), (x, names), "mlp:2-3", classes=["fox", "cat", "dog"],
                               steps=30, progress=False)
        self.assertEqual(run.student.predict(x).shape, (120, 3))
        self.assertIn("- fox\n", (run.path / "recipe.yaml").read_text())

    def test_without_labels_there_is_no_control(self):
        x, _ = blobs(120)
        run = distill.compress(logits, x, "mlp:2-3", steps=30, progress=False)
        self.assertFalse((run.path / "control.safetensors").exists())

    def test_real_numbers(self):
        x, _ = blobs(200)
        run = distill.compress(lambda b: 2 * b[:, 0] - b[:, 1], (x, 2 * x[:, 0] - x[:, 1]), "mlp:2-1",
                               task="regression", epochs=60, learning_rate=0.05, progress=False)
        found = run.student.predict(numpy.array([[1, 0], [0, 1]], dtype=numpy.float32))
        self.assertLess(numpy.abs(found[:, 0] - [2, -1]).max(), 0.1)

    def test_a_certificate(self):
        x, y = blobs(150)
        run = distill.compress(logits, (x, y), "mlp:2-3", steps=20, progress=False)
        certificate = distill.certify(run, seeds=2, progress=False)
        self.assertIn(certificate.verdict, ["BETTER", "SAME", "WORSE", "UNDECIDED"])
        self.assertIn(certificate.verdict, certificate._repr_html_())
        self.assertEqual(certificate, run.certificate)
        self.assertIn("student − control, accuracy", dict(certificate.rows()))

    def test_refusals_are_exceptions_of_one_sentence(self):
        x, y = blobs(60)
        cases = [
            (dict(student="mlp:2-4"), "has 4 outputs and the teacher 3"),
            (dict(student="mpl:2-3"), "mpl"), (dict(lss="a"), "lss"), (dict(steps=0), "steps"),
            (dict(task="reals"), "regression"), (dict(classes=["a", "b,c", "d"]), "commas"),
            (dict(teacher=lambda b: logits(b)[:-1]), "row for each example"),
            (dict(teacher=lambda b: logits(b) * numpy.nan), "not finite"),
            (dict(teacher=3), "type int"), (dict(teacher=logits(x)[:5]), "5 rows of answers"),
            (dict(data=(x, y[:9])), "60 inputs and 9 targets"), (dict(data=(x[:0], y[:0])), "no examples"),
        ]
        for change, word in cases:
            given = dict(teacher=logits, data=(x, y), student="mlp:2-3", steps=5, progress=False)
            with self.subTest(word), self.assertRaises(distill.DistillError) as caught:
                distill.compress(**(given | change))
            self.assertIn(word, str(caught.exception))
            self.assertNotIn("\n", str(caught.exception))

    def test_missing_values_are_named_by_their_place(self):
        class Table:
            columns = ["age", "height"]

            def to_numpy(self):
                return numpy.array([[1, 2], [3, 4], [5, numpy.nan]], numpy.float32)

        with self.assertRaisesRegex(distill.DistillError, "hold nan in row 2, column 'height'"):
            distill.compress(logits, (Table(), numpy.arange(3)), "mlp:2-3", progress=False)
        x, y = blobs(60)
        x[7, 1] = numpy.inf
        with self.assertRaisesRegex(distill.DistillError, "hold inf in row 7, column 1"):
            distill.predictive({"beta": numpy.zeros((2, 9, 2))}, data=x, outcome=y, model="logistic",
                               progress=False)
        with self.assertRaisesRegex(distill.DistillError, "targets of test hold nan in row 1 "):
            distill.compress(logits, blobs(60), "mlp:2-3", progress=False, task="regression",
                             test=(x[:4], numpy.array([0, numpy.nan, 0, 0])))
        self.assertFalse(Path("runs").exists() and os.listdir("runs"))

    def test_a_form_that_there_is_not_is_answered_with_those_there_are(self):
        x, y = blobs(60)
        run = distill.compress(logits, (x, y), "mlp:2-3", steps=5, control=False, progress=False)
        with self.assertRaisesRegex(distill.DistillError, "'bogus'.*one of the following: runtime, c, swift, onnx"):
            run.student.export("bogus", "student.bogus")

    def test_unknown_keywords_are_refused_before_the_teacher_is_asked(self):
        x, y = blobs(60)
        asked = []
        with self.assertRaisesRegex(distill.DistillError, "'studnet': did you mean student"):
            distill.compress(lambda batch: asked.append(batch), (x, y), studnet="mlp:2-3", progress=False)
        self.assertEqual(asked, [])

    def test_what_is_there_is_not_written_over_and_what_was_refused_leaves_nothing(self):
        x, y = blobs(60)
        given = dict(teacher=logits, data=(x, y), student="mlp:2-3", steps=5, progress=False)
        run = distill.compress(**given, out="run")
        inputs = {file: file.read_bytes() for file in Path("run-inputs").iterdir()}
        asked = []
        with self.assertRaises(distill.DistillError) as caught:
            distill.compress(**(given | dict(data=(x + 1, y), teacher=asked.append)), out="run")
        self.assertIn("out=", str(caught.exception))
        self.assertEqual(asked, [])
        self.assertEqual(inputs, {file: file.read_bytes() for file in Path("run-inputs").iterdir()})
        self.assertTrue(distill.Run("run").is_finished and run.is_finished)
        with self.assertRaises(distill.DistillError):
            distill.compress(**(given | dict(student="mlp:2-4")), out="other")
        self.assertEqual(sorted(os.listdir()), ["run", "run-inputs"])
        distill.compress(**given, out="other")

    def test_an_interruption_keeps_what_there_is_and_resumes_to_the_same(self):
        x, y = blobs(300)
        given = dict(teacher=logits, data=(x, y), student="mlp:2-8-3", steps=150_000, control=False,
                     progress=False)
        whole = distill.compress(**given, out="whole")
        # What runs in the background of a shell may have been told to ignore it.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)

        def interrupt():
            while not Path("stopped/state.json").exists():
                time.sleep(0.01)
            time.sleep(0.3)
            os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        try:
            with self.assertRaises(distill.Stopped) as caught:
                distill.compress(**given, out="stopped")
        finally:
            thread.join()
        self.assertEqual(caught.exception.path, Path("stopped").absolute())
        self.assertFalse(distill.Run("stopped").is_finished)
        with self.assertRaisesRegex(distill.DistillError, "distill.resume"):
            distill.compress(**given, out="stopped")
        resumed = distill.resume(caught.exception.path, progress=False)
        self.assertTrue(resumed.is_finished)
        students = [_weights(run.path / "student.safetensors") for run in (whole, resumed)]
        self.assertEqual(*students)

    def test_a_program_that_is_not_there(self):
        named = os.environ["DISTILL"]
        os.environ["DISTILL"] = "/nonexistent/distill"
        try:
            with self.assertRaises(distill.DistillError):
                distill.compress(logits, blobs(30), "mlp:2-3", progress=False)
        finally:
            os.environ["DISTILL"] = named

    @unittest.skipUnless(importlib.util.find_spec("torch"), "PyTorch is not installed")
    def test_a_network_in_memory_learns(self):
        import torch

        torch.manual_seed(0)
        network = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.GELU(), torch.nn.Linear(8, 3))
        before = {name: value.clone() for name, value in network.state_dict().items()}
        x, y = blobs(240)
        run = distill.compress(logits, (x, y), network, steps=300, normalize="standard", control=False,
                               progress=False, out="run")
        # The module has what was learnt, and is in the mode that it was in.
        self.assertTrue(network.training)
        self.assertGreater(max((before[n] - v).abs().max() for n, v in network.state_dict().items()),
                           0.01)
        student = run.student.to_torch()
        with torch.no_grad():
            said = student(torch.from_numpy(x)).softmax(-1).numpy()
        self.assertLess(numpy.abs(said - run.student.predict(x)).max(), 1e-4)
        self.assertGreater((said.argmax(1) == y).mean(), 0.75)
        with self.assertRaisesRegex(distill.DistillError, "cannot be exported for examples of shape"):
            distill.compress(logits, (x, y), torch.nn.Linear(5, 3), steps=3, progress=False, out="no")
        self.assertFalse(Path("no").exists() or Path("no-inputs").exists())
        with self.assertRaisesRegex(distill.DistillError, "torch.export.save"):
            distill.compress("t.pt2", "x.csv", network, progress=False, out="no")

    @unittest.skipUnless(importlib.util.find_spec("torch"), "PyTorch is not installed")
    def test_a_student_in_memory_is_kept(self):
        import torch

        x, y = blobs(60)
        run = distill.compress(logits, (x, y), "mlp:2-4-3", steps=20, control=False, progress=False,
                               out="run")
        student = run.student.to_torch()
        said = student(torch.from_numpy(x)).detach()
        self.assertLess(numpy.abs(said.numpy() - run.student.predict(x)).max(), 1e-5)
        self.assertLess((student.logits(torch.from_numpy(x)).softmax(1) - said).abs().max(), 1e-6)
        torch.save([student, torch.from_numpy(x), said], "student.pt")
        again = ("import torch; student, x, said = torch.load('student.pt', weights_only=False); "
                 "assert not student.training; print((student(x) - said).abs().max().item())")
        place = str(Path(distill.__file__).parents[1])
        answer = subprocess.run([sys.executable, "-c", again], capture_output=True, text=True,
                                env=os.environ | {"PYTHONPATH": place}, check=False)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(float(answer.stdout), 0)
        # In the data's own shape, and flat.
        flat = student(torch.from_numpy(x).reshape(-1, 1, 2)).detach()
        self.assertTrue(torch.equal(flat, said))
        # A traceback shows the line, whose file is gone.
        try:
            student(torch.zeros(1, 5))
            self.fail("five features are not two")
        except ValueError as error:
            self.assertIn("inputs are [batch, 2]", str(error))
            self.assertIn("raise ValueError", traceback.extract_tb(error.__traceback__)[-1].line)

    def test_the_program_itself(self):
        place = str(Path(distill.__file__).parents[1])
        answer = subprocess.run([sys.executable, "-m", "distill", "--version"], capture_output=True,
                                text=True, env=os.environ | {"PYTHONPATH": place}, check=False)
        self.assertEqual((answer.returncode, answer.stdout.strip()), (0, distill.version()))


@unittest.skipUnless(importlib.util.find_spec("torch"), "PyTorch is not installed")
class DerivativeTests(InScratch):
    """A network in memory whose derivatives are asked for through the program's pipes."""

    def network(self):
        import torch

        torch.manual_seed(0)
        return torch.nn.Sequential(torch.nn.Linear(2, 6), torch.nn.Tanh(), torch.nn.Dropout(0.5),
                                   torch.nn.Linear(6, 3))

    def test_they_are_those_of_finite_differences(self):
        network = _teacher.differentiable(self.network())
        x = blobs(7)[0]
        found = network.with_derivatives(x)
        self.assertEqual(found.shape, (7, 3, 3))
        for axis in range(2):
            step = numpy.zeros((1, 2), numpy.float32)
            step[0, axis] = 1e-2
            slope = (network.with_derivatives(x + step) - network.with_derivatives(x - step))[:, :, 0] / 2e-2
            self.assertLess(numpy.abs(slope - found[:, :, 1 + axis]).max(), 1e-3)

    def test_losses_of_derivatives_work(self):
        network = self.network()
        x, y = blobs(200)
        run = distill.compress(network, (x, y), "mlp:2-8-3,tanh", steps=200, progress=False, test=blobs(60, 1),
                               loss="softCrossEntropy + 0.5 * derivativeSquaredError", out="run", control=False)
        self.assertTrue(run.is_finished and network.training)
        self.assertIn("derivativeSquaredError", (run.path / "recipe.yaml").read_text())
        # The store has values and derivatives of every example.
        self.assertTrue(Path("run-inputs/observed").is_dir())
        plain = distill.compress(network, (x, y), "mlp:2-8-3,tanh", steps=200, progress=False,
                                 test=blobs(60, 1), loss="softCrossEntropy", out="plain", control=False)
        # Without derivatives no store is made.
        self.assertFalse(Path("plain-inputs/observed").exists())
        self.assertNotEqual(_weights(run.path / "student.safetensors"),
                            _weights(plain.path / "student.safetensors"))

    def test_what_has_none_is_refused(self):
        loss = "derivativeSquaredError"
        for teacher, word in [(logits, "has no derivatives"), (_flat(), "differentiate"),
                              (_Failing(), "out of order")]:
            with self.subTest(word), self.assertRaisesRegex(Exception, word):
                distill.compress(teacher, blobs(30), "mlp:2-3", loss=loss, steps=3, progress=False, out="no")
            self.assertFalse(Path("no").exists() or Path("no-inputs").exists())

    def test_a_dead_program_blocks_nothing(self):
        started = time.monotonic()
        with _live.Served(lambda batch: batch) as served:
            relay = subprocess.Popen(shlex.split(served.command), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            relay.stdin.write(b"\x10\0\0\0")
            relay.stdin.flush()
            relay.kill()
            relay.wait()
            for pipe in (relay.stdin, relay.stdout):
                try:
                    pipe.close()
                except OSError:
                    pass
        with _live.Served(lambda batch: batch):
            pass
        self.assertLess(time.monotonic() - started, 4)
        self.assertFalse(any(thread.name == "distill-teacher" for thread in threading.enumerate()))

    def test_a_teacher_that_is_gone_ends_the_relay(self):
        with _live.Served(lambda batch: batch) as served:
            relay = subprocess.Popen(shlex.split(served.command), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            time.sleep(0.5)
        self.assertEqual(relay.wait(timeout=5), 1)
        relay.stdin.close()
        relay.stdout.close()


def _flat():
    import torch

    class Flat(torch.nn.Module):
        def forward(self, x):
            return torch.zeros(len(x), 3)

    return Flat()


def _Failing():
    import torch

    class Failing(torch.nn.Module):
        def forward(self, x):
            raise RuntimeError("out of order")

    return Failing()


class TeacherTests(unittest.TestCase):
    def test_an_estimator_answers_with_probabilities_in_the_order_of_its_classes(self):
        class Estimator:
            classes_ = numpy.array(["b", "a"])

            def predict_proba(self, x):
                return numpy.tile([0.25, 0.75], (len(x), 1))

        found = _teacher.answers(Estimator(), numpy.zeros((300, 2)))
        self.assertEqual(found.shape, (300, 2))
        self.assertEqual(_teacher.classes(Estimator()), ["b", "a"])

    def test_an_onnx_session_answers_with_its_probabilities(self):
        class Input:
            name, type = "X", "tensor(float)"

        class Session:
            def get_inputs(self):
                return [Input]

            def run(self, names, feed):
                assert feed["X"].dtype == numpy.float32
                return [numpy.zeros(len(feed["X"]), dtype=int), [{0: 0.1, 1: 0.9}] * len(feed["X"])]

        self.assertEqual(_teacher.answers(Session(), numpy.zeros((3, 2))).tolist(),
                         numpy.float32([[0.1, 0.9]] * 3).tolist())

    def test_a_network_is_asked_in_evaluation_mode_and_left_as_it_was(self):
        try:
            import torch
        except ImportError:
            self.skipTest("torch is not installed")
        network = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Dropout(0.5)).double()
        x = numpy.random.default_rng(0).normal(size=(300, 2)).astype(numpy.float32)
        found = _teacher.answers(network, x)
        with torch.no_grad():
            wanted = network[0](torch.from_numpy(x).double()).numpy()
        self.assertLess(numpy.abs(found - wanted).max(), 1e-6)
        self.assertTrue(network.training)


class DataTests(unittest.TestCase):
    def test_kinds_of_data(self):
        x, y = blobs(10)
        for data in [(x, y), (x.tolist(), y.tolist()), [(a, b) for a, b in zip(x, y)].__iter__(),
                     _Dataset(x, y)]:
            found = _data.examples(data)
            self.assertTrue((found.inputs == x).all() and (found.targets == y).all())
        self.assertIsNone(_data.examples(x).targets)

    def test_a_loader_is_gone_through_once_and_in_order(self):
        try:
            import torch
        except ImportError:
            self.skipTest("torch is not installed")
        x, y = blobs(10)
        pairs = torch.utils.data.TensorDataset(torch.from_numpy(x), torch.from_numpy(y))
        found = _data.examples(torch.utils.data.DataLoader(pairs, batch_size=4))
        self.assertTrue((found.inputs == x).all() and (found.targets == y).all())

    def test_what_is_no_data_is_refused(self):
        for data in [3, None, ([1, 2], [1]), [[1, 2], [3]], (numpy.array(["a"], dtype=object), None)]:
            with self.subTest(str(data)), self.assertRaises(distill.DistillError):
                _data.examples(data)


class _Dataset:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        return self.x[index], self.y[index]


class PredictiveTests(InScratch):
    def test_draws_in_memory_become_a_formula(self):
        random = numpy.random.default_rng(0)
        x = random.normal(size=(80, 2))
        y = (x[:, 0] > 0).astype(int)
        draws = {"beta": random.normal([1.5, 0], 0.3, size=(2, 200, 2)),
                 "alpha": random.normal(0, 0.1, size=(2, 200))}
        run = distill.predictive(draws, data=x, outcome=y, model="logistic", parameters="beta",
                                 intercept="alpha", steps=60, progress=False)
        self.assertTrue(run.is_finished)
        self.assertLess(run.certificate["forms"][0]["divergence"]["mean"], 0.01)
        # What all draws predict on average, by hand.
        wanted = (1 / (1 + numpy.exp(-(numpy.einsum("cdk,nk->ncd", draws["beta"], x)
                                       + draws["alpha"])))).mean((1, 2))
        found = run.student.predict(x)
        self.assertLess(numpy.abs(found[:, -1] - wanted).max(), 0.02)

    def test_draws_without_axes_are_refused(self):
        with self.assertRaises(distill.DistillError):
            distill.predictive({"a": numpy.zeros(3)}, progress=False)


class ProgressTests(unittest.TestCase):
    def test_a_line_says_how_far_it_is(self):
        text = _progress._text({"task": "student", "done": 1200, "total": 4000, "unit": "steps",
                                "loss": 0.123456, "secondsLeft": 75})
        self.assertEqual(text, "student: 1,200 of 4,000 steps, loss 0.1235, 1:15 left")

    def test_the_sentence_is_found_among_what_is_said(self):
        said = "warning\nError: Unknown option '--x'\nUsage: distill compress\n  See help"
        self.assertEqual(_program._sentence(said), "Unknown option '--x'")
        said = "Error: Provide one of the following:\n  - a\n  - b\nHelp:  --x\nUsage: distill"
        self.assertEqual(_program._sentence(said), "Provide one of the following: a, b")

    def test_options_are_words(self):
        self.assertEqual(_jobs._options({"learning_rate": 1e-3, "control": True, "x": None, "y": False,
                                         "hidden": [3, 4], "value": -1}),
                         ["--learning-rate=0.001", "--control", "--hidden=3,4", "--value=-1"])


if __name__ == "__main__":
    unittest.main()
