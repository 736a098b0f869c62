"""What the server and its models say of themselves."""

from tritonclient.utils import InferenceServerException

from .harness import check, same
from .values import fp32


@check("health.live")
def live(_, client):
    return client.call("is_server_live")


@check("health.ready")
def ready(_, client):
    return client.call("is_server_ready")


for _name, _model, _version in (
    ("", "echo_fp32", ""),
    (".version-1", "echo_fp32", "1"),
    (".version-9", "echo_fp32", "9"),
    (".version-not-a-number", "echo_fp32", "x"),
    (".unknown", "nothing", ""),
):

    @check(f"health.model{_name}")
    def model_ready(_, client, model=_model, version=_version):
        return client.call("is_model_ready", model, version)


@check("metadata.server")
def server_metadata(_, client):
    got = client.json("get_server_metadata")
    assert got["name"] and got["version"], got
    return sorted(got)


@check("metadata.extensions")
def extensions(_, client):
    return sorted(client.json("get_server_metadata")["extensions"])


def tensors(listed):
    return [{**tensor, "shape": [int(size) for size in tensor.get("shape", [])]} for tensor in listed]


@check("metadata.models")
def every_model(context, client):
    facts = {}
    for model in context.models:
        got = client.json("get_model_metadata", model)
        facts[model] = {**got, "inputs": tensors(got["inputs"]), "outputs": tensors(got["outputs"])}
        # Which engine runs it is each server's own.
        facts[model].pop("platform")
    return facts


@check("metadata.version")
def of_version(_, client):
    return client.json("get_model_metadata", "echo_fp32", "1")["versions"]


for _name, _model, _version in (("version-9", "fixed", "9"), ("version-not-a-number", "fixed", "x"), ("unknown", "nothing", "")):

    @check(f"metadata.{_name}")
    def wrong_metadata(_, client, model=_model, version=_version):
        return client.json("get_model_metadata", model, version)

    @check(f"config.{_name}")
    def wrong_config(_, client, model=_model, version=_version):
        return client.json("get_model_config", model, version)

    @check(f"statistics.{_name}")
    def wrong_statistics(_, client, model=_model, version=_version):
        return client.json("get_inference_statistics", model, version)


@check("config.models")
def config(context, client):
    facts = {}
    for model in context.models:
        got = client.json("get_model_config", model)
        got = got.get("config", got)
        facts[model] = {
            "name": got["name"],
            "batched": int(got.get("max_batch_size", 0)) > 0,
            "dynamic_batching": "dynamic_batching" in got,
            "input": config_tensors(got["input"]),
            "output": config_tensors(got["output"]),
        }
    return facts


def config_tensors(listed):
    return [
        {"name": tensor["name"], "data_type": tensor["data_type"], "dims": [int(size) for size in tensor["dims"]]}
        for tensor in listed
    ]


def counts(client, model="two"):
    (got,) = client.json("get_inference_statistics", model)["model_stats"]
    return got


def number(holder, *path):
    """JSON of protobuf writes 64-bit integers as strings, and leaves zeros out."""
    for name in path:
        holder = holder.get(name, {})
    return int(holder or 0)


@check("statistics.fields")
def statistics_fields(_, client):
    client.infer("fixed", [client.input("input", fp32(2, 3, 4), "FP32")])
    got = counts(client, "fixed")
    batch = got["batch_stats"][0]
    assert int(got["last_inference"]) > 1_600_000_000_000, got
    return {
        "fields": sorted(set(got) - {"response_stats", "memory_usage"}),
        "inference_stats": sorted(set(got["inference_stats"]) - {"cache_hit", "cache_miss"}),
        "batch_stats": sorted(batch),
        "name": got["name"],
        "version": got["version"],
    }


@check("statistics.count")
def statistics_count(_, client):
    inputs = [client.input("input", fp32(3, 3, 4), "FP32")]
    before = counts(client, "fixed")
    for _ in range(4):
        client.infer("fixed", inputs)
    after = counts(client, "fixed")
    grown = lambda *path: number(after, *path) - number(before, *path)  # noqa: E731
    for part in ("success", "compute_infer"):
        assert grown("inference_stats", part, "ns") > 0, (part, before, after)
    return {
        "inference_count": grown("inference_count"),
        "execution_count": grown("execution_count"),
        **{part: grown("inference_stats", part, "count") for part in ("success", "fail", "queue", "compute_input", "compute_infer", "compute_output")},
        "sizes": sorted(int(batch["batch_size"]) for batch in after["batch_stats"] if int(batch["batch_size"]) == 3),
    }


@check("statistics.refused")
def statistics_refused(_, client):
    """A request that was refused for its shape is no failed inference."""
    before = counts(client, "fixed")
    try:
        client.infer("fixed", [client.input("input", fp32(1, 4, 3), "FP32")])
        assert False, "the shape was accepted"
    except InferenceServerException:
        pass
    after = counts(client, "fixed")
    return number(after, "inference_stats", "fail", "count") - number(before, "inference_stats", "fail", "count")


@check("statistics.all")
def statistics_all(context, client):
    got = client.json("get_inference_statistics")["model_stats"]
    names = {stats["name"] for stats in got}
    same(sorted(set(context.models) - names), [], "models without statistics")
    return sorted({stats["version"] for stats in got})


@check("settings.trace")
def trace(context, client):
    with context.trusted(client.kind) as trusted:
        return type(trusted.json("get_trace_settings")).__name__


@check("settings.log")
def log(context, client):
    with context.trusted(client.kind) as trusted:
        return type(trusted.json("get_log_settings")).__name__
