"""Every datatype, in and out, in every encoding that a client has."""

import numpy as np
from tritonclient.grpc import service_pb2

from .harness import check
from .values import FLOATS, check_echo, equal, extreme, finite, fp32

HTTP = ("http", "http.aio")
DATATYPES = (
    "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64", "BF16", "BYTES",
)  # fmt: skip
# The fields of InferTensorContents by datatype; half precisions have none.
CONTENTS = {
    "BOOL": "bool_contents", "UINT8": "uint_contents", "UINT16": "uint_contents", "UINT32": "uint_contents", "UINT64": "uint64_contents",
    "INT8": "int_contents", "INT16": "int_contents", "INT32": "int_contents", "INT64": "int64_contents",
    "FP32": "fp32_contents", "FP64": "fp64_contents", "BYTES": "bytes_contents",
}  # fmt: skip


def echo(client, datatype, array, binary_in=True, binary_out=True):
    inputs = [client.input("input", array, datatype, binary=binary_in)]
    outputs = [client.output("output", binary=binary_out)]
    result = client.infer(f"echo_{datatype.lower()}", inputs, outputs=outputs)
    check_echo(result, array)
    described = client.answer(result)["outputs"][0]
    return [described["datatype"], [int(size) for size in described["shape"]]]


for _datatype in DATATYPES:

    @check(f"datatype.{_datatype}.bytes")
    def as_bytes(_, client, datatype=_datatype):
        return echo(client, datatype, finite(datatype))

    @check(f"datatype.{_datatype}.extremes")
    def extremes(_, client, datatype=_datatype):
        return echo(client, datatype, extreme(datatype))

    @check(f"datatype.{_datatype}.empty")
    def empty(_, client, datatype=_datatype):
        return echo(client, datatype, finite(datatype)[:, :0])

    @check(f"datatype.{_datatype}.json-in", HTTP)
    def json_in(_, client, datatype=_datatype):
        return echo(client, datatype, finite(datatype), binary_in=False)

    @check(f"datatype.{_datatype}.json-out", HTTP)
    def json_out(_, client, datatype=_datatype):
        return echo(client, datatype, finite(datatype), binary_out=False)

    @check(f"datatype.{_datatype}.json", HTTP)
    def json_both(_, client, datatype=_datatype):
        return echo(client, datatype, finite(datatype), binary_in=False, binary_out=False)

    if _datatype in FLOATS or _datatype == "BYTES":

        @check(f"datatype.{_datatype}.extremes-json-out", HTTP)
        def extremes_out(_, client, datatype=_datatype):
            return echo(client, datatype, extreme(datatype), binary_out=False)

    if _datatype in CONTENTS:

        @check(f"datatype.{_datatype}.contents", ("grpc",))
        def contents(_, client, datatype=_datatype):
            """The typed fields that tritonclient itself never sends."""
            array = finite(datatype)
            request = service_pb2.ModelInferRequest(model_name=f"echo_{datatype.lower()}")
            tensor = request.inputs.add(name="input", datatype=datatype, shape=array.shape)
            getattr(tensor.contents, CONTENTS[datatype]).extend(array.flatten().tolist())
            response = client.raw._client_stub.ModelInfer(request)
            got = client.tc.InferResult(response).as_numpy("output")
            assert equal(got, array), got
            return {"raw": len(response.raw_output_contents)}


@check("tensor.large")
def large(_, client):
    array = fp32(1, 1_000_000)
    check_echo(client.infer("echo_fp32", [client.input("input", array, "FP32")]), array)


@check("tensor.large-json", HTTP)
def large_json(_, client):
    array = fp32(1, 100_000)
    inputs = [client.input("input", array, "FP32", binary=False)]
    result = client.infer("echo_fp32", inputs, outputs=[client.output("output", binary=False)])
    check_echo(result, array)


@check("tensor.many-strings")
def many_strings(_, client):
    array = np.array([f"text {at}".encode() for at in range(5000)], dtype=np.object_).reshape(5, 1000)
    check_echo(client.infer("echo_bytes", [client.input("input", array, "BYTES")]), array)


for _batch in (1, 3, 8, 9, 64):

    @check(f"batch.{_batch}")
    def batch(_, client, items=_batch):
        array = fp32(items, 3, 4)
        check_echo(client.infer("fixed", [client.input("input", array, "FP32")]), array)


@check("batch.zero")
def batch_zero(_, client):
    array = fp32(0, 3, 4)
    result = client.infer("fixed", [client.input("input", array, "FP32")])
    return list(result.as_numpy("output").shape)


@check("batch.none")
def unbatched(_, client):
    """A model without a batch dimension."""
    array = fp32(2, 4)
    check_echo(client.infer("single", [client.input("input", array, "FP32")]), array)


@check("batch.none-wrong")
def unbatched_wrong(_, client):
    return client.infer("single", [client.input("input", fp32(1, 2, 4), "FP32")])
