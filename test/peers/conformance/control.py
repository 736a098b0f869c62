"""Loading and unloading, on the management side."""

import contextlib
import json

from tritonclient.utils import InferenceServerException

from .harness import check, plain, same, wait_for
from .values import check_echo, fp32


def entries(index):
    return index if isinstance(index, list) else index.get("models", [])


@check("repository.index")
def index(context, client):
    with context.manager(client.kind) as manager:
        found = [entry for entry in entries(manager.json("get_model_repository_index")) if entry["name"] in context.models]
        return sorted((entry["name"], entry.get("version"), entry.get("state")) for entry in found)


@check("repository.load-loaded")
def load_again(context, client):
    with context.manager(client.kind) as manager:
        manager.call("load_model", "single")
        same(client.call("is_model_ready", "single"), True, "ready")


@check("repository.unload-and-load")
def unload(context, client):
    inputs = [client.input("input", fp32(2, 4), "FP32")]
    with context.manager(client.kind) as manager:
        manager.call("unload_model", "single")
        try:
            refused = while_unloaded(manager, client, inputs)
        finally:
            manager.call("load_model", "single")
        same(client.call("is_model_ready", "single"), True, "ready after it was loaded")
        check_echo(client.infer("single", inputs), fp32(2, 4))
    return refused


def while_unloaded(manager, client, inputs):
    wait_for("the model to be gone", lambda: not ready(client, "single"))
    # It may say UNLOADING for a while.
    wait_for("the index to list it as unavailable", lambda: state(manager, "single") == "UNAVAILABLE", 10)
    try:
        client.infer("single", inputs)
    except InferenceServerException as error:
        return plain(error.status())
    raise AssertionError("an unloaded model answered")


def state(manager, model):
    return {entry["name"]: entry.get("state") for entry in entries(manager.json("get_model_repository_index"))}.get(model)


def ready(client, model):
    try:
        return client.call("is_model_ready", model)
    except InferenceServerException:
        return False


@check("repository.load-unknown")
def load_unknown(context, client):
    with context.manager(client.kind) as manager:
        manager.call("load_model", "nothing")


@check("repository.load-outside")
def load_outside(context, client):
    with context.manager(client.kind) as manager:
        manager.call("load_model", "../single")


@check("repository.unload-unknown")
def unload_unknown(context, client):
    with context.manager(client.kind) as manager:
        manager.call("unload_model", "nothing")


@check("repository.load-with-config")
def load_with_config(context, client):
    """Triton takes a whole configuration in the place of its own."""
    tensor = {"data_type": "TYPE_FP32", "dims": [2, 4]}
    config = {
        "backend": "python",
        "max_batch_size": 0,
        "input": [{"name": "input", **tensor}],
        "output": [{"name": "output", **tensor}],
        "parameters": {"delay_ms": {"string_value": "0"}},
    }
    with context.manager(client.kind) as manager:
        manager.call("load_model", "single", config=json.dumps(config))


@check("repository.load-with-files")
def load_with_files(context, client):
    with context.manager(client.kind) as manager:
        try:
            manager.call("load_model", "sent", config='{"backend":"python"}', files={"file:1/model.py": b"raise SystemExit"})
        finally:
            # Triton counts a model that failed to load as one that is not ready yet.
            with contextlib.suppress(InferenceServerException):
                manager.call("unload_model", "sent")


@check("repository.still-there")
def still_there(context, client):
    return [model for model in context.models if not client.call("is_model_ready", model)]
