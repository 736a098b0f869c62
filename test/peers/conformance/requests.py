"""Requests that ask for more than one tensor, for parts of the answer, or for what there is not."""

import numpy as np

from .harness import check, same
from .values import check_echo, fp32


def two_inputs(client, items=1):
    a = fp32(items, 4, start=7)
    b = np.arange(items * 2, dtype=np.int32).reshape(items, 2)
    return a, [client.input("a", a, "FP32"), client.input("b", b, "INT32")]


def names(client, result):
    return [output["name"] for output in client.answer(result)["outputs"]]


for _name, _pick in (
    ("all", None), ("none-listed", []), ("one", ["z"]), ("swapped", ["z", "y"]), ("twice", ["y", "y"]), ("unknown", ["y", "nothing"]),
):  # fmt: skip

    @check(f"outputs.{_name}")
    def outputs(_, client, pick=_pick):
        a, inputs = two_inputs(client, 2)
        wanted = None if pick is None else [client.output(name) for name in pick]
        result = client.infer("two", inputs, outputs=wanted)
        for name in names(client, result):
            check_echo(result, a, name)
        return names(client, result)


@check("outputs.mixed", ("http", "http.aio"))
def mixed(_, client):
    a, inputs = two_inputs(client)
    result = client.infer("two", inputs, outputs=[client.output("y", binary=False), client.output("z", binary=True)])
    check_echo(result, a, "y")
    check_echo(result, a, "z")
    return ["data" in output for output in client.answer(result)["outputs"]]


@check("inputs.mixed", ("http", "http.aio"))
def mixed_inputs(_, client):
    a, (first, _second) = two_inputs(client)
    second = client.input("b", np.array([[1, 2]], dtype=np.int32), "INT32", binary=False)
    check_echo(client.infer("two", [first, second]), a, "y")
    check_echo(client.infer("two", [second, first]), a, "y")


@check("inputs.swapped")
def swapped(_, client):
    a, inputs = two_inputs(client)
    check_echo(client.infer("two", inputs[::-1]), a, "y")


@check("inputs.missing")
def missing(_, client):
    return client.infer("two", two_inputs(client)[1][:1])


@check("inputs.none")
def none(_, client):
    return client.infer("two", [])


@check("inputs.extra")
def extra(_, client):
    return client.infer("two", [*two_inputs(client)[1], client.input("c", fp32(1, 4), "FP32")])


@check("inputs.twice")
def twice(_, client):
    _, inputs = two_inputs(client)
    return client.infer("two", [*inputs, inputs[0]])


@check("inputs.other-name")
def other_name(_, client):
    return client.infer("fixed", [client.input("x", fp32(1, 3, 4), "FP32")])


@check("inputs.batches-differ")
def batches_differ(_, client):
    _, (a, _b) = two_inputs(client, 2)
    return client.infer("two", [a, client.input("b", np.zeros((1, 2), dtype=np.int32), "INT32")])


@check("datatype.other")
def other_datatype(_, client):
    return client.infer("fixed", [client.input("input", np.zeros((1, 3, 4), dtype=np.int32), "INT32")])


@check("datatype.unknown")
def unknown_datatype(_, client):
    tensor = client.input("input", fp32(1, 3, 4), "FP32")
    if client.over == "http":
        tensor._datatype = "FP33"
    else:
        tensor._input.datatype = "FP33"
    return client.infer("fixed", [tensor])


for _name, _array, _shape in (
    ("size", fp32(1, 4, 3), None),
    ("rank-lower", fp32(3, 4), None),
    ("rank-higher", fp32(1, 1, 3, 4), None),
    ("scalar", fp32(1).reshape(()), None),
    ("negative", fp32(1, 3, 4), [-1, 3, 4]),
    ("bytes-short", fp32(1, 3, 4), [2, 3, 4]),
    ("bytes-long", fp32(2, 3, 4), [1, 3, 4]),
    ("huge", fp32(1, 3, 4), [2**40, 3, 4]),
    ("overflowing", fp32(1, 3, 4), [2**62, 3, 4]),
):

    @check(f"shape.{_name}")
    def shape(_, client, array=_array, shape=_shape):
        return client.infer("fixed", [client.input("input", array, "FP32", shape=shape)])


@check("shape.json-short", ("http", "http.aio"))
def json_short(_, client):
    return client.infer("fixed", [client.input("input", fp32(1, 3, 4), "FP32", shape=[2, 3, 4], binary=False)])


@check("shape.json-long", ("http", "http.aio"))
def json_long(_, client):
    return client.infer("fixed", [client.input("input", fp32(2, 3, 4), "FP32", shape=[1, 3, 4], binary=False)])


@check("shape.strings-short")
def strings_short(_, client):
    array = np.array([[b"a", b"b"]], dtype=np.object_)
    return client.infer("echo_bytes", [client.input("input", array, "BYTES", shape=[1, 3])])


@check("shape.strings-long")
def strings_long(_, client):
    array = np.array([[b"a", b"b"]], dtype=np.object_)
    return client.infer("echo_bytes", [client.input("input", array, "BYTES", shape=[1, 1])])


@check("shape.strings-cut")
def strings_cut(_, client):
    """The last string says that it is longer than what is there."""
    tensor = client.input("input", np.array([[b"abc"]], dtype=np.object_), "BYTES")
    if client.over == "http":
        tensor._raw_data = b"\x09\x00\x00\x00abc"
        tensor._parameters["binary_data_size"] = 7
    else:
        tensor._raw_content = b"\x09\x00\x00\x00abc"
    return client.infer("echo_bytes", [tensor])


def infer_fixed(client, model="fixed", **options):
    array = fp32(1, 3, 4)
    result = client.infer(model, [client.input("input", array, "FP32")], **options)
    check_echo(result, array)
    return client.answer(result)


for _version in ("", "1", "9", "x", "-1", "01"):

    @check(f"model.version-{_version or 'empty'}")
    def version(_, client, version=_version):
        got = infer_fixed(client, model_version=version)
        return [got["model_name"], got["model_version"]]


for _name, _model in (("unknown", "nothing"), ("slash", "../fixed"), ("percent", "fixed%00"), ("long", "m" * 3000)):

    @check(f"model.{_name}")
    def model(_, client, model=_model):
        return infer_fixed(client, model)


@check("id.given")
def request_id(_, client):
    return infer_fixed(client, request_id="my request 17")["id"]


@check("id.unicode")
def unicode_id(_, client):
    return infer_fixed(client, request_id="größe 日本")["id"]


@check("id.absent")
def no_id(_, client):
    return "id" in infer_fixed(client)


for _name, _options in (
    ("custom", {"parameters": {"text": "a", "number": 3, "truth": True}}),
    ("priority-1", {"priority": 1}),
    ("priority-2", {"priority": 2}),
    ("priority-large", {"priority": 2**40}),
    ("timeout", {"timeout": 30_000_000}),
    ("sequence", {"sequence_id": 5, "sequence_start": True, "sequence_end": True}),
    ("sequence-text", {"sequence_id": "five", "sequence_start": True, "sequence_end": True}),
):

    @check(f"parameters.{_name}")
    def parameters(_, client, options=_options):
        got = infer_fixed(client, **options)
        return sorted(got)


@check("parameters.float", ("http", "http.aio"))
def float_parameter(_, client):
    return sorted(infer_fixed(client, parameters={"number": 1.5}))


@check("parameters.reserved")
def reserved(_, client):
    return sorted(infer_fixed(client, parameters={"triton_mine": 1}))


@check("headers.other")
def other_header(_, client):
    return sorted(infer_fixed(client, headers={"x-other": "value"}))


@check("query.other", ("http", "http.aio"))
def query(_, client):
    return sorted(infer_fixed(client, query_params={"a": "b c", "n": 1}))


for _name, _array, _classes in (("one", fp32(1, 6), 1), ("three", fp32(2, 6), 3), ("more-than-there-are", fp32(1, 4), 9)):

    @check(f"classification.{_name}")
    def classification(_, client, array=_array, classes=_classes):
        inputs = [client.input("input", array, "FP32")]
        result = client.infer("echo_fp32", inputs, outputs=[client.output("output", classes=classes)])
        got = result.as_numpy("output")
        return [list(got.shape), [bytes(item).decode() for item in got.flat]]


@check("classification.strings", fatal=True)
def classify_strings(_, client):
    inputs = [client.input("input", np.array([[b"a", b"b"]], dtype=np.object_), "BYTES")]
    result = client.infer("echo_bytes", inputs, outputs=[client.output("output", classes=1)])
    return [bytes(item).decode() for item in result.as_numpy("output").flat]


@check("classification.integers")
def classify_integers(_, client):
    inputs = [client.input("input", np.array([[3, -4, 9]], dtype=np.int64), "INT64")]
    result = client.infer("echo_int64", inputs, outputs=[client.output("output", classes=2)])
    return [bytes(item).decode() for item in result.as_numpy("output").flat]


for _request in (None, "gzip", "deflate"):
    for _response in (None, "gzip", "deflate"):
        if _request is None and _response is None:
            continue

        @check(f"compression.{_request}-{_response}", ("http", "http.aio"))
        def http_compression(_, client, request=_request, response=_response):
            array = fp32(4, 1000)
            result = client.infer(
                "echo_fp32",
                [client.input("input", array, "FP32")],
                request_compression_algorithm=request,
                response_compression_algorithm=response,
            )
            check_echo(result, array)


for _algorithm in ("gzip", "deflate"):

    @check(f"compression.{_algorithm}", ("grpc", "grpc.aio"))
    def grpc_compression(_, client, algorithm=_algorithm):
        array = fp32(4, 1000)
        inputs = [client.input("input", array, "FP32")]
        check_echo(client.infer("echo_fp32", inputs, compression_algorithm=algorithm), array)


@check("again.after-errors")
def afterwards(_, client):
    """None of the wrong requests has taken anything with it."""
    same(client.call("is_server_ready"), True, "ready")
    return sorted(infer_fixed(client))
