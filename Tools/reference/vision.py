"""Reference numbers for the tests of Vision.

Writes Tests/VisionTests/Fixtures/precision.json, made by pycocotools, and boxes.json and losses.json,
made by PyTorch and plain loops:

    python3 Tools/reference/vision.py

The files say which versions made them.
"""

import contextlib
import importlib.metadata
import io
import json
import pathlib
import re

import numpy
import torch
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

FIXTURES = pathlib.Path(__file__).parents[2] / "Tests/VisionTests/Fixtures"


def write(name, content):
    versions = {n: importlib.metadata.version(n) for n in ("torch", "numpy", "pycocotools")}
    text = json.dumps({"madeBy": versions, **content}, indent=1)
    text = re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda m: "[" + " ".join(m[1].split()) + "]", text)
    (FIXTURES / name).write_text(text + "\n")


# Average precision ------------------------------------------------------------------------------


def random_scenes(generator, images, classes, crowds, size):
    """Boxes, and detections near some of them, in quarters of pixels so that they are exact."""
    truth, found = [], []
    for image in range(images):
        boxes = []
        for _ in range(generator.integers(0, 6)):
            width, height = generator.integers(8, 4 * size, 2) / 4
            left, top = generator.integers(0, 200, 2) / 4
            crowd = bool(crowds and generator.random() < 0.2)
            boxes.append((left, top, width, height, int(generator.integers(classes)), crowd))
        truth.append(boxes)
        detections = []
        for left, top, width, height, label, _ in boxes:
            for _ in range(generator.integers(0, 4)):
                shift = generator.normal(0, 0.12, 4) * [width, height, width, height]
                box = numpy.round(4 * (numpy.array([left, top, width, height]) + shift)) / 4
                box[2:] = numpy.maximum(box[2:], 1)
                other = int(generator.integers(classes))
                detections.append((*box, label if generator.random() < 0.85 else other))
        for _ in range(generator.integers(0, 4)):
            box = generator.integers(8, 4 * size, 4) / 4
            detections.append((*box, int(generator.integers(classes))))
        # Few different scores, so that many are equal.
        found.append([(*d, int(generator.integers(1, 20)) / 20) for d in detections])
    return truth, found


def coco_numbers(truth, found, classes):
    annotations = [
        {
            "id": number,
            "image_id": image + 1,
            "category_id": int(label),
            "bbox": [float(v) for v in (left, top, width, height)],
            "area": float(width * height),
            "iscrowd": int(crowd),
        }
        for number, (image, (left, top, width, height, label, crowd)) in enumerate(
            ((i, box) for i, boxes in enumerate(truth) for box in boxes), 1
        )
    ]
    results = [
        {
            "image_id": image + 1,
            "category_id": int(label),
            "bbox": [float(v) for v in box],
            "score": float(score),
        }
        for image, detections in enumerate(found)
        for *box, label, score in detections
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "info": {},
            "images": [{"id": i + 1} for i in range(len(truth))],
            "categories": [{"id": c} for c in range(classes)],
            "annotations": annotations,
        }
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    precision = evaluation.eval["precision"][:, :, :, 0, -1]
    by_class = {
        str(c): precision[:, :, c].mean() for c in range(classes) if (precision[:, :, c] > -1).any()
    }
    return [float(v) for v in evaluation.stats[:6]], by_class


def precision_cases():
    for seed, (images, classes, crowds, size) in enumerate(
        [(1, 1, False, 40), (6, 2, False, 40), (25, 4, False, 130), (25, 3, True, 130)]
    ):
        truth, found = random_scenes(numpy.random.default_rng(seed + 2), images, classes, crowds, size)
        stats, by_class = coco_numbers(truth, found, classes)
        yield {
            "truth": [[[float(v) for v in box] for box in boxes] for boxes in truth],
            "detections": [[[float(v) for v in d] for d in detections] for detections in found],
            "stats": stats,
            "byClass": by_class,
        }


# Boxes ------------------------------------------------------------------------------------------


def corners(box):
    return [min(box[0], box[2]), min(box[1], box[3]), max(box[0], box[2]), max(box[1], box[3])]


def overlap(a, b):
    width = max(min(a[2], b[2]) - max(a[0], b[0]), 0)
    height = max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    area = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height
    return width * height / area, area


def generalized(a, b):
    ratio, area = overlap(a, b)
    hull = (max(a[2], b[2]) - min(a[0], b[0])) * (max(a[3], b[3]) - min(a[1], b[1]))
    return ratio - (hull - area) / hull


def suppressed(boxes, labels, scores, most):
    left = sorted(range(len(boxes)), key=lambda i: -scores[i])
    kept = []
    while left:
        best, *left = left
        kept.append(best)
        left = [i for i in left if labels[i] != labels[best] or overlap(boxes[i], boxes[best])[0] <= most]
    return kept


def box_content():
    generator = numpy.random.default_rng(7)
    boxes = [corners([float(v) for v in generator.integers(0, 40, 4) / 2]) for _ in range(30)]
    boxes = [b for b in boxes if b[0] < b[2] and b[1] < b[3]]
    labels = [int(v) for v in generator.integers(0, 2, len(boxes))]
    scores = [int(v) / 10 for v in generator.integers(0, 11, len(boxes))]
    return {
        "boxes": boxes,
        "labels": labels,
        "scores": scores,
        "overlaps": [[overlap(a, b)[0] for b in boxes] for a in boxes],
        "generalized": [[generalized(a, b) for b in boxes] for a in boxes],
        "kept": suppressed(boxes, labels, scores, 0.3),
    }


# Losses -----------------------------------------------------------------------------------------

SIZE, STRIDES, CLASSES = 16, (4, 8), 2


def points():
    return [
        (s * (column + 0.5), s * (row + 0.5), s)
        for s in STRIDES
        for row in range(SIZE // s)
        for column in range(SIZE // s)
    ]


def targets(boxes):
    """The class and the distances at each point."""
    all_points = points()
    owner = [None] * len(all_points)
    area = lambda b: (b[2] - b[0]) * (b[3] - b[1])
    for box in sorted(boxes, key=lambda b: -area(b)):
        longest = max(box[2] - box[0], box[3] - box[1])
        stride = next((s for s in STRIDES if longest <= 4 * s), STRIDES[-1])
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        away = lambda p: max(abs(p[0] - middle[0]), abs(p[1] - middle[1]))
        level = [i for i, p in enumerate(all_points) if p[2] == stride]
        own = [
            i
            for i in level
            if box[0] < all_points[i][0] < box[2]
            and box[1] < all_points[i][1] < box[3]
            and away(all_points[i]) < 1.5 * stride
        ]
        if not own:
            own = sorted((i for i in level if owner[i] is None), key=lambda i: away(all_points[i]))[:1]
        for i in own:
            owner[i] = box
    classes = [0 if o is None else o[4] + 1 for o in owner]
    distances = [
        [0.0] * 4
        if o is None
        else [(x - o[0]) / s, (y - o[1]) / s, (o[2] - x) / s, (o[3] - y) / s]
        for o, (x, y, s) in zip(owner, all_points)
    ]
    return torch.tensor(classes), torch.tensor(distances, dtype=torch.float64)


def loss_content():
    torch.manual_seed(3)
    truth = [
        [[1.0, 2.0, 9.0, 12.0, 1], [8.0, 1.0, 15.0, 7.0, 0]],
        [[0.5, 0.5, 3.0, 3.5, 0], [2.0, 2.0, 14.0, 15.0, 1], [4.5, 4.5, 15.5, 16.0, 0]],
        [],
        [[0.0, 0.0, 16.0, 16.0, 1], [4.75, 4.75, 5.25, 5.5, 1]],
    ]
    count = len(points())
    shape = (len(truth), count, CLASSES + 5)
    draw = lambda: (torch.randn(shape, dtype=torch.float64) * 1024).round() / 1024
    student, teacher = draw().requires_grad_(), draw()
    teacher[..., CLASSES + 1 :] = teacher[..., CLASSES + 1 :].abs()
    classes, distances = (torch.stack(t) for t in zip(*(targets(boxes) for boxes in truth)))
    is_object = (classes > 0).double()

    def per_object(terms):
        return ((terms * is_object).sum(1) / is_object.sum(1).clamp(min=1)).mean()

    def cross_entropy(background):
        weights = torch.where(classes == 0, background, 1.0)
        logs = student[..., : CLASSES + 1].log_softmax(2)
        return -(torch.gather(logs, 2, classes[..., None])[..., 0] * weights).mean()

    def soft(background, temperature):
        weights = torch.tensor([background] + [1.0] * CLASSES, dtype=torch.float64)
        own = (student[..., : CLASSES + 1] / temperature).log_softmax(2)
        other = (teacher[..., : CLASSES + 1] / temperature).softmax(2)
        return -((weights * other * own).sum(2)).mean() * temperature**2

    own, other = student[..., CLASSES + 1 :], teacher[..., CLASSES + 1 :]

    def smooth():
        each = torch.nn.functional.smooth_l1_loss(own, distances, reduction="none")
        return per_object(each.sum(2))

    def generalized_loss():
        def sides(d):
            return (d[0] + d[2]).clamp(min=0) * (d[1] + d[3]).clamp(min=0)

        def one(d, t):
            intersection = (torch.min(d[0], t[0]) + torch.min(d[2], t[2])).clamp(min=0) * (
                torch.min(d[1], t[1]) + torch.min(d[3], t[3])
            ).clamp(min=0)
            area = sides(d) + sides(t) - intersection
            hull = (torch.max(d[0], t[0]) + torch.max(d[2], t[2])) * (
                torch.max(d[1], t[1]) + torch.max(d[3], t[3])
            )
            return 1 - (intersection / area - (hull - area) / hull)

        total = 0
        for image in range(len(truth)):
            places = [i for i in range(count) if classes[image][i] > 0]
            for i in places:
                total = total + one(own[image][i], distances[image][i]) / len(places) / len(truth)
        return total

    def bounded(margin):
        error = ((own - distances) ** 2).sum(2)
        bound = ((other - distances) ** 2).sum(2)
        return per_object(torch.where(error + margin > bound, error, torch.zeros(())))

    losses = {
        "pointCrossEntropy(background: 1)": cross_entropy(1.0),
        "pointCrossEntropy(background: 0.25)": cross_entropy(0.25),
        "pointSoftCrossEntropy(background: 1.5)": soft(1.5, 1.0),
        "pointSoftCrossEntropy(background: 1, temperature: 2)": soft(1.0, 2.0),
        "boxRegression": smooth(),
        "boxRegressionByGeneralizedIoU": generalized_loss(),
        "boundedBoxRegression(margin: 0)": bounded(0.0),
        "boundedBoxRegression(margin: 1.5)": bounded(1.5),
    }
    return {
        "truth": truth,
        "classes": classes.tolist(),
        "distances": distances.flatten(1).tolist(),
        "student": student.detach().flatten(1).tolist(),
        "teacher": teacher.flatten(1).tolist(),
        "losses": {
            name: {
                "value": value.item(),
                "gradient": torch.autograd.grad(value, student, retain_graph=True)[0]
                .flatten(1)
                .tolist(),
            }
            for name, value in losses.items()
        },
    }


if __name__ == "__main__":
    write("precision.json", {"cases": list(precision_cases())})
    write("boxes.json", box_content())
    write("losses.json", loss_content())
