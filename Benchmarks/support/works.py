"""What is measured, and how far ahead Distill has to be."""

from dataclasses import dataclass


@dataclass
class Work:
    name: str
    title: str
    # How many times the time of a column's best version ours has to fit into; "" is any peer.
    bars: dict
    # Milliseconds of the fastest program for it that is known: see FLOORS.
    floor: float | None = None


def has_matrix_tiles():
    """Whether the processor multiplies tiles of matrices (AMX)."""
    try:
        return "amx_tile" in open("/proc/cpuinfo").read()
    except OSError:
        return False


# What dense C++, written only to find the limit, took on 2 cores of a Sapphire Rapids Xeon
# (AVX-512; tiles of matrices where the machine has them).
FLOORS = {
    "student-20": 0.066, "student-100": 0.24, "derivatives-20": 0.30, "derivatives-128": 1.56,
    "derivatives-large-20": 3.9, "projection-20": 0.11, "ensemble": 1170, "ensemble-bfloat16": 166,
    "one-image": 0.0012, "nade-20": 0.72, "nade-100": 2.5, "nade-500": 16.3,
    "nade-probability": 71, "nade-samples": 124, "rbm-ais": 358,
    "rbm-gibbs": 3.6 if has_matrix_tiles() else 10.8,
    "rbm-cd25": 9.6 if has_matrix_tiles() else 19.9,
    "rbm-free-energy": 10.7 if has_matrix_tiles() else 28.3,
}

EAGER, COMPILED, JAX, ANY = "PyTorch", "torch.compile", "JAX jit", ""

WORKS = [
    Work("student-20", "student step, batch 20", {EAGER: 2.5, COMPILED: 1, JAX: 1}),
    Work("student-100", "student step, batch 100", {EAGER: 1.4}),
    Work("large-20", "784-500-300-10 step, batch 20", {EAGER: 1}),
    Work("large-100", "784-500-300-10 step, batch 100", {EAGER: 1}),
    Work("gelu-20", "student with GELU, batch 20", {EAGER: 1, JAX: 1}),
    Work("gelu-100", "student with GELU, batch 100", {EAGER: 1, JAX: 1}),
    Work("derivatives-20", "derivative matching, batch 20", {EAGER: 3, COMPILED: 1}),
    Work("derivatives-128", "derivative matching, batch 128", {EAGER: 3, COMPILED: 1}),
    Work("derivatives-large-20", "the same, 784-500-300-10, batch 20", {EAGER: 1}),
    Work("projection-20", "random projection, batch 20", {EAGER: 1}),
    Work("projection-128", "random projection, batch 128", {EAGER: 1}),
    Work("ensemble", "30 networks, 10,000 images", {EAGER: 1}),
    Work("ensemble-bfloat16", "the same, BFloat16 products", {EAGER: 4}),
    Work("one-image", "student, one image", {EAGER: 1}),
    Work("addition", "a + b of four numbers", {EAGER: 1}),
    Work("gradient", "gradient, GELU, batch 20", {EAGER: 1}),
    Work("nade-20", "NADE-500 step, batch 20", {ANY: 12}),
    Work("nade-100", "NADE-500 step, batch 100", {ANY: 12}),
    Work("nade-500", "NADE-500 step, batch 500", {ANY: 8}),
    Work("nade-probability", "10,000 log-probabilities", {ANY: 8}),
    Work("nade-samples", "10,000 samples", {ANY: 8}),
    Work("rbm-gibbs", "RBM 784-500, 2,000 chains", {ANY: 3 if has_matrix_tiles() else 1.5}),
    Work("rbm-cd25", "CD-25 step, batch 100", {ANY: 2}),
    Work("rbm-free-energy", "10,000 free energies", {ANY: 1}),
    Work("rbm-ais", "AIS, 1,000 × 100", {ANY: 2.5}),
    Work("graph-gcn", "GCN step, 10,000 nodes", {EAGER: 1}),
    Work("graph-sage", "GraphSAGE step, 10,000 nodes", {EAGER: 1}),
    Work("graph-gat", "GAT step, 10,000 nodes", {EAGER: 1}),
    Work("sequence-gru", "GRU student, 16 × 64 bytes", {EAGER: 1}),
    Work("caption-ngrams", "n-gram student, 64 captions", {EAGER: 1}),
    Work("program-mlp", "student of a .pt2, perceptron", {EAGER: 1}),
    Work("program-cnn", "student of a .pt2, convolutional", {EAGER: 1}),
    Work("program-lstm", "student of a .pt2, LSTM", {EAGER: 1}),
]

# Losses with their gradients, by their names in `LossWorks.swift` and `peers/losses.py`.
LOSSES = {
    "cross-entropy": "cross entropy",
    "label-smoothing": "label smoothing",
    "soft-cross-entropy": "soft cross entropy",
    "kl": "KL, T = 4",
    "reverse-kl": "reverse KL",
    "jeffreys": "Jeffreys",
    "jensen-shannon": "Jensen–Shannon",
    "skew-kl": "skew KL",
    "skew-reverse-kl": "skew reverse KL",
    "total-variation": "total variation",
    "square-logits": "square error, logits",
    "square-probabilities": "square error, probabilities",
    "square-logs": "square error, log-probabilities",
    "decoupled": "decoupled KL",
    "dist": "DIST",
    "standardized": "standardised KL",
    "example-relations": "example relations",
    "class-relations": "class relations",
    "multi-level": "multi-level",
    "virtual-teacher": "virtual teacher",
    "weighted-soft-labels": "weighted soft labels",
    "curriculum": "curriculum temperature",
    "top-10": "top 10 with tail",
    "margin": "margin square error",
    "ensemble-distribution": "ensemble distribution",
    "peers": "mean KL from 5 members",
    "rkd-distance": "RKD distance",
    "rkd-angle": "RKD angle",
    "pkt": "PKT",
    "similarity": "SP",
    "correlation-congruence": "correlation congruence",
    "channel-wise": "CWD",
    "reused-head": "SimKD",
    "hints": "hints",
    "attention": "attention transfer",
    "nst": "NST",
    "solution-flow": "FSP",
    "boundaries": "activation boundaries",
    "overhaul": "overhaul",
    "variational": "VID, one convolution",
    "softmax-regression": "SRRL",
    "review": "ReviewKD",
    "contrastive": "CRD, 50,000 examples",
}
WORKS += [Work(f"loss-{name}", title, {EAGER: 1}) for name, title in LOSSES.items()]
for work in WORKS:
    work.floor = FLOORS.get(work.name)
