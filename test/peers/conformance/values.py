"""Values of every datatype, with the ends of their ranges."""

import ml_dtypes
import numpy as np

NUMPY = {
    "BOOL": np.bool_, "UINT8": np.uint8, "UINT16": np.uint16, "UINT32": np.uint32, "UINT64": np.uint64,
    "INT8": np.int8, "INT16": np.int16, "INT32": np.int32, "INT64": np.int64,
    "FP16": np.float16, "FP32": np.float32, "FP64": np.float64, "BF16": ml_dtypes.bfloat16,
}  # fmt: skip
FLOATS = ("FP16", "FP32", "FP64", "BF16")


def finite(datatype):
    """Two rows of six items that JSON can write."""
    if datatype == "BYTES":
        return texts([["", "a", "thinfer"], ["größer", "日本", 'quote " \\ \n']])
    return np.array(numbers(datatype), dtype=NUMPY[datatype]).reshape(2, -1)


def numbers(datatype):
    if datatype == "BOOL":
        return [True, False, True, True, False, False]
    kind = NUMPY[datatype]
    info = ml_dtypes.finfo(kind) if datatype in FLOATS else np.iinfo(kind)
    if datatype in FLOATS:
        return [float(info.max), float(info.min), float(info.smallest_subnormal), -0.0, 1 / 3, 1.0]
    return [info.max, info.min, info.max - 1, 0, 1, info.min + 1]


def extreme(datatype):
    """Items that only bytes can carry; for most datatypes there are none."""
    if datatype == "BYTES":
        return texts([[b"\x00\xff\xfe", b"", b"x" * 70_000], [bytes(range(256)), b"\r\n", b"\x00"]])
    if datatype in FLOATS:
        items = [float("nan"), float("inf"), float("-inf"), 0.0, -0.0, 2.0]
        return np.array(items, dtype=NUMPY[datatype]).reshape(2, -1)
    return finite(datatype)


def texts(rows):
    array = np.empty((len(rows), len(rows[0])), dtype=np.object_)
    for at, row in enumerate(rows):
        for column, text in enumerate(row):
            array[at, column] = text.encode() if isinstance(text, str) else text
    return array


def fp32(*shape, start=0):
    count = int(np.prod(shape))
    return (np.arange(count, dtype=np.float32) + start).reshape(shape)


def equal(got, wanted):
    """Bit for bit, so that NaN and -0.0 count too."""
    if got is None or got.shape != wanted.shape:
        return False
    if wanted.dtype == np.object_:
        return [bytes(x) if not isinstance(x, str) else x.encode() for x in got.flat] == list(wanted.flat)
    return got.dtype == wanted.dtype and got.tobytes() == wanted.tobytes()


def check_echo(result, wanted, name="output"):
    got = result.as_numpy(name)
    assert equal(got, wanted), f"{name}: got {got!r}, not {wanted!r}"
