"""Reference numbers for the encoders of Language, made by the `transformers` package and PyTorch.

    python3 Tools/reference/embeddings.py

Writes Tests/LanguageTests/Fixtures/embeddings.json and tiny-bert/ (a BERT of random weights with its
config.json). With `make data-sentences` done, embeddings.json also has those of all-MiniLM-L6-v2.
Needs `torch`, `transformers` and `tokenizers`.
"""

from __future__ import annotations

import json
import pathlib

import torch
import transformers
from tokenizers import Tokenizer

CHECKOUT = pathlib.Path(__file__).parents[2]
FIXTURES = CHECKOUT / "Tests/LanguageTests/Fixtures"
MINILM = CHECKOUT / ".data/minilm"

TEXTS = [
    "a person who teaches",
    "The quick brown fox jumps over the lazy dog.",
    "that which is perceived or known or inferred to have its own distinct existence",
    "naïve café — déjà vu; 你好",
    "",
    "distillation " * 40,
]


def pooled(model, rows: list[list[int]]) -> torch.Tensor:
    """The mean over tokens, of length 1."""
    width = max(map(len, rows))
    ids = torch.tensor([row + [0] * (width - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    with torch.no_grad():
        states = model(input_ids=ids, attention_mask=mask).last_hidden_state
    weights = mask.unsqueeze(-1).float()
    mean = (states * weights).sum(1) / weights.sum(1)
    return torch.nn.functional.normalize(mean, dim=1)


def tiny() -> dict:
    torch.manual_seed(1)
    config = transformers.BertConfig(
        vocab_size=40, hidden_size=16, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=24, max_position_embeddings=12, layer_norm_eps=1e-12,
    )
    model = transformers.BertModel(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 0.4)
    folder = FIXTURES / "tiny-bert"
    model.save_pretrained(folder, safe_serialization=True)
    rows = [[2, 17, 31, 5, 3], [2, 3], [2, 9, 9, 39, 1, 0, 12, 28, 33, 7, 4, 3]]
    return {"rows": rows, "embeddings": pooled(model, rows).tolist()}


def losses() -> dict:
    """The losses of embeddings, by plain loops in Float64."""
    generator = torch.Generator().manual_seed(2)
    student, teacher = (
        torch.randn(6, 5, generator=generator, dtype=torch.float64) for _ in range(2)
    )

    def cosine(a, b):
        return (a @ b / (a.norm() * b.norm())).item()

    def log_softmax(values):
        return torch.log_softmax(torch.tensor(values, dtype=torch.float64), 0)

    similarity, contrast = 0.0, 0.0
    for i in range(6):
        others = [j for j in range(6) if j != i]
        taught, own = (
            log_softmax([cosine(x[i], x[j]) / 0.2 for j in others])
            for x in (teacher, student)
        )
        similarity += float((taught.exp() * (taught - own)).sum()) / 6
    for i in range(3):
        for first, second in ((0, 1), (1, 0)):
            logits = [
                cosine(student[2 * i + first], student[2 * j + second]) / 0.2 for j in range(3)
            ]
            contrast -= log_softmax(logits)[i].item() / 6
    return {
        "student": student.tolist(),
        "teacher": teacher.tolist(),
        "cosine": sum(1 - cosine(a, b) for a, b in zip(student, teacher)) / 6,
        "similarityDistribution": similarity,
        "pairContrast": contrast,
    }


def main() -> None:
    content = {
        "madeBy": {"torch": torch.__version__, "transformers": transformers.__version__},
        "tiny": tiny(),
        "losses": losses(),
    }
    if (MINILM / "model.safetensors").is_file():
        tokenizer = Tokenizer.from_file(str(MINILM / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        rows = [tokenizer.encode(text).ids for text in TEXTS]
        model = transformers.BertModel.from_pretrained(MINILM).eval()
        content["minilm"] = {
            "texts": TEXTS,
            "rows": rows,
            "embeddings": pooled(model, rows).tolist(),
        }
    (FIXTURES / "embeddings.json").write_text(json.dumps(content) + "\n")


if __name__ == "__main__":
    main()
