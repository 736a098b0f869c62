"""HTTP requests that tritonclient never sends: which status, and which form of message."""

import http.client
import json

from .harness import check

HTTP = ("http",)
DATA = [[1.0, 2.0]]
INPUT = {"name": "input", "shape": [1, 2], "datatype": "FP32", "data": [1.0, 2.0]}


def ask(context, body, path="/v2/models/echo_fp32/infer", method="POST", headers=None):
    """One request on a connection of its own; gives its status and what its body is."""
    if not isinstance(body, (bytes, type(None))):
        body = json.dumps(body).encode()
    connection = http.client.HTTPConnection(context.args.http, timeout=20)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    facts = {"status": response.status, "body": form(content)}
    if response.status == 200 and isinstance(parsed(content), dict):
        # As text: JSON has no NaN and no infinities.
        facts["data"] = [repr(output.get("data")) for output in parsed(content).get("outputs", [])]
    return facts


def form(content):
    if content == b"":
        return "empty"
    got = parsed(content)
    return "text" if got is None else sorted(got) if isinstance(got, dict) else type(got).__name__


def parsed(content):
    try:
        return json.loads(content)
    except ValueError:
        return None


def one(**changes):
    """A request of one input, with changes; None takes a field away."""
    changed = {**INPUT, **changes}
    return {"inputs": [{name: value for name, value in changed.items() if value is not None}]}


for _name, _body in {
    "plain": one(),
    "nested-data": one(data=DATA),
    "nested-otherwise": one(data=[[1.0], [2.0]]),
    "deeply-nested": one(data=[[[[1.0, 2.0]]]]),
    "no-name": one(name=None),
    "no-shape": one(shape=None),
    "no-datatype": one(datatype=None),
    "no-data": one(data=None),
    "name-is-number": one(name=3),
    "shape-is-text": one(shape="1,2"),
    "shape-of-texts": one(shape=["1", "2"]),
    "shape-of-fractions": one(shape=[1.0, 2.0]),
    "shape-negative": one(shape=[-1, 2]),
    "datatype-is-number": one(datatype=32),
    "datatype-in-lower-case": one(datatype="fp32"),
    "data-is-text": one(data="1,2"),
    "data-is-object": one(data={"0": 1}),
    "data-of-texts": one(data=["1", "2"]),
    "data-of-booleans": one(data=[True, False]),
    "data-with-null": one(data=[1.0, None]),
    "data-of-integers": one(data=[1, 2]),
    "data-out-of-range": one(data=[1e300, 2.0]),
    "no-inputs": {},
    "inputs-is-object": {"inputs": INPUT},
    "inputs-of-numbers": {"inputs": [1]},
    "inputs-empty": {"inputs": []},
    "unknown-fields": {**one(more=1), "more": {"x": []}},
    "id-is-number": {**one(), "id": 17},
    "id-is-null": {**one(), "id": None},
    "parameters-is-list": {**one(), "parameters": []},
    "parameter-is-object": {**one(), "parameters": {"x": {}}},
    "parameter-is-null": {**one(), "parameters": {"x": None}},
    "outputs-is-object": {**one(), "outputs": {}},
    "outputs-without-name": {**one(), "outputs": [{}]},
    "outputs-empty": {**one(), "outputs": []},
    "binary-output-for-all": {**one(), "parameters": {"binary_data_output": True}},
    "binary-output-is-text": {**one(), "parameters": {"binary_data_output": "yes"}},
    "timeout-is-text": {**one(), "parameters": {"timeout": "soon"}},
    "timeout-negative": {**one(), "parameters": {"timeout": -1}},
    "priority-is-text": {**one(), "parameters": {"priority": "high"}},
    "list": [],
    "number": 1,
    "empty": b"",
    "broken": b'{"inputs": [',
    "two-documents": b"{}{}",
    "not-utf8": b'{"id": "\xff\xfe", "inputs": []}',
    "byte-order-mark": b"\xef\xbb\xbf" + json.dumps(one()).encode(),
    "nan": b'{"inputs":[{"name":"input","shape":[1,2],"datatype":"FP32","data":[NaN, 1]}]}',
    "comment": b'/* x */ {"inputs":[{"name":"input","shape":[1,2],"datatype":"FP32","data":[1, 2]}]}',
    "trailing-comma": b'{"inputs":[{"name":"input","shape":[1,2],"datatype":"FP32","data":[1, 2,]}]}',
    "key-twice": b'{"inputs":[],"inputs":[{"name":"input","shape":[1,2],"datatype":"FP32","data":[1, 2]}]}',
    "deep": b"[" * 100_000,
}.items():

    @check(f"raw.{_name}", HTTP)
    def raw(context, _, body=_body):
        return ask(context, body)


for _datatype, _name, _data in (
    ("INT8", "out-of-range", [300, 1]), ("UINT8", "negative", [-1, 1]), ("INT32", "fraction", [1.5, 2.5]), ("INT32", "whole-fraction", [1.0, 2.0]),
    ("INT64", "beyond", [2**63, 0]), ("UINT64", "beyond", [2**64, 0]), ("BOOL", "numbers", [1, 0]), ("BOOL", "texts", ["true", "false"]),
    ("BYTES", "numbers", [1, 2]), ("BYTES", "lone-surrogate", ["\ud800", "a"]), ("FP64", "small", [5e-324, -0.0]), ("FP16", "numbers", [1.0, 2.0]),
):  # fmt: skip

    @check(f"raw.{_datatype}.{_name}", HTTP)
    def raw_datatype(context, _, datatype=_datatype, data=_data):
        return ask(context, one(datatype=datatype, data=data), f"/v2/models/echo_{datatype.lower()}/infer")


BINARY = json.dumps(one(data=None, parameters={"binary_data_size": 8})).encode()
LENGTH = "Inference-Header-Content-Length"

for _name, _body, _length in (
    ("right", BINARY + bytes(8), len(BINARY)),
    ("length-of-no-number", BINARY + bytes(8), "many"),
    ("length-negative", BINARY + bytes(8), -1),
    ("length-too-long", BINARY + bytes(8), len(BINARY) + 100),
    ("length-too-short", BINARY + bytes(8), 10),
    ("bytes-missing", BINARY + bytes(4), len(BINARY)),
    ("bytes-left", BINARY + bytes(12), len(BINARY)),
    ("no-header", BINARY + bytes(8), None),
):

    @check(f"raw.binary.{_name}", HTTP)
    def raw_binary(context, _, body=_body, length=_length):
        return ask(context, body, headers={} if length is None else {LENGTH: str(length)})


for _name, _method, _path in (
    ("live", "GET", "/v2/health/live"), ("live-post", "POST", "/v2/health/live"), ("v2-slash", "GET", "/v2/"),
    ("v1", "GET", "/v1/models"), ("models", "GET", "/v2/models"), ("infer-get", "GET", "/v2/models/echo_fp32/infer"),
    ("infer-put", "PUT", "/v2/models/echo_fp32/infer"), ("metadata-post", "POST", "/v2/models/echo_fp32"),
    ("infer-slash", "POST", "/v2/models/echo_fp32/infer/"), ("versions", "GET", "/v2/models/echo_fp32/versions"),
    ("ready-unknown", "GET", "/v2/models/nothing/ready"), ("dots", "GET", "/v2/models/../models/echo_fp32"),
    ("encoded", "GET", "/v2/models/echo%5Ffp32"), ("encoded-slash", "GET", "/v2/models/echo%2Ffp32"), ("query", "GET", "/v2/models/echo_fp32?x=1"),
):  # fmt: skip

    @check(f"raw.path.{_name}", HTTP)
    def raw_path(context, _, method=_method, path=_path):
        body = one() if method in ("POST", "PUT") else None
        return ask(context, body, path, method)


for _name, _headers in (
    ("content-type-text", {"Content-Type": "text/plain"}),
    ("content-type-none", {}),
    ("encoding-unknown", {"Content-Encoding": "br"}),
    ("encoding-wrong", {"Content-Encoding": "gzip"}),
    ("accept-unknown", {"Accept-Encoding": "br"}),
):

    @check(f"raw.header.{_name}", HTTP)
    def raw_header(context, _, headers=_headers):
        return ask(context, one(), headers=headers)
