"""PyTorch's expressions of the losses, as the code bases that publish them write these."""

import torch
import torch.nn.functional as F
from torch import nn

from worker import Version, numbers, serve, symmetric, threads

torch.set_num_threads(threads)


def shown(shape, seed):
    """Numbers in ±4."""
    return torch.tensor(symmetric(torch.Size(shape).numel(), 4, seed)).reshape(shape)


def kl(logs, targets):
    """KL(p‖q) from log q and p, mean over the batch."""
    return F.kl_div(logs, targets, reduction="batchmean")


# On logits: s, t and labels.

def softened(s, t, T):
    return kl(F.log_softmax(s / T, 1), F.softmax(t / T, 1)) * T * T


def reverse(s, t):
    return F.kl_div(F.log_softmax(t, 1), F.log_softmax(s, 1), reduction="batchmean",
                    log_target=True)


def jensen_shannon(s, t, beta=0.5):
    """As TRL has it."""
    s, t = F.log_softmax(s, -1), F.log_softmax(t, -1)
    b = torch.tensor(beta, dtype=s.dtype)
    mixture = torch.logsumexp(torch.stack([s + torch.log(1 - b), t + torch.log(b)]), dim=0)
    one = F.kl_div(mixture, t, reduction="batchmean", log_target=True)
    other = F.kl_div(mixture, s, reduction="batchmean", log_target=True)
    return beta * one + (1 - beta) * other


def skew(s, t, alpha=0.1):
    """As DistiLLM has it, with the entropy of the teacher."""
    p, q = F.softmax(t, -1), F.softmax(s, -1)
    mixed = alpha * p + (1 - alpha) * q
    return (p * (torch.log(p) - torch.log(mixed))).sum(-1).mean()


def skew_reverse(s, t, alpha=0.1):
    p, q = F.softmax(t, -1), F.softmax(s, -1)
    mixed = (1 - alpha) * p + alpha * q
    return (q * (F.log_softmax(s, -1) - torch.log(mixed))).sum(-1).mean()


def decoupled(s, t, y, alpha=1.0, beta=8.0, T=4.0):
    """As mdistiller has it."""
    mask = torch.zeros_like(s).scatter_(1, y.unsqueeze(1), 1).bool()
    other = torch.ones_like(s).scatter_(1, y.unsqueeze(1), 0).bool()

    def cat(p):
        return torch.cat([(p * mask).sum(1, keepdim=True), (p * other).sum(1, keepdim=True)], 1)
    p, q = F.softmax(s / T, 1), F.softmax(t / T, 1)
    target = F.kl_div(torch.log(cat(p)), cat(q), reduction="sum") * T * T / len(s)
    others = F.kl_div(F.log_softmax(s / T - 1000.0 * mask, 1), F.softmax(t / T - 1000.0 * mask, 1),
                      reduction="sum") * T * T / len(s)
    return alpha * target + beta * others


def dist(s, t):
    """As its authors have it."""
    def pearson(x, y):
        return F.cosine_similarity(x - x.mean(1, keepdim=True), y - y.mean(1, keepdim=True), eps=1e-8)
    p, q = s.softmax(1), t.softmax(1)
    return (1 - pearson(p, q)).mean() + (1 - pearson(p.t(), q.t())).mean()


def standardized(s, t, T=2.0):
    def z(x):
        return (x - x.mean(-1, keepdim=True)) / (1e-7 + x.std(-1, keepdim=True, correction=0))
    return softened(z(s), z(t), T)


def relations(s, t, T, classes):
    p, q = F.softmax(s / T, 1), F.softmax(t / T, 1)
    if classes:
        return ((p.t() @ p - q.t() @ q) ** 2).sum() / p.shape[1]
    return ((p @ p.t() - q @ q.t()) ** 2).sum() / p.shape[0]


def multi_level(s, t):
    return sum(softened(s, t, T) + relations(s, t, T, False) + relations(s, t, T, True)
               for T in (2.0, 3.0, 4.0, 5.0, 6.0))


def virtual_teacher(s, y, correct=0.99, T=20.0):
    """As Tf-KD has it."""
    K = s.shape[1]
    soft = torch.ones_like(s) * (1 - correct) / (K - 1)
    soft[torch.arange(len(s)), y] = correct
    # Tf-KD softens the logarithms of the virtual teacher by its softmax.
    return kl(F.log_softmax(s / T, 1), F.softmax(torch.log(soft) / T, 1)) * T * T


def weighted(s, t, y, T=2.0):
    """As WSLD has it."""
    logs, targets = F.log_softmax(s / T, 1), F.softmax(t / T, 1)
    soft = (targets * (F.log_softmax(t / T, 1) - logs)).sum(1) * T * T
    own = F.nll_loss(F.log_softmax(s.detach(), 1), y, reduction="none")
    other = F.nll_loss(F.log_softmax(t, 1), y, reduction="none")
    focal = 1 - torch.exp(-own / (other + 1e-7))
    return (soft * focal).mean()


def top(s, t, count=10):
    logs, targets = F.log_softmax(s, 1), F.log_softmax(t, 1)
    best, places = targets.topk(count, 1)
    own = logs.gather(1, places)

    def tail(x):
        return torch.log1p(-x.exp().sum(1, keepdim=True))
    p = torch.cat([best, tail(best)], 1)
    return F.kl_div(torch.cat([own, tail(own)], 1), p, reduction="batchmean", log_target=True)


def margin(s, t):
    return F.mse_loss(s[:, :1] - s[:, 1:], t[:, :1] - t[:, 1:])


def ensemble_distribution(s, members, smoothing=1e-4):
    """As prior networks have it; members are log-probabilities `[batch, members, classes]`."""
    probabilities = (1 - smoothing) * members.exp() + smoothing / members.shape[2]
    alpha = torch.exp(s)
    constant = torch.lgamma(alpha.sum(1)) - torch.lgamma(alpha).sum(1)
    likelihood = ((alpha - 1).unsqueeze(1) * torch.log(probabilities)).sum(2)
    return -(constant.unsqueeze(1) + likelihood).mean()


def curriculum(s, t, position):
    T = 1 + 20 * torch.sigmoid(position)
    return kl(F.log_softmax(s / T, 1), F.softmax(t / T, 1)) * T * T


def half_square(a, b):
    return F.mse_loss(a, b, reduction="sum") / (2 * len(a))


ON_LOGITS = {
    "cross-entropy": lambda s, t, y, m: F.cross_entropy(s, y),
    "label-smoothing": lambda s, t, y, m: F.cross_entropy(s, y, label_smoothing=0.1),
    "soft-cross-entropy": lambda s, t, y, m: F.cross_entropy(s / 4, F.softmax(t / 4, 1)) * 16,
    "kl": lambda s, t, y, m: softened(s, t, 4.0),
    "reverse-kl": lambda s, t, y, m: reverse(s, t),
    "jeffreys": lambda s, t, y, m: softened(s, t, 1.0) + reverse(s, t),
    "jensen-shannon": lambda s, t, y, m: jensen_shannon(s, t),
    "skew-kl": lambda s, t, y, m: skew(s, t),
    "skew-reverse-kl": lambda s, t, y, m: skew_reverse(s, t),
    "total-variation": lambda s, t, y, m:
        0.5 * (F.softmax(s, 1) - F.softmax(t, 1)).abs().sum(1).mean(),
    "square-logits": lambda s, t, y, m: half_square(s, t),
    "square-probabilities": lambda s, t, y, m: half_square(F.softmax(s, 1), F.softmax(t, 1)),
    "square-logs": lambda s, t, y, m: half_square(F.log_softmax(s, 1), F.log_softmax(t, 1)),
    "decoupled": lambda s, t, y, m: decoupled(s, t, y),
    "dist": lambda s, t, y, m: dist(s, t),
    "standardized": lambda s, t, y, m: standardized(s, t),
    "example-relations": lambda s, t, y, m: relations(s, t, 4.0, False),
    "class-relations": lambda s, t, y, m: relations(s, t, 4.0, True),
    "multi-level": lambda s, t, y, m: multi_level(s, t),
    "virtual-teacher": lambda s, t, y, m: virtual_teacher(s, y),
    "weighted-soft-labels": lambda s, t, y, m: weighted(s, t, y),
    "top-10": lambda s, t, y, m: top(s, t),
    "margin": lambda s, t, y, m: margin(s, t),
    "ensemble-distribution": lambda s, t, y, m: ensemble_distribution(s, m),
    "peers": lambda s, t, y, m: F.kl_div(
        F.log_softmax(s, 1).unsqueeze(1).expand_as(m), m, reduction="sum", log_target=True)
        / (m.shape[0] * m.shape[1]),
}


# On embeddings, as RepDistiller has them; a factor where it averages over other pairs than we do.

def distances(e, eps=1e-12):
    """Without the square root at the diagonal."""
    squares = e.pow(2).sum(1)
    apart = (squares.unsqueeze(1) + squares.unsqueeze(0) - 2 * e @ e.t()).clamp(min=eps).sqrt()
    apart = apart.clone()
    apart[range(len(e)), range(len(e))] = 0
    return apart


def rkd_distance(s, t):
    with torch.no_grad():
        d = distances(t)
        d = d / d[d > 0].mean()
    own = distances(s)
    own = own / own[own > 0].mean()
    return F.smooth_l1_loss(own, d) * len(s) / (len(s) - 1)


def rkd_angle(s, t):
    def angles(x):
        difference = x.unsqueeze(0) - x.unsqueeze(1)
        unit = F.normalize(difference, p=2, dim=2)
        return torch.bmm(unit, unit.transpose(1, 2)).view(-1)
    with torch.no_grad():
        target = angles(t)
    B = len(s)
    return F.smooth_l1_loss(angles(s), target) * B ** 2 / ((B - 1) * (B - 2))


def pkt(s, t, eps=1e-7):
    """Without an example among its own neighbours."""
    apart = ~torch.eye(len(s), dtype=torch.bool)

    def neighbours(x):
        x = x / (torch.sqrt((x ** 2).sum(1, keepdim=True)) + eps)
        similarity = (x @ x.t() + 1) / 2 * apart
        return similarity / similarity.sum(1, keepdim=True)
    p, q = neighbours(s), neighbours(t)
    return (q * torch.log((q + eps) / (p + eps))).sum() / len(s)


def similarity(s, t):
    return (F.normalize(t @ t.t()) - F.normalize(s @ s.t())).pow(2).sum() / len(s) ** 2


def congruence(s, t, gamma=0.4, order=2):
    """As torchdistill has it."""
    def kernel(x):
        x = F.normalize(x)
        products, total, factorial = x @ x.t(), 0, 1.0
        for p in range(order + 1):
            factorial *= max(p, 1)
            total = total + (2 * gamma) ** p / factorial * products ** p
        return total * torch.exp(torch.tensor(-2 * gamma))
    return (kernel(s) - kernel(t)).pow(2).mean()


ON_VECTORS = {"rkd-distance": rkd_distance, "rkd-angle": rkd_angle, "pkt": pkt,
              "similarity": similarity, "correlation-congruence": congruence}


def channel_wise(s, t, T=4.0):
    """As its authors have it."""
    N, C, H, W = s.shape
    target = F.softmax(t.view(-1, H * W) / T, dim=1)
    logs = torch.nn.LogSoftmax(dim=1)
    return torch.sum(target * logs(t.view(-1, W * H) / T)
                     - target * logs(s.view(-1, W * H) / T)) * T * T / (C * N)


# On maps, as RepDistiller has them.

def attention(s, t):
    def at(f):
        return F.normalize(f.pow(2).mean(1).view(f.size(0), -1))
    return (at(s) - at(t)).pow(2).mean()


def nst(s, t):
    s = F.normalize(s.view(*s.shape[:2], -1), dim=2)
    t = F.normalize(t.view(*t.shape[:2], -1), dim=2).detach()

    def kernel(a, b):
        return (a.unsqueeze(1) * b.unsqueeze(2)).sum(-1).pow(2)
    # In parts: it does not fit in memory otherwise.
    return sum(kernel(b, b).mean() + kernel(a, a).mean() - 2 * kernel(a, b).mean()
               for a, b in zip(s.split(4), t.split(4))) * 4 / len(s)


def solution_flow(s, t):
    def fsp(a, b):
        a, b = a.unsqueeze(1), b.unsqueeze(2)
        a, b = a.view(len(a), 1, a.shape[2], -1), b.view(len(b), b.shape[1], 1, -1)
        return (a * b).mean(-1)
    return sum((fsp(a, a) - fsp(b, b)).pow(2).mean()
               for a, b in zip(s.split(4), t.split(4))) * 4 / len(s)


def boundaries(s, t, margin=1.0):
    loss = ((s + margin).pow(2) * ((s > -margin) & (t <= 0)).float()
            + (s - margin).pow(2) * ((s <= margin) & (t > 0)).float())
    return loss.sum() / len(s)


def overhaul(s, t, margin=-0.5):
    """As its authors have it."""
    t = torch.max(t, torch.full((1, t.shape[1], 1, 1), margin))
    loss = F.mse_loss(s, t, reduction="none")
    return (loss * ((s > t) | (t > 0)).float()).sum() / len(s)


def variational():
    mean, alpha = nn.Conv2d(128, 128, 1), torch.full((128,), 5 - 1e-5).expm1().log()
    with torch.no_grad():
        mean.weight.copy_(shown([128, 128, 1, 1], 60))
        mean.bias.zero_()
    alpha.requires_grad_()

    def loss(s, t):
        variance = (F.softplus(alpha) + 1e-5).view(1, -1, 1, 1)
        return (0.5 * ((mean(s) - t) ** 2 / variance + torch.log(variance))).mean()

    return loss, [*mean.parameters(), alpha]


class Review(nn.Module):
    """As mdistiller has it."""

    def __init__(self, channels):
        super().__init__()
        width = channels[-1]
        stages, index = [], 70
        for level, c in enumerate(channels):
            fuses = level < len(channels) - 1
            stage = nn.ModuleDict({
                "narrow": nn.Sequential(nn.Conv2d(c, width, 1, bias=False), nn.BatchNorm2d(width)),
                "attend": nn.Conv2d(2 * width, 2, 1) if fuses else nn.Identity(),
                "widen": nn.Sequential(nn.Conv2d(width, c, 3, padding=1, bias=False),
                                       nn.BatchNorm2d(c))})
            stages.append(stage)
            for parameter in stage.parameters():
                with torch.no_grad():
                    if parameter.dim() == 4:
                        bound = parameter[0].numel() ** -0.5
                        values = symmetric(parameter.numel(), bound, index)
                        parameter.copy_(torch.tensor(values).reshape(parameter.shape))
                    elif parameter.shape == (2,):
                        parameter.zero_()
                index += 1
        self.stages = nn.ModuleList(stages)

    def forward(self, own, other):
        deeper, total = None, 0
        for stage, s, t in list(zip(self.stages, own, other))[::-1]:
            x = stage["narrow"](s)
            if deeper is not None:
                y = F.interpolate(deeper, x.shape[2:], mode="nearest")
                z = torch.sigmoid(stage["attend"](torch.cat([x, y], 1)))
                n, _, h, w = x.shape
                x = x * z[:, 0].view(n, 1, h, w) + y * z[:, 1].view(n, 1, h, w)
            if x.shape[-1] != t.shape[-1]:
                x = F.interpolate(x, t.shape[2:], mode="nearest")
            deeper = x
            total = total + self.hierarchical(stage["widen"](x), t)
        return total

    @staticmethod
    def hierarchical(s, t):
        loss, weight, total = F.mse_loss(s, t), 1.0, 1.0
        for places in (4, 2, 1):
            if places >= s.shape[2]:
                continue
            weight /= 2
            loss = loss + weight * F.mse_loss(F.adaptive_avg_pool2d(s, places),
                                              F.adaptive_avg_pool2d(t, places))
            total += weight
        return loss / total


def softmax_regression():
    """As its authors have it."""
    head = nn.Linear(128, 100).requires_grad_(False)
    connector = nn.Sequential(nn.Conv2d(128, 128, 1), nn.BatchNorm2d(128), nn.ReLU())
    with torch.no_grad():
        head.weight.copy_(shown([100, 128], 59))
        head.bias.zero_()
        connector[0].weight.copy_(shown([128, 128, 1, 1], 60))
        connector[0].bias.zero_()
    values = shown([64, 100], 58)

    def loss(s, t):
        r = connector(s)
        own = r.view(len(r), 128, -1).mean(2)
        gap = (own - t.view(len(t), 128, -1).mean(2)).pow(2).mean(1).mean()
        return gap + F.mse_loss(head(F.adaptive_avg_pool2d(r, 1).flatten(1)), values)

    return loss, list(connector.parameters())


class Contrast(nn.Module):
    """As RepDistiller has it."""

    def __init__(self, student, teacher, n=50000, K=16384, d=128, T=0.07, momentum=0.5):
        super().__init__()
        self.embed_s, self.embed_t = nn.Linear(student, d), nn.Linear(teacher, d)
        self.n, self.K, self.T, self.momentum, self.Z = n, K, T, momentum, [None, None]
        bound = 1 / (d / 3) ** 0.5
        self.register_buffer("memory_s", torch.rand(n, d).mul_(2 * bound).add_(-bound))
        self.register_buffer("memory_t", torch.rand(n, d).mul_(2 * bound).add_(-bound))

    def forward(self, s, t, y):
        v = [F.normalize(self.embed_s(s)), F.normalize(self.embed_t(t))]
        B, places = len(y), torch.randint(self.n, (len(y), self.K + 1))
        places.select(1, 0).copy_(y)
        total = 0
        for side, bank in ((0, self.memory_t), (1, self.memory_s)):
            weight = torch.index_select(bank, 0, places.view(-1)).detach()
            weight = weight.view(B, self.K + 1, -1)
            out = torch.exp(torch.bmm(weight, v[side].unsqueeze(2)).squeeze(2) / self.T)
            if self.Z[side] is None:
                self.Z[side] = out.mean().detach() * self.n
            out = out / self.Z[side]
            noise = self.K / self.n
            positive = torch.log(out[:, 0] / (out[:, 0] + noise + 1e-7))
            negative = torch.log(noise / (out[:, 1:] + noise + 1e-7))
            total = total - (positive.sum() + negative.sum()) / B
        with torch.no_grad():
            for bank, latest in ((self.memory_s, v[0]), (self.memory_t, v[1])):
                new = bank[y] * self.momentum + latest * (1 - self.momentum)
                bank.index_copy_(0, y, F.normalize(new))
        return total


def timed(loss, wanted, is_checked=True, measures_memory=False):
    def run():
        torch.autograd.grad(loss(), wanted)
    check = loss().item() if is_checked else None
    return Version("PyTorch: eager", run, 1, check, measures_memory)


def on_logits(formula):
    def versions():
        s, t = shown([128, 1000], 50).requires_grad_(), shown([128, 1000], 51)
        y = torch.tensor((numbers(128, 52) * 1000).astype("int64"))
        m = shown([128, 5, 1000], 53).log_softmax(2)
        yield timed(lambda: formula(s, t, y, m), [s])
    return versions


def by_curriculum():
    s, t = shown([128, 1000], 50).requires_grad_(), shown([128, 1000], 51)
    position = torch.tensor(1.0, requires_grad=True)
    yield timed(lambda: curriculum(s, t, position), [s, position])


def on_vectors(formula):
    def versions():
        s, t = shown([128, 512], 54).requires_grad_(), shown([128, 512], 55)
        yield timed(lambda: formula(s, t), [s],
                    measures_memory=formula in (rkd_distance, rkd_angle))
    return versions


def on_maps(formula, parameters=()):
    def versions():
        s, t = shown([64, 128, 16, 16], 56).requires_grad_(), shown([64, 128, 16, 16], 57)
        yield timed(lambda: formula(s, t), [s, *parameters], measures_memory=formula in (nst, solution_flow))
    return versions


def by_regression():
    return on_maps(*softmax_regression())()


def by_review():
    sizes = [(64, 32, 32, 32), (64, 64, 16, 16), (64, 128, 8, 8)]
    own = [shown(size, 61 + level).requires_grad_() for level, size in enumerate(sizes)]
    other = [shown(size, 64 + level) for level, size in enumerate(sizes)]
    review = Review([32, 64, 128])
    yield timed(lambda: review(own, other), [*own, *review.parameters()])


def by_contrast():
    s, t, y = shown([64, 256], 67).requires_grad_(), shown([64, 512], 68), torch.arange(64)
    contrast = Contrast(256, 512)
    yield timed(lambda: contrast(s, t, y), [s, *contrast.parameters()], is_checked=False,
                measures_memory=True)


serve({
    **{f"loss-{name}": on_logits(formula) for name, formula in ON_LOGITS.items()},
    "loss-curriculum": by_curriculum,
    **{f"loss-{name}": on_vectors(formula) for name, formula in ON_VECTORS.items()},
    "loss-channel-wise": on_maps(channel_wise),
    "loss-reused-head": on_maps(F.mse_loss),
    "loss-hints": on_maps(F.mse_loss),
    "loss-attention": on_maps(attention),
    "loss-nst": on_maps(nst),
    "loss-solution-flow": on_maps(solution_flow),
    "loss-boundaries": on_maps(boundaries),
    "loss-overhaul": on_maps(overhaul),
    "loss-variational": lambda: on_maps(*variational())(),
    "loss-softmax-regression": by_regression,
    "loss-review": by_review,
    "loss-contrastive": by_contrast,
})
