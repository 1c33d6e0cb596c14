"""What well-known code computes on the relations between examples, with the PyTorch calls it makes.

A part of conformance.py. Each takes student, teacher, labels and members of a batch, as the formulas
there do.
"""

import math

import torch
import torch.nn.functional as F


def squared_distances(x):
    return torch.stack([torch.stack([(a - b).square().sum() for b in x]) for a in x])


def relational_distance_everywhere(s, t, labels, members):
    def distances(x):
        squares = squared_distances(x)
        apart = 1 - torch.eye(len(x))
        d = squares.clamp(min=1e-12).sqrt() * apart
        return d / d[d > 0].mean()
    return F.smooth_l1_loss(distances(s), distances(t))


def relational_angle_everywhere(s, t, labels, members):
    def cosines(x):
        e = F.normalize(x[None] - x[:, None], p=2, dim=2)
        return e @ e.transpose(1, 2)
    return F.smooth_l1_loss(cosines(s), cosines(t))


def of_length_one(loss):
    return lambda s, t, labels, members: loss(F.normalize(s), F.normalize(t), labels, members)


def probabilistic_transfer_everywhere(s, t, labels, members, small=1e-7):
    def neighbours(x):
        x = x / (x.square().sum(1, keepdim=True).sqrt() + small)
        similar = (x @ x.T + 1) / 2
        return similar / similar.sum(1, keepdim=True)
    p, q = neighbours(t), neighbours(s)
    return torch.mean(p * torch.log((p + small) / (q + small)))


def similarity_preserving_rows(s, t, labels, members):
    a, b = (F.normalize(x @ x.T, p=1.0, dim=1) for x in (s, t))
    return torch.norm(a - b) ** 2 / len(s) ** 2


def correlation_congruence_distance(s, t, labels, members, gamma, order):
    def kernel(x):
        return math.exp(-2 * gamma) * sum(
            (2 * gamma) ** p / math.factorial(p) * (x @ x.T) ** p for p in range(int(order) + 1))
    return torch.dist(kernel(s), kernel(t), 2) / len(s) ** 2


def bilinear_congruence_distance(s, t, labels, members):
    return torch.dist(s @ s.T, t @ t.T, 2) / len(s) ** 2


def successive_differences(s, t, labels, members):
    apart = torch.abs(s - t)
    return torch.mean((apart[:-1] * apart[1:]).sum(1))
