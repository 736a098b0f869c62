"""An engine in another language: speaks the instance protocol on descriptor 3, with tensors in the arena behind
descriptor 4, and copies each input to the output of the same place. Written from docs/instance-protocol.md alone."""
import json
import mmap
import os
import struct
import time

HEADER = struct.Struct("<IBBHIIIIQQ")
MAGIC, VERSION = 0x4E494854, 1
JSON, RUN, DONE = 0, 1, 2


def read_exactly(count):
    data = b""
    while len(data) < count:
        chunk = os.read(3, count - len(data))
        if not chunk:
            raise SystemExit(0)
        data += chunk
    return data


def write(kind, sequence, payload, slot=0, count=0):
    data = HEADER.pack(MAGIC, VERSION, kind, slot, len(payload), sequence, count, 0, 0, 0) + payload
    while data:
        data = data[os.write(3, data):]


def say(sequence, message):
    write(JSON, sequence, json.dumps(message).encode())


def run(arena, binding, count, start, until):
    times = b""
    inputs, outputs = binding
    while time.monotonic_ns() < start:
        pass
    for _ in range(max(1, count)):
        begin = time.monotonic_ns()
        for source, target in zip(inputs, outputs):
            data = arena[source["offset"]:source["offset"] + source["bytes"]]
            arena[target["offset"]:target["offset"] + target["bytes"]] = data[:target["bytes"]]
        end = time.monotonic_ns()
        times += struct.pack("<QQ", begin, end)
        if until and end >= until:
            break
    return times


def main():
    say(0, {"type": "hello", "protocol": VERSION, "pid": os.getpid()})
    bindings, arena = {}, None
    while True:
        magic, version, kind, slot, size, sequence, count, _, start, until = HEADER.unpack(read_exactly(HEADER.size))
        assert (magic, version) == (MAGIC, VERSION)
        payload = read_exactly(size)
        if kind == RUN:
            times = run(arena, bindings[slot], count, start, until)
            write(DONE, sequence, times, slot, len(times) // 16)
            continue
        message = json.loads(payload)
        if message["type"] == "load":
            signature = message["settings"]["signature"]
            engine = {"name": "identity", "version": "3"}
            say(sequence, {"type": "loaded", "engine": engine, "signature": signature,
                           "memoryPolicy": "unknown", "loadMs": 0.0})
        elif message["type"] == "bind":
            inputs, outputs = message["inputs"], message["outputs"]
            if outputs is None:
                shapes = [{key: tensor[key] for key in ("name", "type", "shape")} for tensor in inputs]
                say(sequence, {"type": "bound", "outputs": shapes})
                continue
            if any(tensor["type"] != "float32" for tensor in inputs):
                say(sequence, {"type": "failed", "code": "shape-invalid", "message": "only float32 is copied",
                               "remedy": "give float32"})
                continue
            arena = mmap.mmap(4, os.fstat(4).st_size)
            bindings[message["slot"]] = (inputs, outputs)
            say(sequence, {"type": "bound", "outputs": None})
        elif message["type"] == "close":
            say(sequence, {"type": "closed"})
            return


main()
