"""Programs exported by PyTorch, with what they compute, for the tests of ModelFiles.

Writes Tests/ModelFilesTests/Fixtures/NAME.pt2 and NAME.json for a zoo of small modules:

    python3 Tools/reference/exported_programs.py

Each JSON file holds inputs, outputs, and for real inputs the gradient of Σ w·output (w = cos 0, cos 1,
…) and the gradient of Σ gradient², as PyTorch computes them. Metadata that no reader needs, such as
stack traces with the paths of this machine, is left out of the archives. The last one, teacher.pt2,
has learnt ten classes of images, of which three occur, and says how it wants its inputs.
"""

import io
import json
import pathlib
import zipfile

import torch
from torch import nn
from torch.export import Dim, export, save
from torch.nn import functional as F

FIXTURES = pathlib.Path(__file__).parents[2] / "Tests/ModelFilesTests/Fixtures"


class Function(nn.Module):
    """A module of a function and the modules that it uses."""

    def __init__(self, function, **parts):
        super().__init__()
        self.function = function
        for name, part in parts.items():
            if isinstance(part, torch.Tensor):
                self.register_buffer(name, part)
            else:
                setattr(self, name, part)

    def forward(self, *inputs):
        return self.function(self, *inputs)


def convolutional(channels=4):
    return nn.Sequential(
        nn.Conv2d(1, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.Softplus(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(channels * 9, 3))


def residual(self, x):
    y = F.silu(self.bn1(self.conv1(x)))
    return self.head((F.silu(x + self.bn2(self.conv2(y)))).mean((2, 3)))


def in_place(self, x):
    y = self.first(x)
    y += 1
    y = y.mul_(2).tanh_().clone()
    y[:, 1] = y[:, 0] * 3
    return self.last(y)


def casts(self, x):
    y = x.double() * 2
    z = (y > 0).to(torch.float32) + y.to(torch.float32).sin()
    return self.last(z.to(torch.bfloat16).to(torch.float32) * 0 + z)


def shapes(self, x):
    batch, length = x.shape[0], x.shape[1]
    y = x.reshape(batch, length // 2, 2).transpose(1, 2).flatten(1)
    return torch.cat([y, x.new_ones(batch, 1) * (length * 2 - 1)], 1).pow(2)


def attention(self, x):
    q, k, v = self.projections(x).chunk(3, -1)
    return F.scaled_dot_product_attention(q, k, v, is_causal=True).mean(1)


def indexed(self, x):
    rows = torch.tensor([2, 0])
    return x[:, rows] * x[:, [1, 1]] + torch.where(x[:, :2] > 0, x[:, :2], x[:, 1:3].exp())


def transformer():
    layer = nn.TransformerEncoderLayer(8, 2, 16, activation="gelu", batch_first=True)
    return nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)


def weight_shared(self, x):
    return self.block(self.block(x)) + F.linear(x, self.block.weight)


def zoo():
    """Name: (module, inputs, whether the batch is free)."""
    one = torch.randn
    image = lambda: one(2, 1, 6, 6)
    tokens = torch.tensor([[1, 4, 2], [0, 3, 3]])
    make = Function
    return {
        "mlp": (nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Dropout(), nn.Linear(6, 3)),
                [one(3, 4)], True),
        "fixed-batch": (nn.Sequential(nn.Linear(4, 5), nn.GELU(), nn.Linear(5, 2)),
                        [one(2, 4)], False),
        "batch-norm": (nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.ELU(), nn.Linear(5, 2)),
                       [one(3, 4)], True),
        "layer-norm": (nn.Sequential(nn.Linear(4, 6), nn.LayerNorm(6), nn.Mish(), nn.Linear(6, 2)),
                       [one(3, 4)], True),
        "cnn": (convolutional(), [image()], True),
        "residual": (make(residual, conv1=nn.Conv2d(2, 2, 3, padding=1), bn1=nn.BatchNorm2d(2),
                          conv2=nn.Conv2d(2, 2, 3, padding=1), bn2=nn.BatchNorm2d(2),
                          head=nn.Linear(2, 3)), [one(2, 2, 5, 5)], True),
        "depthwise": (nn.Sequential(nn.Conv2d(4, 4, 3, stride=2, groups=4), nn.Hardswish(),
                                    nn.Conv2d(4, 2, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
                      [one(2, 4, 7, 7)], True),
        "group-norm": (nn.Sequential(nn.Conv2d(1, 4, 3), nn.GroupNorm(2, 4), nn.SiLU(),
                                     nn.AvgPool2d(2), nn.Flatten()), [image()], True),
        "transposed": (nn.Sequential(nn.ConvTranspose2d(1, 2, 2, stride=2), nn.Sigmoid(),
                                     nn.Upsample(scale_factor=2, mode="bilinear"), nn.Flatten()),
                       [one(2, 1, 3, 3)], True),
        "conv1d": (nn.Sequential(nn.Conv1d(2, 3, 3, dilation=2), nn.LeakyReLU(), nn.Flatten()),
                   [one(2, 2, 8)], True),
        "lstm": (make(lambda self, x: self.head(self.rnn(x)[0][:, -1]),
                      rnn=nn.LSTM(3, 4, batch_first=True), head=nn.Linear(4, 2)),
                 [one(2, 5, 3)], False),
        "gru": (make(lambda self, x: self.rnn(x)[1][-1],
                     rnn=nn.GRU(3, 4, num_layers=2, bidirectional=True, batch_first=True)),
                [one(2, 4, 3)], False),
        "rnn": (make(lambda self, x: self.rnn(x)[0].flatten(1), rnn=nn.RNN(3, 4, batch_first=True)),
                [one(2, 4, 3)], False),
        "transformer": (make(lambda self, x: self.encoder(x).mean(1), encoder=transformer()),
                        [one(2, 3, 8)], True),
        "attention": (make(attention, projections=nn.Linear(4, 12)), [one(2, 3, 4)], True),
        "embedding": (make(lambda self, x: self.head(self.table(x).mean(1)),
                           table=nn.Embedding(6, 4), head=nn.Linear(4, 2)), [tokens], True),
        "embedding-bag": (make(lambda self, x: self.bag(x), bag=nn.EmbeddingBag(6, 4, mode="sum")),
                          [tokens], False),
        "two-inputs": (make(lambda self, x, y: self.left(x) * self.right(y),
                            left=nn.Linear(3, 2), right=nn.Linear(2, 2)),
                       [one(3, 3), one(3, 2)], True),
        "two-outputs": (make(lambda self, x: (self.a(x), self.b(x).softmax(-1)),
                             a=nn.Linear(3, 2), b=nn.Linear(3, 4)), [one(3, 3)], True),
        "casts": (make(casts, last=nn.Linear(4, 2)), [one(3, 4)], True),
        "float64": (nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double(),
                    [one(3, 3).double()], True),
        "shapes": (make(shapes), [one(3, 4)], True),
        "views": (make(lambda self, x: x.view(-1, 2, 3).permute(2, 0, 1).contiguous()
                       .unfold(0, 2, 1).sum((0, 3)).expand(2, -1, -1).cumsum(0).squeeze()[1]),
                  [one(2, 6)], False),
        "in-place": (make(in_place, first=nn.Linear(4, 3), last=nn.Linear(3, 2)), [one(3, 4)], True),
        "in-place-input": (make(lambda self, x: x.add_(self.shift).sin() * x, shift=one(4)),
                           [one(3, 4)], True),
        "relu-in-place": (nn.Sequential(nn.Linear(4, 6), nn.ReLU(inplace=True), nn.Linear(6, 3)),
                          [one(3, 4)], True),
        "indexed": (make(indexed), [one(3, 3)], True),
        "constants": (make(lambda self, x: x * torch.tensor([1.0, 2.0, 3.0]) + self.scale.t()[0],
                           scale=one(3, 2)), [one(2, 3)], True),
        "shared": (make(weight_shared, block=nn.Linear(3, 3)), [one(2, 3)], True),
        "linear-algebra": (make(lambda self, x: torch.linalg.solve(
            x @ x.mT + 3 * torch.eye(3), self.b.expand(2, 3, 1)).flatten(1), b=one(3, 1)),
            [one(2, 3, 4)], False),
        "norms": (make(lambda self, x: F.normalize(x, dim=1) * x.logsumexp(1, keepdim=True)
                       + x.std(1, keepdim=True) + (x < float("inf")).float().nan_to_num(0)),
                  [one(3, 4)], True),
    }


class Branching(nn.Module):
    def forward(self, x):
        return torch.cond(x.sum() > 0, lambda x: x.sin(), lambda x: x.cos(), (x,))


def refused():
    """Name: module, whose programs are not run."""
    return {
        "cond": Branching().eval(),
        "training": nn.Sequential(nn.Linear(3, 2), nn.Dropout(0.5)).train(),
        "random": Function(lambda self, x: x + torch.randn_like(x)).eval(),
    }


def marked_images(count, generator):
    """Noise in which two pixels of one of three places are bright, and which place."""
    labels = torch.arange(count) % 3
    images = torch.rand(count, 1, 28, 28, generator=generator)
    for row, label in enumerate(labels):
        images[row, 0, label, label] = 1
        images[row, 0, label, label + 1] = 0.9
    return images, labels


def teacher():
    """A network that knows the classes of `marked_images`, and two images of them."""
    generator = torch.Generator().manual_seed(1)
    network = nn.Sequential(nn.Conv2d(1, 4, 7, stride=7), nn.Softplus(), nn.Flatten(),
                            nn.Linear(64, 10))
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    for _ in range(600):
        images, labels = marked_images(96, generator)
        optimizer.zero_grad()
        F.cross_entropy(network(images), labels).backward()
        optimizer.step()
    images, labels = marked_images(3000, generator)
    accuracy = (network(images).argmax(1) == labels).double().mean().item()
    print(f"teacher: accuracy {accuracy:.3f}")
    return network.eval(), marked_images(2, generator)[0]


def stripped(program, **notes):
    """The archive of a program, without what no reader needs and what names this machine."""
    whole = io.BytesIO()
    save(program, whole, extra_files=notes)
    small = io.BytesIO()
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(small, "w") as target:
        for member in source.infolist():
            if "/sample_inputs/" in member.filename or "/.data/" in member.filename:
                continue
            content = source.read(member)
            if member.filename.endswith(".json"):
                content = compact(json.loads(content))
            name = member.filename.split("/", 1)[1]
            target.writestr(zipfile.ZipInfo(f"net/{name}"), content)
    return small.getvalue()


OLDER = ["mlp", "cnn", "constants"]
"""Those that are written, too, as PyTorch before 2.8 laid them out."""


def older(program, is_small, **notes):
    """The archive of PyTorch 2.5 to 2.7, whose weights are a pickled dictionary."""
    from torch._export.serde import schema, serialize
    parts = serialize.serialize(program)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        def add(name, content):
            archive.writestr(zipfile.ZipInfo(name), content)

        add("version", ".".join(map(str, schema.SCHEMA_VERSION)))
        whole = parts.exported_program
        add("serialized_exported_program.json",
            compact(json.loads(whole)) if is_small else whole)
        add("serialized_state_dict.pt", parts.state_dict)
        add("serialized_constants.pt", parts.constants)
        add("serialized_example_inputs.pt", parts.example_inputs)
        for name, content in notes.items():
            add(f"extra_files/{name}", content)
    return file.getvalue()


def write_older(name, program, inputs):
    """Beside the program in today's layout, which gives the same."""
    read = torch.export.load(io.BytesIO(older(program, False))).module()
    assert torch.equal(read(*[x.clone() for x in inputs]),
                       program.module()(*[x.clone() for x in inputs])), name
    (FIXTURES / f"older-{name}.pt2").write_bytes(older(program, True, divisor="255"))
    (FIXTURES / f"older-{name}.json").write_bytes((FIXTURES / f"{name}.json").read_bytes())


def compact(value):
    if "graph_module" in value:
        strip(value["graph_module"])
        value["graph_module"]["module_call_graph"] = []
    return json.dumps(value, separators=(",", ":")).encode()


def strip(value):
    """Keeps of every node's metadata, in graphs inside graphs too, only the modules around it."""
    if isinstance(value, list):
        for part in value:
            strip(part)
    elif isinstance(value, dict):
        if "target" in value and "metadata" in value:
            kept = value["metadata"].get("nn_module_stack")
            value["metadata"] = {"nn_module_stack": kept} if kept else {}
        for part in value.values():
            strip(part)


def packed(tensor):
    tensor = tensor.detach()
    return {"shape": list(tensor.shape), "type": str(tensor.dtype).split(".")[1],
            "values": tensor.flatten().tolist()}


def answers(run, inputs):
    """Outputs, gradients and second derivatives."""
    inputs = [x.clone().requires_grad_(x.is_floating_point()) for x in inputs]
    outputs = run(*[x.clone() for x in inputs])
    outputs = list(outputs) if isinstance(outputs, tuple) else [outputs]
    real = [x for x in inputs if x.requires_grad]
    result = {"outputs": [packed(y) for y in outputs]}
    if real:
        value = sum((torch.arange(y.numel(), dtype=y.dtype).cos() * y.flatten()).sum()
                    for y in outputs)
        first = torch.autograd.grad(value, real, create_graph=True)
        result["gradients"] = [packed(g) for g in first]
        square = sum((g ** 2).sum() for g in first)
        if square.requires_grad:
            try:
                second = torch.autograd.grad(square, real, allow_unused=True)
            except RuntimeError as error:
                # Some backward passes have no derivative in PyTorch either.
                assert "is not implemented" in str(error), error
                return result
            result["second"] = [packed(g if g is not None else torch.zeros_like(x))
                                for g, x in zip(second, real)]
    return result


def main():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    FIXTURES.mkdir(parents=True, exist_ok=True)
    batch = Dim("batch")
    for name, (module, inputs, is_free) in zoo().items():
        module.eval()
        for buffer in module.buffers():
            if buffer.is_floating_point() and buffer.dim() == 1 and buffer.numel() < 8:
                buffer.data = buffer.data + torch.rand_like(buffer)
        dynamic = None
        if is_free:
            each = tuple({0: batch} for _ in inputs)
            dynamic = (each,) if isinstance(module, Function) else each
        program = export(module, tuple(x.clone() for x in inputs), dynamic_shapes=dynamic)
        (FIXTURES / f"{name}.pt2").write_bytes(stripped(program))
        case = {"torch": torch.__version__.split("+")[0], "inputs": [packed(x) for x in inputs],
                **answers(module, inputs)}
        (FIXTURES / f"{name}.json").write_text(json.dumps(case))
        if name in OLDER:
            write_older(name, program, inputs)
    for name, module in refused().items():
        program = export(module, (torch.randn(2, 3),))
        (FIXTURES / f"refused-{name}.pt2").write_bytes(stripped(program))
    network, images = teacher()
    program = export(network, (images,), dynamic_shapes=({0: batch},))
    notes = {"classes": "\n".join(f"class {index}" for index in range(10)), "divisor": "255"}
    (FIXTURES / "teacher.pt2").write_bytes(stripped(program, **notes))
    case = {"torch": torch.__version__.split("+")[0], "inputs": [packed(images)],
            **answers(network, [images])}
    (FIXTURES / "teacher.json").write_text(json.dumps(case))


if __name__ == "__main__":
    main()
