"""Small models of trees with what their libraries say, for the tests of ModelFiles.

Writes into Tests/ModelFilesTests/Fixtures models of XGBoost (`tree-NAME.json`, `.ubj`), LightGBM
(`tree-NAME.txt`) and scikit-learn (`tree-NAME.onnx`, by skl2onnx), and `trees.json`: for each the
inputs, with missing numbers, and the probabilities or real numbers that the library itself predicts
for them.

    python3 Tools/reference/trees.py

needs xgboost, lightgbm, scikit-learn, skl2onnx and onnxruntime.
"""

import json
import pathlib
import warnings

import lightgbm
import numpy
import onnx
import onnxruntime
import xgboost
from onnx import TensorProto, helper
from sklearn import ensemble, tree
from skl2onnx import to_onnx

warnings.filterwarnings("ignore")
make_attribute = helper.make_attribute


def of_plain_numbers(key, value, *rest, **named):
    """skl2onnx 1.20 hands over NumPy's truth values, which onnx 1.23 takes for no integers."""
    if isinstance(value, (list, tuple)):
        value = [v.item() if isinstance(v, numpy.generic) else v for v in value]
        value = [int(v) if isinstance(v, bool) else v for v in value]
    return make_attribute(key, value, *rest, **named)


helper.make_attribute = of_plain_numbers
FIXTURES = pathlib.Path(__file__).parents[2] / "Tests/ModelFilesTests/Fixtures"
CASES = {}


def table(rows, classes, seed, *, missing=False, categories=False, zeros=False):
    """Made numbers: eight columns and a class that depends on some of them."""
    random = numpy.random.default_rng(seed)
    x = random.normal(size=(rows, 8)).astype("float32")
    x[:, 1] = random.integers(0, 12, rows)
    x[:, 2] = numpy.round(x[:, 2] * 4) / 4
    kind = random.integers(0, 40 if categories else 3, rows)
    x[:, 3] = kind
    if zeros:
        x[random.random((rows, 8)) < 0.4] = 0
    score = x[:, 0] + 0.3 * x[:, 1] - x[:, 2] * x[:, 4] + numpy.isin(kind, [1, 4, 5, 9, 33, 38])
    edges = numpy.quantile(score, numpy.linspace(0, 1, classes + 1)[1:-1])
    y = numpy.digitize(score + 0.3 * random.normal(size=rows), edges)
    if missing:
        x[random.random((rows, 8)) < 0.15] = numpy.nan
    return x, y


def keep(name, x, right, kind):
    """The first rows, and others that lie on thresholds and beyond what was seen."""
    right = numpy.asarray(right, dtype="float64")
    right = right.reshape(len(x), -1)
    CASES[name] = {"kind": kind, "columns": x.shape[1],
                   "inputs": [None if numpy.isnan(v) else float(v) for v in x.flatten()],
                   "outputs": right.flatten().tolist()}


def asked(x, *, missing=False, categories=False):
    """Rows to be asked about: known ones, and strange ones."""
    some = x[:60].copy()
    some[40:50] *= 3
    some[50:55, 4:] = 1e9
    some[55:60, 4:] = -1e9
    if categories:
        some[:, 3] = x[:60, 3]
        some[50:53, 3] = [99, 41, 1e6]
        some[53, 3] = 4.7
    if missing:
        some[30:34] = numpy.nan
    return some


def xgb(name, classes, objective, endings, seed, rounds=6, *, missing=True, categories=False,
        **settings):
    x, y = table(400, max(classes, 2), seed, missing=missing, categories=categories)
    types = ["c" if categories and i == 3 else "q" for i in range(8)]
    goal = y if classes else numpy.abs(numpy.nan_to_num(x[:, 0])) + 0.5 * y
    if objective == "reg:logistic":
        goal = goal / goal.max()
    data = xgboost.DMatrix(x, goal, feature_types=types, enable_categorical=categories)
    settings = {"objective": objective, "max_depth": 4, "seed": 1, "eta": 0.4, **settings}
    if classes > 2:
        settings["num_class"] = classes
    model = xgboost.train(settings, data, rounds)
    some = asked(x, missing=missing, categories=categories)
    some_data = xgboost.DMatrix(some, feature_types=types, enable_categorical=categories)
    right = model.predict(some_data)
    if objective == "multi:softmax":
        # The library itself gives only the class.
        powers = numpy.exp(model.predict(some_data, output_margin=True).astype("float64"))
        right = powers / powers.sum(1, keepdims=True)
    for ending in endings:
        model.save_model(FIXTURES / f"tree-{name}.{ending}")
        keep(f"tree-{name}.{ending}", some, right, "probabilities" if classes else "reals")


def lgb(name, classes, objective, seed, rounds=6, *, missing=True, categories=False, zeros=False,
        **settings):
    x, y = table(400, max(classes, 2), seed, missing=missing, categories=categories, zeros=zeros)
    goal = y if classes else numpy.abs(numpy.nan_to_num(x[:, 0])) + 0.5 * y
    if objective in ("cross_entropy", "cross_entropy_lambda"):
        goal = goal / goal.max()
    data = lightgbm.Dataset(x, goal, categorical_feature=[3] if categories else [])
    settings = {"objective": objective, "num_leaves": 12, "verbose": -1, "seed": 1,
                "min_data_in_leaf": 5, "learning_rate": 0.3, "num_threads": 1,
                "deterministic": True, **settings}
    if classes > 2:
        settings["num_class"] = classes
    model = lightgbm.train(settings, data, rounds)
    some = asked(x, missing=missing, categories=categories)
    right = model.predict(some.astype("float64"))
    model.save_model(FIXTURES / f"tree-{name}.txt")
    if objective == "multiclassova":
        right = right / right.sum(1, keepdims=True)
    keep(f"tree-{name}.txt", some, right, "probabilities" if classes else "reals")


def sklearn(name, model, classes, seed, *, missing=False, names=None, zipmap=False):
    x, y = table(400, max(classes, 2), seed, missing=missing)
    goal = y if classes else numpy.abs(numpy.nan_to_num(x[:, 0])) + 0.5 * y
    if names is not None:
        goal = numpy.array(names)[y]
    model.fit(x, goal)
    some = asked(x, missing=missing)
    right = model.predict_proba(some) if classes else model.predict(some)
    options = {id(model): {"zipmap": zipmap}} if classes else {}
    net = to_onnx(model, x[:1], options=options, target_opset={"": 17, "ai.onnx.ml": 3})
    session = onnxruntime.InferenceSession(net.SerializeToString())
    elsewhere = session.run(None, {session.get_inputs()[0].name: some})[-1]
    if zipmap:
        elsewhere = [[row[k] for k in sorted(row)] for row in elsewhere]
    elsewhere = numpy.asarray(elsewhere).reshape(len(some), -1)
    gap = numpy.abs(elsewhere - right.reshape(len(some), -1)).max()
    print(f"{name}: ONNX Runtime is {gap:.1e} from scikit-learn")
    (FIXTURES / f"tree-{name}.onnx").write_bytes(net.SerializeToString())
    keep(f"tree-{name}.onnx", some, right, "probabilities" if classes else "reals")


def every_mode():
    """The newer operator, with a node of each mode, and values as ONNX Runtime gives them."""
    modes = {"LEQ": 0, "LT": 1, "GTE": 2, "GT": 3, "EQ": 4, "NEQ": 5, "MEMBER": 6}
    nodes = len(modes)
    node = helper.make_node(
        "TreeEnsemble", ["x"], ["y"], domain="ai.onnx.ml", n_targets=2,
        membership_values=helper.make_tensor("m", TensorProto.FLOAT, (4,),
                                             [1.0, 3.0, 4.0, float("nan")]),
        nodes_missing_value_tracks_true=[0, 1, 0, 1, 0, 0, 0],
        nodes_featureids=[0, 1, 2, 0, 1, 2, 3],
        nodes_modes=helper.make_tensor("o", TensorProto.UINT8, (nodes,), list(modes.values())),
        nodes_splits=helper.make_tensor("s", TensorProto.FLOAT, (nodes,),
                                        [0.5, 4.0, -0.25, 1.0, 2.0, 0.0, 0.0]),
        nodes_truenodeids=[1, 3, 5, 0, 1, 3, 5], nodes_trueleafs=[0, 0, 0, 1, 1, 1, 1],
        nodes_falsenodeids=[2, 4, 6, 2, 2, 4, 6], nodes_falseleafs=[0, 0, 0, 1, 1, 1, 1],
        leaf_targetids=[0, 1, 0, 1, 0, 1, 0],
        leaf_weights=helper.make_tensor("w", TensorProto.FLOAT, (7,),
                                        [5.5, 1.25, -2.0, 3.0, 0.75, -1.5, 8.0]),
        aggregate_function=1, post_transform=0, tree_roots=[0])
    graph = helper.make_graph(
        [node], "modes", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 2])])
    model = helper.make_model(graph, ir_version=10, opset_imports=[
        helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 5)])
    random = numpy.random.default_rng(4)
    x = random.integers(-1, 6, (60, 4)).astype("float32")
    x[::3, 0] = [0.5, 1.0] * 10
    x[1::2, 2] = -0.25
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (FIXTURES / "tree-modes.onnx").write_bytes(model.SerializeToString())
    keep("tree-modes.onnx", x, session.run(None, {"x": x})[0], "reals")


xgb("xgb-binary", 2, "binary:logistic", ["json", "ubj"], 1)
xgb("xgb-categories", 2, "binary:logistic", ["json"], 2, categories=True, max_cat_to_onehot=1)
xgb("xgb-multi", 4, "multi:softprob", ["json", "ubj"], 3, rounds=4)
xgb("xgb-dart", 3, "multi:softprob", ["json"], 4, booster="dart", rate_drop=0.4)
xgb("xgb-forest", 2, "binary:logistic", ["ubj"], 5, 1, num_parallel_tree=6, subsample=0.7,
    base_score=0.3)
xgb("xgb-onehot", 3, "multi:softmax", ["json"], 6, rounds=3, categories=True,
    max_cat_to_onehot=100)
xgb("xgb-reals", 0, "reg:squarederror", ["json"], 7)
xgb("xgb-counts", 0, "count:poisson", ["ubj"], 8)
lgb("lgb-binary", 2, "binary", 11)
lgb("lgb-categories", 2, "binary", 12, categories=True, min_data_per_group=1, cat_smooth=1,
    max_cat_to_onehot=1, sigmoid=1.5)
lgb("lgb-zeros", 2, "binary", 13, zeros=True, zero_as_missing=True)
lgb("lgb-whole", 2, "binary", 14, missing=False)
lgb("lgb-multi", 4, "multiclass", 15, rounds=3)
lgb("lgb-apart", 3, "multiclassova", 16, rounds=3)
lgb("lgb-forest", 2, "binary", 17, boosting="rf", bagging_freq=1, bagging_fraction=0.6)
lgb("lgb-dart", 2, "binary", 18, boosting="dart", drop_rate=0.5)
lgb("lgb-reals", 0, "regression", 19)
lgb("lgb-counts", 0, "poisson", 20)
lgb("lgb-shares", 0, "cross_entropy_lambda", 21)
sklearn("forest", ensemble.RandomForestClassifier(6, max_depth=5, random_state=1), 4, 31)
sklearn("forest-binary", ensemble.RandomForestClassifier(6, max_depth=5, random_state=1), 2, 32,
        names=["no", "yes"], zipmap=True)
sklearn("extra", ensemble.ExtraTreesClassifier(5, max_depth=5, random_state=1), 3, 33,
        zipmap=True)
sklearn("boosting", ensemble.GradientBoostingClassifier(n_estimators=6, random_state=1), 2, 34)
sklearn("boosting-multi", ensemble.GradientBoostingClassifier(n_estimators=4, random_state=1), 3,
        35)
sklearn("histograms", ensemble.HistGradientBoostingClassifier(max_iter=5, random_state=1), 3, 36,
        missing=True)
sklearn("histograms-binary",
        ensemble.HistGradientBoostingClassifier(max_iter=5, random_state=1), 2, 37, missing=True)
sklearn("tree", tree.DecisionTreeClassifier(max_depth=5, random_state=1), 3, 38)
sklearn("forest-reals", ensemble.RandomForestRegressor(5, max_depth=4, random_state=1), 0, 39)
every_mode()

with open(FIXTURES / "trees.json", "w") as file:
    json.dump(CASES, file, separators=(",", ":"))
