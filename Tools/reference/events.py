"""Writes event files with TensorBoard's own writer for the tests of ours, or reads those of a run with its
own readers and with tbparse.

    pip install tensorboard tbparse
    python3 Tools/reference/events.py
    python3 Tools/reference/events.py runs/mine
"""

import json
import os
import sys

from tensorboard.backend.event_processing import event_accumulator
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.plugins.hparams import api_pb2, plugin_data_pb2
from tensorboard.plugins.hparams import metadata as hparams_metadata
from tensorboard.summary.writer.record_writer import RecordWriter

FOLDER = os.path.join(os.path.dirname(__file__), "../../Tests/ExchangeTests/Fixtures/events")
SETTINGS = {"learning rate": 0.003, "loss": "softCrossEntropy(temperature: 4)", "steps": 200.0}


def scalar(tag, value):
    return summary_pb2.Summary.Value(tag=tag, simple_value=value)


def write():
    os.makedirs(FOLDER, exist_ok=True)
    series = os.path.join(FOLDER, "student")
    os.makedirs(series, exist_ok=True)
    for number, first in enumerate([0, 30]):
        with open(os.path.join(series, f"events.out.tfevents.{number}.reference"), "wb") as file:
            writer = RecordWriter(file)

            def add(**fields):
                writer.write(event_pb2.Event(wall_time=1e9, **fields).SerializeToString())

            add(file_version="brain.Event:2")
            if first:
                start = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
                add(step=first, session_log=start)
            for step in range(first, first + 50, 10):
                values = [scalar("loss", 1 / (1 + step + first)), scalar("größer", float(step))]
                add(step=step, summary=summary_pb2.Summary(value=values))
            writer.flush()
            # A record that is still being written.
            if first:
                file.write(b"\x10\x00\x00\x00\x00\x00\x00\x00half")
    # A trial in TensorBoard's own messages: what our records must hold.
    start = plugin_data_pb2.SessionStartInfo(start_time_secs=1.5)
    for name, value in SETTINGS.items():
        if isinstance(value, str):
            start.hparams[name].string_value = value
        else:
            start.hparams[name].number_value = value
    end = plugin_data_pb2.SessionEndInfo(status=api_pb2.STATUS_SUCCESS, end_time_secs=1.5)
    data = plugin_data_pb2.HParamsPluginData
    contents = {
        hparams_metadata.SESSION_START_INFO_TAG: data(session_start_info=start),
        hparams_metadata.SESSION_END_INFO_TAG: data(session_end_info=end),
    }
    with open(os.path.join(FOLDER, "trial.json"), "w") as file:
        # Python writes maps in any order, unless it is told otherwise.
        words = {tag: part.SerializeToString(deterministic=True) for tag, part in contents.items()}
        json.dump({tag: word.hex() for tag, word in words.items()}, file, indent=1)
        file.write("\n")


def read(run):
    """What TensorBoard itself finds in a run."""
    import tbparse
    from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
    from tensorboard.context import RequestContext
    from tensorboard.plugins.base_plugin import TBContext
    from tensorboard.plugins.hparams.backend_context import Context
    from tensorboard.plugins.hparams.list_session_groups import Handler

    curves = os.path.join(run, "curves")
    for name, _, files in sorted(os.walk(curves)):
        if not any("tfevents" in file for file in files):
            continue
        events = event_accumulator.EventAccumulator(name)
        events.Reload()
        tags = events.Tags()
        print(os.path.relpath(name, run))
        for tag in tags["scalars"]:
            points = events.Scalars(tag)
            print(f"  {tag}: {len(points)} points, the last {points[-1].value:.6g} at {points[-1].step}")
        for tag in tags["images"]:
            images = events.Images(tag)
            print(f"  {tag}: {len(images)} images of {images[-1].width} × {images[-1].height}")
    print(f"tbparse: {len(tbparse.SummaryReader(curves).scalars)} numbers")

    multiplexer = plugin_event_multiplexer.EventMultiplexer()
    multiplexer.AddRunsFromDirectory(curves)
    multiplexer.Reload()
    provider = data_provider.MultiplexerDataProvider(multiplexer, curves)
    context = Context(TBContext(logdir=curves, data_provider=provider))
    request = RequestContext()
    tags = context.hparams_metadata(request, "")
    infos = context.experiment_from_metadata(
        request, "", True, tags, context.hparams_from_data_provider(request, "", limit=None)
    )
    print("hyperparameters:", ", ".join(info.name for info in infos.hparam_infos) or "none")
    if infos.hparam_infos:
        query = api_pb2.ListSessionGroupsRequest(
            start_index=0,
            slice_size=1_000,
            col_params=[api_pb2.ColParams(hparam=info.name) for info in infos.hparam_infos],
            allowed_statuses=[api_pb2.STATUS_SUCCESS],
        )
        groups = Handler(request, context, "", query).run().session_groups
        for group in groups:
            chosen = ", ".join(
                f"{name} {value.number_value if value.HasField('number_value') else value.string_value}"
                for name, value in sorted(group.hparams.items())
            )
            measured = ", ".join(
                f"{value.name.tag} {value.value:.4g}" for value in group.metric_values
            )
            print(f"  {chosen}: {measured}")


if len(sys.argv) > 1:
    read(sys.argv[1])
else:
    write()
