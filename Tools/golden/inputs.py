"""Small inputs of the golden runs, from Python's own random numbers: the same bytes everywhere."""

import gzip
import math
import random
import shutil
import struct
import zipfile
from pathlib import Path

from arrays import array, write_tensors
from fields import write_fields

CHECKOUT = Path(__file__).resolve().parents[2]
CLASSES = 10

COMPRESSION = """experiment: compression
seed: 1
data: images
images: [30]
classes: [0, 1]
seeds: 2
members: 2
memberHidden: [6]
studentHidden: [4]
memberPasses: [2]
studentPasses: [2]
losses: [labels, soft, soft + derivatives]
derivativeWeights: [0.1]
"""

LOGISTIC = """experiment: predictive-logistic
seed: 1
seeds: 2
dataSeed: 1
draws: 60
components: 3
iterations: 60
testInputs: 100
otherComponents: [2]
otherDraws: [10]
"""

GRAPHS = """experiment: graphs
seed: 1
data: wordnet
nodes: 0
features: 24
labelsPerClass: 6
validation: 40
test: 60
unseen: 40
seeds: 2
teacherHidden: 8
heads: 2
teacherSteps: 8
losses: [labels, soft]
studentHidden: 4
aloneLosses: [soft]
aloneHidden: 8
steps: 8
temperatures: [1, 2]
weightDecays: [0]
"""

TABLES = """experiment: tables
seed: 1
data: tables
tables: [trees]
students: [labels, soft + munged rows, soft + sampled rows]
seeds: 2
hidden: [[6]]
steps: 8
batch: 20
extra: 1
digits: 2
densityHidden: 4
densitySteps: 8
"""


MIXTURE = """experiment: predictive-mixture
seed: 1
seeds: 1
data: [5]
draws: 40
chains: 2
components: 2
batchValues: 20
updates: 4
pairs: 10
sweptData: 5
otherComponents: [1]
otherDraws: [10]
"""

FASHION = """experiment: predictive-fashion-mnist
seed: 1
data: images
seeds: 1
hidden: [4]
validation: 20
batchSize: 20
climb: 8
burnIn: 2
steps: 12
bag: 10
stepSizes: [1.0e-5]
controlShares: [1.0]
"""

DIABETES = """experiment: predictive-diabetes
seed: 1
folder: patients
thinning: 40
seeds: 1
hidden: 4
steps: 8
"""

PARTITION = """experiment: generative-partition
seed: 1
data: digits
width: 6
steps: 8
samples: 100
temperatures: ["adaptive:20"]
runs: 64
"""

WIDTHS = """experiment: generative-widths
seed: 1
data: digits
widths: [4]
losses: [likelihood]
recipes: [ours]
steps: 8
samples: 100
"""

DENSITY_DEMO = """experiment: generative-demo
seed: 1
data: images
hidden: 4
epochs: 1
steps: 8
"""

DENSITY_FIT = """experiment: generative-fit
seed: 1
teacher: digits/rbm-cd25-500.npz
distillation:
  student: nade:4
  steps: 8
  chains: 20
  burnIn: 5
  thinning: 1
partition:
  samples: 100
  chains: 20
  burnIn: 5
  thinning: 1
"""

ENSEMBLE = """experiment: demo
seed: 3
data: images
limit: 120
members: 2
epochs: 1
"""

COMPRESS = """experiment: compress
teacher: [table-teacher.safetensors]
teacherModel: mlp:4-5-3
data: {path: table.csv, labels: kind}
student: mlp:4-3-3
budget: {amount: 40, unit: steps}
trainsControl: true
"""

PREDICTIVE = """experiment: predictive
draws: {files: [tumours.json], parameters: [beta], intercept: alpha}
data: {table: tumours.csv, outcome: tumour}
student: {steps: 60}
isCertified: true
"""

MACHINE = """experiment: generative-train
images: bits.npz:train
rbm: {hidden: 6, epochs: 3}
"""


PROGRAM = """import re, struct, sys

source, sink = sys.stdin.buffer, sys.stdout.buffer
while head := source.read(8):
    data = source.read(struct.unpack("<Q", head)[0])
    length = struct.unpack("<H", data[8:10])[0]
    rows, width = map(int, re.findall(rb"\\d+", data[10:10 + length].split(b"shape")[1]))
    numbers = struct.unpack(f"<{rows * width}f", data[10 + length:])
    answers = [x for i in range(rows) for x in numbers[i * width:i * width + 3]]
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, 3), }}"
    header += " " * (-(len(header) + 11) % 64) + "\\n"
    array = b"\\x93NUMPY\\x01\\x00" + struct.pack("<H", len(header)) + header.encode()
    array += struct.pack(f"<{3 * rows}f", *answers)
    sink.write(struct.pack("<Q", len(array)) + array)
    sink.flush()
"""


def write_all(folder: Path) -> None:
    """Fills an empty folder with what the runs read."""
    numbers = random.Random(1)
    (folder / "images").mkdir()
    for part, count in [("train", 160), ("t10k", 60)]:
        write_images(folder / "images", part, count, 28, numbers)
    write_table(folder / "table.csv", numbers)
    write_binary(folder / "binary.csv", numbers)
    bits = {part: [bar(numbers) for _ in range(count)] for part, count in
            [("train", 80), ("test", 30)]}
    write_archive(folder / "bits.npz", bits)
    weights = {"0.weight": [5, 4], "0.bias": [5],
               "2.weight": [3, 5], "2.bias": [3]}
    write_weights(folder / "table-teacher.safetensors", weights, numbers)
    more = random.Random(2)
    write_answers(folder / "answers.csv", more)
    shutil.copytree(CHECKOUT / "Recipes/diabetes", folder / "patients")
    (folder / "teacher.py").write_text(PROGRAM)
    (folder / "digits").mkdir()
    write_archive(folder / "digits/binarized-mnist.npz", bits)
    write_machine(folder / "digits/rbm-cd25-500.npz", 16, 5, more)
    shutil.copy(CHECKOUT / "Tests/ModelFilesTests/Fixtures/mlp.onnx", folder / "teacher.onnx")
    for name, text in [("compression", COMPRESSION), ("logistic", LOGISTIC), ("graphs", GRAPHS),
                       ("tables", TABLES), ("mixture", MIXTURE), ("fashion", FASHION),
                       ("diabetes", DIABETES), ("partition", PARTITION), ("widths", WIDTHS),
                       ("density-demo", DENSITY_DEMO), ("density-fit", DENSITY_FIT),
                       ("ensemble", ENSEMBLE), ("compress", COMPRESS), ("predictive", PREDICTIVE),
                       ("machine", MACHINE)]:
        (folder / f"{name}.yaml").write_text(text)
    shutil.copytree(CHECKOUT / "Tests/DistillCommandTests/Fixtures/wordnet", folder / "wordnet")
    write_trees(folder / "tables/trees", numbers)
    for name in ["tumours.json", "tumours.csv", "diabetes.csv", "diabetes-1.csv.gz",
                 "diabetes-2.csv.gz"]:
        shutil.copy(CHECKOUT / "Documentation/Data" / name, folder / name)
    write_fields(folder)
    write_rows(folder, random.Random(4))


def write_images(folder: Path, part: str, count: int, side: int, numbers) -> None:
    """Noisy images in which the class says which rows are bright, as IDX files."""
    labels = [index % CLASSES for index in range(count)]
    pixels = bytearray()
    for label in labels:
        for row in range(side):
            bright = 150 if row * CLASSES // side == label else 0
            pixels += bytes(bright + numbers.randrange(100) for _ in range(side))
    write_gzip(folder / f"{part}-images-idx3-ubyte.gz",
               struct.pack(">IIII", 2051, count, side, side) + bytes(pixels))
    write_gzip(folder / f"{part}-labels-idx1-ubyte.gz",
               struct.pack(">II", 2049, count) + bytes(labels))


def write_gzip(path: Path, data: bytes) -> None:
    with open(path, "wb") as file, gzip.GzipFile("", "wb", mtime=0, fileobj=file) as packed:
        packed.write(data)


def write_table(path: Path, numbers) -> None:
    """Three kinds of flowers, four numbers each."""
    lines = ["a,b,c,d,kind"]
    for index in range(120):
        kind = index % 3
        row = [numbers.gauss(10 * kind * (column % 2), 4) for column in range(4)]
        name = ["iris", "rose", "tulip"][kind]
        lines.append(",".join([f"{number:.3f}" for number in row] + [name]))
    path.write_text("\n".join(lines) + "\n")


def write_binary(path: Path, numbers) -> None:
    """A logistic regression of two inputs."""
    lines = ["u,v,y"]
    for _ in range(40):
        u, v = numbers.gauss(0, 1), numbers.gauss(0, 1)
        y = int(numbers.random() < 1 / (1 + math.exp(-2 * u + v)))
        lines.append(f"{u:.4f},{v:.4f},{y}")
    path.write_text("\n".join(lines) + "\n")


def write_trees(folder: Path, numbers) -> None:
    """A table of eight numbers and four classes, and boosted trees for such tables."""
    folder.mkdir(parents=True)
    shutil.copy(CHECKOUT / "Tests/ModelFilesTests/Fixtures/tree-xgb-multi.ubj",
                folder / "teacher.ubj")
    for part, count in [("train", 90), ("test", 30)]:
        lines = [",".join([f"c{index}" for index in range(8)] + ["class"])]
        for index in range(count):
            row = [f"{numbers.gauss(1, 2):.3f}" for _ in range(8)]
            lines.append(",".join(row + [f"k{index % 4}"]))
        (folder / f"{part}.csv").write_text("\n".join(lines) + "\n")


def bar(numbers, side: int = 4) -> list[int]:
    """A picture of bars, one bit a pixel."""
    rows = [numbers.random() < 0.5 for _ in range(side)]
    return [int(row != (numbers.random() < 0.05)) for row in rows for _ in range(side)]


def write_rows(folder: Path, numbers) -> None:
    """Rows with classes as arrays to be streamed, and a table of labels that do not exclude each other."""
    rows = [[numbers.gauss(0, 1) for _ in range(4)] for _ in range(120)]
    (folder / "rows.npy").write_bytes(
        array("<f4", (120, 4), struct.pack("<480f", *(value for row in rows for value in row))))
    (folder / "kinds.npy").write_bytes(array("|u1", (120,), bytes(index % 3 for index in range(120))))
    lines = ["a,b,c,d,cat,dog,fox"]
    for row in rows:
        labels = [str(int(value + numbers.gauss(0, 1) > 0)) for value in row[:3]]
        lines.append(",".join([f"{value:.4f}" for value in row] + labels))
    (folder / "tags.csv").write_text("\n".join(lines) + "\n")


def write_answers(path: Path, numbers) -> None:
    """What a teacher says of each row of the table: probabilities of the three kinds."""
    lines = ["iris,rose,tulip"]
    for index in range(120):
        weights = [numbers.random() + 3 * (index % 3 == kind) for kind in range(3)]
        lines.append(",".join(f"{weight / sum(weights):.6f}" for weight in weights))
    path.write_text("\n".join(lines) + "\n")


def write_machine(path: Path, visible: int, hidden: int, numbers) -> None:
    """An .npz of an RBM of small weights."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, shape in [("weights", (visible, hidden)), ("visible_bias", (visible,)),
                            ("hidden_bias", (hidden,))]:
            count = math.prod(shape)
            data = struct.pack(f"<{count}d", *(numbers.gauss(0, 0.3) for _ in range(count)))
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), array("<f8", shape, data))


def write_archive(path: Path, arrays: dict[str, list[list[int]]]) -> None:
    """An .npz of matrices of bytes."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, rows in arrays.items():
            data = bytes(value for row in rows for value in row)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), array("|u1", (len(rows), len(rows[0])), data))


def write_weights(path: Path, shapes: dict[str, list[int]], numbers) -> None:
    """A .safetensors file of normal numbers."""
    def values(count: int) -> bytes:
        return struct.pack(f"<{count}f", *(numbers.gauss(0, 0.7) for _ in range(count)))
    write_tensors(path, {name: ("F32", shape, values(math.prod(shape))) for name, shape in shapes.items()})
