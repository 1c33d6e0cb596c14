"""Turns four tables of R into CSV, and trains a boosted ensemble on the training part of each.

    python tables_teachers.py FOLDER-OF-RDA OUT

Run by tables.py, in an environment with rdata, XGBoost and LightGBM. Writes OUT/NAME/train.csv,
test.csv and teacher.ubj or teacher.txt, and OUT/tables.json last: versions, seeds, settings, the
teacher's accuracy on the test part, and how long the library itself takes for a row.
"""

import json
import sys
import time
import warnings
from pathlib import Path

import lightgbm
import numpy
import rdata
import xgboost

warnings.filterwarnings("ignore")
SEED = 1
TEST_SHARE = 0.2

# The column of the class, the library, and its settings. Nothing was chosen by the test parts.
TABLES = {
    "letters": ("lettr", "xgboost", 100, {"max_depth": 6, "eta": 0.25}),
    "shuttle": ("Class", "xgboost", 60, {"max_depth": 5, "eta": 0.2}),
    "satellite": ("classes", "lightgbm", 120, {"num_leaves": 31, "learning_rate": 0.08}),
    "spam": ("type", "lightgbm", 250, {"num_leaves": 24, "learning_rate": 0.08}),
}


def main(source: Path, out: Path) -> None:
    facts = {
        "xgboost": xgboost.__version__, "lightgbm": lightgbm.__version__, "seed": SEED,
        "testShare": TEST_SHARE, "tables": {},
    }
    for name, (column, library, rounds, settings) in TABLES.items():
        frame = next(iter(rdata.read_rda(source / f"{name}.rda").values()))
        frame.columns = [str(c) for c in frame.columns]
        columns = [c for c in frame.columns if c != column]
        x = frame[columns].to_numpy(dtype="float64")
        names = frame[column].astype(str).to_numpy()
        classes = sorted(set(names))
        y = numpy.searchsorted(classes, names)
        order = numpy.random.default_rng(SEED).permutation(len(x))
        cut = round(len(x) * TEST_SHARE)
        parts = {"test": order[:cut], "train": order[cut:]}
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        for part, rows in parts.items():
            with open(folder / f"{part}.csv", "w") as file:
                file.write(",".join(columns + ["class"]) + "\n")
                for row in rows:
                    numbers = ",".join(f"{v:.9g}" for v in x[row])
                    file.write(f"{numbers},{names[row]}\n")
        train, test = parts["train"], parts["test"]
        teach = xgb if library == "xgboost" else lgb
        predicted, microseconds, file = teach(
            x[train].astype("float32"), y[train], x[test].astype("float32"), classes, columns,
            rounds, settings, folder)
        accuracy = float((predicted == y[test]).mean())
        facts["tables"][name] = {
            "rows": len(x), "columns": len(columns), "classes": classes, "library": library,
            "rounds": rounds, "settings": settings, "teacher": file, "testAccuracy": accuracy,
            "libraryMicrosecondsPerRow": microseconds,
        }
        print(f"  {name}: {len(x):,} rows of {len(columns)} columns, {len(classes)} classes; the"
              f" teacher's accuracy is {accuracy:.4f}, {microseconds:.1f} µs a row", flush=True)
    (out / "tables.json").write_text(json.dumps(facts, indent=1) + "\n")


def best_time(predict, rows: int) -> float:
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        predict()
        best = min(best, time.perf_counter() - start)
    return best / rows * 1e6


def xgb(x, y, test, classes, columns, rounds, settings, folder):
    several = len(classes) > 2
    settings = {**settings, "seed": SEED, "subsample": 0.8, "nthread": 2, "tree_method": "hist",
                "objective": "multi:softprob" if several else "binary:logistic"}
    if several:
        settings["num_class"] = len(classes)
    model = xgboost.train(settings, xgboost.DMatrix(x, y, feature_names=columns), rounds)
    model.save_model(folder / "teacher.ubj")
    model.set_param({"nthread": 1})
    right = model.inplace_predict(test, validate_features=False)
    predicted = right.argmax(1) if several else (right > 0.5).astype(int)
    return predicted, best_time(
        lambda: model.inplace_predict(test, validate_features=False), len(test)), "teacher.ubj"


def lgb(x, y, test, classes, columns, rounds, settings, folder):
    settings = {**settings, "seed": SEED, "bagging_fraction": 0.8, "bagging_freq": 1,
                "num_threads": 2, "deterministic": True, "force_row_wise": True, "verbose": -1,
                "objective": "multiclass" if len(classes) > 2 else "binary"}
    if len(classes) > 2:
        settings["num_class"] = len(classes)
    data = lightgbm.Dataset(x, y, feature_name=[c.replace(" ", "_") for c in columns])
    model = lightgbm.train(settings, data, rounds)
    model.save_model(folder / "teacher.txt")
    right = model.predict(test)
    predicted = right.argmax(1) if len(classes) > 2 else (right > 0.5).astype(int)
    return predicted, best_time(
        lambda: model.predict(test, num_threads=1), len(test)), "teacher.txt"


main(Path(sys.argv[1]), Path(sys.argv[2]))
