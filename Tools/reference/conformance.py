"""Reference numbers for the losses on outputs, in float64.

Usage: python Tools/reference/conformance.py   (writes Conformance/*.json)

Formulas are written from the papers, or for conventions of other code with the PyTorch call that the
code makes; example by example where a loss treats examples apart, pair by pair where it relates
them. PyTorch's autograd differentiates them with respect to the student's values. Nothing is shared
with the library: that is the point.
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F

import relations_elsewhere as elsewhere

torch.set_default_dtype(torch.float64)
BATCH, CLASSES, MEMBERS = 6, 4, 3


def logits(z):
    """One logit z stands for the two logits (0, z)."""
    return torch.cat([torch.zeros(1), z]) if z.numel() == 1 else z


def softmax(z, T=1.0):
    e = torch.exp(logits(z) / T)
    return e / e.sum()


def each(function):
    """A loss that treats examples apart, as the mean over the batch."""
    def loss(s, t, labels, members, **settings):
        return sum(function(s[n], t[n], labels[n], **settings) for n in range(len(s))) / len(s)
    return loss


def divergence(summand):
    @each
    def loss(s, t, label, temperature=1.0):
        f, p = softmax(s, temperature), softmax(t, temperature)
        return temperature ** 2 * sum(summand(f[k], p[k]) for k in range(len(f)))
    return loss


def kl(p, q):
    return sum(p[k] * torch.log(p[k] / q[k]) for k in range(len(p)))


@each
def cross_entropy(s, t, label, labelSmoothing=0.0):
    f = softmax(s)
    K = len(f)
    target = [labelSmoothing / K + (1 - labelSmoothing if k == label else 0) for k in range(K)]
    return -sum(target[k] * torch.log(f[k]) for k in range(K))


def half_squared(quantity):
    return each(lambda s, t, label: sum((quantity(s) - quantity(t)) ** 2) / 2)


@each
def decoupled(s, t, label, target, others, temperature):
    def parts(z):
        p = softmax(z, temperature)
        rest = torch.stack([p[k] for k in range(len(p)) if k != label])
        return torch.stack([p[label], rest.sum()]), rest / rest.sum()
    (bs, hs), (bt, ht) = parts(s), parts(t)
    return temperature ** 2 * (target * kl(bt, bs) + others * kl(ht, hs))


def pearson(x, y):
    x, y = x - x.mean(), y - y.mean()
    return (x * y).sum() / (x.square().sum().sqrt() * y.square().sum().sqrt())


def pearson_correlation(s, t, labels, members, betweenClasses, withinClasses, temperature):
    f = torch.stack([softmax(z, temperature) for z in s])
    p = torch.stack([softmax(z, temperature) for z in t])
    B, K = f.shape
    inter = sum(1 - pearson(f[n], p[n]) for n in range(B)) / B
    intra = sum(1 - pearson(f[:, k], p[:, k]) for k in range(K)) / K
    return betweenClasses * inter + withinClasses * intra


@each
def standardized(s, t, label, temperature):
    def z(x):
        mean = x.sum() / len(x)
        return (x - mean) / torch.sqrt(((x - mean) ** 2).sum() / len(x) + 1e-14)
    return temperature ** 2 * kl(softmax(z(t), temperature), softmax(z(s), temperature))


def example_relations(s, t, labels, members, temperature):
    f, p = [softmax(z, temperature) for z in s], [softmax(z, temperature) for z in t]
    B = len(f)
    return sum((f[i] @ f[j] - p[i] @ p[j]) ** 2 for i in range(B) for j in range(B)) / B


def class_relations(s, t, labels, members, temperature):
    f = torch.stack([softmax(z, temperature) for z in s])
    p = torch.stack([softmax(z, temperature) for z in t])
    K = f.shape[1]
    return sum((f[:, i] @ f[:, j] - p[:, i] @ p[:, j]) ** 2
               for i in range(K) for j in range(K)) / K


def multi_level(s, t, labels, members):
    return sum(
        part(s, t, labels, members, temperature=float(T))
        for T in [2, 3, 4, 5, 6] for part in [forward, example_relations, class_relations])


@each
def virtual_teacher(s, t, label, correct, temperature):
    f = softmax(s, temperature)
    K = len(f)
    u = torch.tensor([correct if k == label else (1 - correct) / (K - 1) for k in range(K)])
    u = u ** (1 / temperature)
    return temperature ** 2 * kl(u / u.sum(), f)


@each
def jensen_shannon(s, t, label, teacherShare, temperature):
    f, p = softmax(s, temperature), softmax(t, temperature)
    m = teacherShare * p + (1 - teacherShare) * f
    return temperature ** 2 * (teacherShare * kl(p, m) + (1 - teacherShare) * kl(f, m))


@each
def skew(s, t, label, skew, temperature):
    f, p = softmax(s, temperature), softmax(t, temperature)
    return temperature ** 2 * kl(p, skew * p + (1 - skew) * f)


@each
def skew_reverse(s, t, label, skew, temperature):
    f, p = softmax(s, temperature), softmax(t, temperature)
    return temperature ** 2 * kl(f, (1 - skew) * p + skew * f)


@each
def total_variation(s, t, label):
    f, p = softmax(s), softmax(t)
    return sum(abs(f[k] - p[k]) for k in range(len(f))) / 2


@each
def top(s, t, label, count, temperature):
    f, p = softmax(s, temperature), softmax(t, temperature)
    order = sorted(range(len(p)), key=lambda k: -p[k])
    best, rest = order[:int(count)], order[int(count):]

    def bins(q):
        return torch.stack([q[k] for k in best] + [sum(q[k] for k in rest)])
    return temperature ** 2 * kl(bins(p), bins(f))


@each
def sorted_probabilities(s, t, label):
    own, target = (torch.sort(softmax(x), descending=True).values for x in (s, t))
    return sum(abs(a - b) for a, b in zip(own, target))


@each
def margin(s, t, label):
    return sum(((s[0] - s[j]) - (t[0] - t[j])) ** 2 for j in range(1, len(s))) / (len(s) - 1)


@each
def weighted_soft_labels(s, t, label, temperature):
    ratio = torch.log(softmax(s)[label]).detach() / (torch.log(softmax(t)[label]) - 1e-7)
    weight = 1 - torch.exp(-ratio)
    return temperature ** 2 * weight * kl(softmax(t, temperature), softmax(s, temperature))


def huber(x):
    return x * x / 2 if abs(x) <= 1 else abs(x) - 0.5


def relational_distance(s, t, labels, members):
    B = len(s)
    pairs = [(i, j) for i in range(B) for j in range(B) if i != j]

    def distances(x):
        d = {(i, j): (x[i] - x[j]).square().sum().sqrt() for i, j in pairs}
        mean = sum(d.values()) / len(pairs)
        return {pair: d[pair] / mean for pair in pairs}
    a, b = distances(s), distances(t)
    return sum(huber(a[pair] - b[pair]) for pair in pairs) / len(pairs)


def relational_angle(s, t, labels, members):
    B = len(s)
    triples = [(i, j, k) for i in range(B) for j in range(B) for k in range(B)
               if i != j and j != k and i != k]

    def cosine(x, i, j, k):
        u, v = x[i] - x[j], x[k] - x[j]
        return (u @ v) / (u.norm() * v.norm())
    return sum(huber(cosine(s, *n) - cosine(t, *n)) for n in triples) / len(triples)


def probabilistic_transfer(s, t, labels, members):
    B = len(s)

    def neighbours(x, i):
        similar = [(1 + (x[i] @ x[j]) / (x[i].norm() * x[j].norm())) / 2
                   for j in range(B) if j != i]
        return torch.stack(similar) / sum(similar)
    return sum(kl(neighbours(t, i), neighbours(s, i)) for i in range(B)) / B


def similarity_preserving(s, t, labels, members):
    B = len(s)

    def row(x, i):
        g = torch.stack([x[i] @ x[j] for j in range(B)])
        return g / g.square().sum().sqrt()
    return sum((row(s, i) - row(t, i)).square().sum() for i in range(B)) / B ** 2


def correlation_congruence(s, t, labels, members, gamma, order):
    B = len(s)

    def kernel(x, i, j):
        c = (x[i] @ x[j]) / (x[i].norm() * x[j].norm())
        return math.exp(-2 * gamma) * sum(
            (2 * gamma) ** p / math.factorial(p) * c ** p for p in range(int(order) + 1))
    return sum((kernel(s, i, j) - kernel(t, i, j)) ** 2
               for i in range(B) for j in range(B)) / B ** 2


def virtual_teacher_of_probabilities(s, t, labels, members, correct, temperature):
    s = torch.stack([logits(z) for z in s])
    u = torch.where(F.one_hot(labels, s.shape[1]) == 1, correct, (1 - correct) / (s.shape[1] - 1))
    return F.kl_div(F.log_softmax(s, 1), F.softmax(u / temperature, 1), reduction="mean")


def ensemble_distribution(s, t, labels, members, temperature, smoothing):
    total = 0.0
    for n in range(len(s)):
        alpha = torch.exp(logits(s[n]) / temperature)
        for member in members:
            pi = softmax(member[n], temperature)
            pi = (1 - smoothing) * pi + smoothing / len(pi)
            total = total - torch.distributions.Dirichlet(alpha, validate_args=False).log_prob(pi)
    return total / (len(s) * len(members))


def at_temperature(call):
    """A convention of other code: a PyTorch call on softened batches of several classes."""
    def loss(s, t, labels, members, temperature=1.0):
        s, t = (torch.stack([logits(z) for z in x]) / temperature for x in (s, t))
        return call(s, t, temperature)
    return loss


per_element = at_temperature(
    lambda s, t, T: F.kl_div(F.log_softmax(s, 1), F.softmax(t, 1), reduction="mean") * T * T)
per_element_bare = at_temperature(
    lambda s, t, T: F.kl_div(F.log_softmax(s, 1), F.softmax(t, 1), reduction="mean"))
per_example_bare = at_temperature(
    lambda s, t, T: F.kl_div(F.log_softmax(s, 1), F.softmax(t, 1), reduction="batchmean"))
soft_entropy_bare = at_temperature(
    lambda s, t, T: -(F.softmax(t, 1) * F.log_softmax(s, 1)).sum(1).mean())
soft_entropy = at_temperature(
    lambda s, t, T: F.cross_entropy(s, F.softmax(t, 1)) * T * T)
squared_probabilities = at_temperature(
    lambda s, t, T: F.mse_loss(F.softmax(s, 1), F.softmax(t, 1)) * T * T)

forward = divergence(lambda f, t: t * torch.log(t / f))
reverse = divergence(lambda f, t: f * torch.log(f / t))
soft = divergence(lambda f, t: -t * torch.log(f))
jeffreys = divergence(lambda f, t: (t - f) * torch.log(t / f))

@each
def binary_cross_entropy(s, t, label, temperature=1.0):
    f, p = torch.sigmoid(s / temperature), torch.sigmoid(t / temperature)
    return -temperature ** 2 * sum(
        p[k] * torch.log(f[k]) + (1 - p[k]) * torch.log(1 - f[k]) for k in range(len(f)))


@each
def embedding_cosine(s, t, label):
    return 1 - s @ t / (torch.sqrt(s @ s) * torch.sqrt(t @ t))


ALL, MANY, REALS = ("classes", "binary", "confident"), ("classes", "confident"), ("reals",)
LABELS = ("labels",)
RELATIONS = ("classes", "reals")
# Name: formula, inputs, source, and the settings of each case.
LOSSES = {
    "crossEntropy": (cross_entropy, ALL, "-", [{}, {"labelSmoothing": 0.1}]),
    "softCrossEntropy": (soft, ALL, "Hinton 2015", [{}, {"temperature": 4}]),
    "kullbackLeibler": (forward, ALL, "Hinton 2015", [{}, {"temperature": 2.5}]),
    "reverseKullbackLeibler": (reverse, ALL, "-", [{}, {"temperature": 3}]),
    "jeffreys": (jeffreys, ALL, "Jeffreys 1946", [{}, {"temperature": 2}]),
    "squaredErrorOnLogits": (half_squared(lambda z: z), ALL, "Hinton 2015", [{}]),
    "squaredError": (half_squared(lambda z: z), REALS, "-", [{}]),
    "squaredErrorOnProbabilities": (half_squared(softmax), ALL, "-", [{}]),
    "squaredErrorOnLogProbabilities": (
        half_squared(lambda z: torch.log(softmax(z))), ALL, "-", [{}]),
    "decoupledKullbackLeibler": (decoupled, ALL, "Zhao 2022", [
        {"target": 1, "others": 8, "temperature": 4},
        {"target": 2, "others": 0.5, "temperature": 1}]),
    "pearsonCorrelation": (pearson_correlation, ("classes", "binary"), "Huang 2022", [
        {"betweenClasses": 1, "withinClasses": 1, "temperature": 1},
        {"betweenClasses": 2, "withinClasses": 0.5, "temperature": 4}]),
    "standardizedKullbackLeibler": (standardized, MANY, "Sun 2024", [{"temperature": 2}]),
    "exampleRelations": (example_relations, ALL, "Jin 2023", [{"temperature": 4}]),
    "classRelations": (class_relations, ALL, "Jin 2023", [{"temperature": 4}]),
    "multiLevel": (multi_level, ALL, "Jin 2023", [{}]),
    "virtualTeacher": (virtual_teacher, ALL, "Yuan 2020", [
        {"correct": 0.99, "temperature": 20}, {"correct": 0.9, "temperature": 1}]),
    "jensenShannon": (jensen_shannon, ALL, "Agarwal 2024", [
        {"teacherShare": 0.5, "temperature": 1}, {"teacherShare": 0.1, "temperature": 2}]),
    "skewKullbackLeibler": (skew, ALL, "Ko 2024", [
        {"skew": 0.1, "temperature": 1}, {"skew": 0.6, "temperature": 2}]),
    "skewReverseKullbackLeibler": (skew_reverse, ALL, "Ko 2024", [
        {"skew": 0.1, "temperature": 1}, {"skew": 0.6, "temperature": 2}]),
    "totalVariation": (total_variation, ALL, "Wen 2023", [{}]),
    "binaryCrossEntropy": (binary_cross_entropy, LABELS, "Yang 2023", [{}, {"temperature": 2.5}]),
    "embeddingCosine": (embedding_cosine, REALS, "-", [{}]),
    "topKullbackLeibler": (top, MANY, "-", [
        {"count": 2, "temperature": 1}, {"count": 1, "temperature": 3}]),
    "sortedProbabilities": (sorted_probabilities, ALL, "Boizard 2024", [{}]),
    "marginSquaredError": (margin, ("classes", "reals"), "Hofstätter 2020", [{}]),
    "weightedSoftLabels": (weighted_soft_labels, ALL, "Zhou 2021", [{"temperature": 2}]),
    "relationalDistance": (relational_distance, RELATIONS, "Park 2019", [{}]),
    "relationalAngle": (relational_angle, RELATIONS, "Park 2019", [{}]),
    "probabilisticTransfer": (probabilistic_transfer, RELATIONS, "Passalis 2018", [{}]),
    "similarityPreserving": (similarity_preserving, RELATIONS, "Tung 2019", [{}]),
    "correlationCongruence": (correlation_congruence, RELATIONS, "Peng 2019", [
        {"gamma": 0.4, "order": 2}, {"gamma": 0.7, "order": 4}]),
    "ensembleDistribution": (ensemble_distribution, ("classes",), "Malinin 2020", [
        {"temperature": 1, "smoothing": 0.0001}, {"temperature": 4, "smoothing": 0.01}]),
    "virtualTeacherAsInTeacherFree2020": (virtual_teacher_of_probabilities, ALL, "Tf-KD", [
        {"correct": 0.99, "temperature": 20}, {"correct": 0.9, "temperature": 1}]),
    "relationalDistanceAsInRepDistiller": (elsewhere.relational_distance_everywhere, RELATIONS,
                                           "RepDistiller", [{}]),
    "relationalAngleAsInRepDistiller": (
        elsewhere.relational_angle_everywhere, RELATIONS, "RepDistiller", [{}]),
    "relationalDistanceAsInMMRazor": (
        elsewhere.of_length_one(elsewhere.relational_distance_everywhere), RELATIONS, "mmrazor", [{}]),
    "relationalAngleAsInMMRazor": (
        elsewhere.of_length_one(elsewhere.relational_angle_everywhere), RELATIONS, "mmrazor", [{}]),
    "probabilisticTransferAsInRepDistiller": (
        elsewhere.probabilistic_transfer_everywhere, RELATIONS, "RepDistiller", [{}]),
    "similarityPreservingAsInTorchdistill": (
        elsewhere.similarity_preserving_rows, RELATIONS, "torchdistill", [{}]),
    "correlationCongruenceAsInTorchdistill": (
        elsewhere.correlation_congruence_distance, RELATIONS, "torchdistill", [
            {"gamma": 0.4, "order": 2}, {"gamma": 0.7, "order": 4}]),
    "bilinearCongruenceAsInTorchdistill": (
        elsewhere.bilinear_congruence_distance, RELATIONS, "torchdistill", [{}]),
    "successiveDifferences": (elsewhere.successive_differences, RELATIONS, "RepDistiller", [{}]),
    "modelOptDefault": (per_element, ALL, "ModelOpt", [{"temperature": 4}]),
    "teacherAssistant2020": (per_element, ALL, "TAKD", [{"temperature": 4}]),
    "haitongli": (per_element, ALL, "knowledge-distillation-pytorch", [{"temperature": 4}]),
    "teacherFree2020": (per_element, ALL, "Tf-KD", [{"temperature": 4}]),
    "bornAgain2018": (per_element_bare, ALL, "born_again_neuralnet", [{"temperature": 4}]),
    "textBrewer": (soft_entropy_bare, ALL, "TextBrewer", [{"temperature": 4}]),
    "torchdistillWithoutLabels": (per_example_bare, ALL, "torchdistill", [{"temperature": 4}]),
    "kdLib": (squared_probabilities, ALL, "KD_Lib", [{"temperature": 4}]),
    "torchtune": (soft_entropy_bare, ALL, "torchtune", [{}]),
    "neuralCompressor": (soft_entropy, ALL, "neural-compressor", [{"temperature": 4}]),
}


def inputs(kind):
    """Student, teacher, labels and members of one kind; numbers of three decimals."""
    kinds = ["classes", "binary", "confident", "reals", "labels"]
    generator = torch.Generator().manual_seed(kinds.index(kind))
    outputs, scale = (1 if kind == "binary" else CLASSES), (12.0 if kind == "confident" else 1.5)

    def draw(*shape):
        x = torch.randn(*shape, generator=generator) * scale
        return torch.round(x * 1000) / 1000
    labels = torch.randint(max(outputs, 2), (BATCH,), generator=generator)
    return draw(BATCH, outputs), draw(BATCH, outputs), labels, draw(MEMBERS, BATCH, outputs)


def description(name, settings):
    if name == "multiLevel":
        parts = ["kullbackLeibler", "exampleRelations", "classRelations"]
        return " + ".join(f"{part}(temperature: {T})" for T in [2, 3, 4, 5, 6] for part in parts)
    list_ = ", ".join(f"{key}: {value}" for key, value in settings.items())
    return f"{name}({list_})" if settings else name


if __name__ == "__main__":
    folder = pathlib.Path(__file__).parents[2] / "Conformance"
    for name, (formula, kinds, source, all_settings) in LOSSES.items():
        cases = []
        for settings in all_settings:
            for kind in kinds:
                student, teacher, labels, members = inputs(kind)
                student.requires_grad_(True)
                numbers = {key: float(value) for key, value in settings.items()}
                value = formula(student, teacher, labels, members, **numbers)
                gradient = torch.autograd.grad(value, student)[0]
                case = {
                    "loss": description(name, settings),
                    "settings": settings,
                    "meaning": {"reals": "reals", "labels": "labelLogits"}.get(kind, "logits"),
                    "student": student.tolist(),
                    "teacher": teacher.tolist(),
                    "labels": labels.tolist(),
                }
                if name == "ensembleDistribution":
                    case["members"] = members.tolist()
                case |= {"value": value.item(), "gradient": gradient.tolist()}
                cases.append(case)
        made_by = f"Tools/reference/conformance.py with PyTorch {torch.__version__}"
        file = {"name": name, "source": source, "madeBy": made_by}
        lines = ",\n".join("    " + json.dumps(case) for case in cases)
        head = json.dumps(file, ensure_ascii=False)[:-1]
        (folder / f"{name}.json").write_text(f'{head}, "cases": [\n{lines}\n]}}\n')
    print(f"wrote {len(LOSSES)} files to {folder.name}")
