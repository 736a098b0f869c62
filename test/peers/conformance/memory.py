"""Shared memory of the system: register, use, unregister."""

import contextlib
import os

import tritonclient.utils.shared_memory as shm

from .harness import check, same
from .values import check_echo, equal, fp32

SIZE = 64


@contextlib.contextmanager
def region(name, size=SIZE):
    key = f"/thinfer-conformance-{os.getpid()}-{name}"
    handle = shm.create_shared_memory_region(name, key, size)
    try:
        yield handle, key
    finally:
        shm.destroy_shared_memory_region(handle)


def infer_in_place(client, source, target=None, offset=0, size=48):
    """Sends an input that lies in memory; asks for the output there too where `target` is given."""
    tensor = client.tc.InferInput("input", [1, 3, 4], "FP32")
    tensor.set_shared_memory(source, size, offset)
    output = client.output("output")
    if target:
        output.set_shared_memory(target, SIZE)
    return client.infer("fixed", [tensor], outputs=[output])


@check("memory.use")
def use(context, client):
    array = fp32(1, 3, 4, start=3)
    with region("in") as (source, source_key), region("out") as (target, target_key), context.trusted(client.kind) as trusted:
        shm.set_shared_memory_region(source, [array])
        trusted.call("register_system_shared_memory", "in", source_key, SIZE)
        trusted.call("register_system_shared_memory", "out", target_key, SIZE)
        try:
            result = infer_in_place(client, "in", "out")
            got = shm.get_contents_as_numpy(target, "float32", [1, 3, 4])
            assert equal(got, array), got
            described = client.answer(result)["outputs"][0]
            status = trusted.json("get_system_shared_memory_status")
            listed = status if isinstance(status, list) else list(status["regions"].values())
            facts = {
                "output": sorted(described),
                "parameters": sorted(described.get("parameters", {})),
                "regions": sorted(entry["name"] for entry in listed),
                "fields": sorted(set().union(*(set(entry) for entry in listed)) - {"offset"}),
            }
        finally:
            trusted.call("unregister_system_shared_memory", "in")
            trusted.call("unregister_system_shared_memory")
        status = trusted.json("get_system_shared_memory_status")
        same(status if isinstance(status, list) else list(status.get("regions", {}).values()), [], "regions left")
        return facts


@check("memory.input-only")
def input_only(context, client):
    array = fp32(1, 3, 4, start=5)
    with region("half") as (source, key), context.trusted(client.kind) as trusted:
        shm.set_shared_memory_region(source, [array], offset=8)
        trusted.call("register_system_shared_memory", "half", key, SIZE)
        try:
            check_echo(infer_in_place(client, "half", offset=8), array)
        finally:
            trusted.call("unregister_system_shared_memory", "half")


# Triton 2.51 adds the offset twice, and reads whatever lies behind the region.
@check("memory.region-within-a-file", fatal=True)
def within(context, client):
    """A region that begins on a page, and one that does not."""
    array = fp32(1, 3, 4, start=9)
    with region("far", 8192) as (source, key), context.trusted(client.kind) as trusted:
        shm.set_shared_memory_region(source, [array], offset=4096)
        trusted.call("register_system_shared_memory", "far", key, SIZE, 4096)
        try:
            check_echo(infer_in_place(client, "far"), array)
        finally:
            trusted.call("unregister_system_shared_memory", "far")


@check("memory.region-off-a-page")
def off_a_page(context, client):
    with region("odd") as (_, key), context.trusted(client.kind) as trusted:
        try:
            trusted.call("register_system_shared_memory", "odd", key, SIZE - 8, 8)
        finally:
            trusted.call("unregister_system_shared_memory", "odd")


def with_region(context, client, action):
    with region("wrong") as (_, key), context.trusted(client.kind) as trusted:
        trusted.call("register_system_shared_memory", "wrong", key, SIZE)
        try:
            return action(trusted, key)
        finally:
            trusted.call("unregister_system_shared_memory", "wrong")


@check("memory.registered-twice")
def registered_twice(context, client):
    with_region(context, client, lambda trusted, key: trusted.call("register_system_shared_memory", "wrong", key, SIZE))


@check("memory.beyond-the-end")
def beyond(context, client):
    with_region(context, client, lambda _, key: infer_in_place(client, "wrong", offset=32))


@check("memory.too-few-bytes")
def too_few(context, client):
    with_region(context, client, lambda _, key: infer_in_place(client, "wrong", size=40))


@check("memory.output-too-small")
def output_too_small(context, client):
    def action(trusted, key):
        output = client.output("output")
        output.set_shared_memory("wrong", 16)
        client.infer("fixed", [client.input("input", fp32(1, 3, 4), "FP32")], outputs=[output])

    with_region(context, client, action)


@check("memory.not-registered")
def not_registered(_, client):
    infer_in_place(client, "nothing")


@check("memory.unknown-key")
def unknown_key(context, client):
    with context.trusted(client.kind) as trusted:
        trusted.call("register_system_shared_memory", "none", "/thinfer-conformance-nothing", SIZE)


@check("memory.larger-than-there-is")
def larger(context, client):
    with region("small") as (_, key), context.trusted(client.kind) as trusted:
        try:
            trusted.call("register_system_shared_memory", "small", key, 1 << 20)
        finally:
            trusted.call("unregister_system_shared_memory", "small")


@check("memory.outside")
def outside(context, client):
    """A key that leads out of the folder of shared memory."""
    with context.trusted(client.kind) as trusted:
        try:
            trusted.call("register_system_shared_memory", "passwd", "/../../etc/passwd", 16)
        finally:
            trusted.call("unregister_system_shared_memory", "passwd")


@check("memory.unregister-unknown")
def unregister_unknown(context, client):
    with context.trusted(client.kind) as trusted:
        trusted.call("unregister_system_shared_memory", "nothing")


@check("memory.status-unknown")
def status_unknown(context, client):
    with context.trusted(client.kind) as trusted:
        trusted.json("get_system_shared_memory_status", "nothing")


@check("memory.cuda-status")
def cuda_status(context, client):
    with context.trusted(client.kind) as trusted:
        got = trusted.json("get_cuda_shared_memory_status")
        return got if isinstance(got, list) else sorted(got)
