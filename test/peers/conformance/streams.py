"""Answers that come later: streams, callbacks, many at once, and none because nobody waits any more."""

import asyncio
import queue
import threading
import time

from .clients import Client
from .harness import check
from .values import check_echo, equal, fp32

PATIENCE = 30


def messages(client, requests, **stream):
    """Sends requests (keyword arguments) over one stream; gives (result, error) as they came."""
    got = queue.Queue()
    client.raw.start_stream(lambda result, error: got.put((result, error)), **stream)
    try:
        for request in requests:
            client.raw.async_stream_infer(**request)
        return [got.get(timeout=PATIENCE) for _ in requests]
    finally:
        client.raw.stop_stream()


def request(client, at, model="fixed", **options):
    inputs = [client.input("input", fp32(1, 3, 4, start=at), "FP32")]
    return {"model_name": model, "inputs": inputs, "request_id": str(at), **options}


@check("stream.answers", ("grpc",))
def stream(_, client):
    got = messages(client, [request(client, at) for at in range(8)])
    ids = []
    for result, error in got:
        assert error is None, error
        ids.append(result.get_response().id)
        check_echo(result, fp32(1, 3, 4, start=int(ids[-1])))
    return sorted(ids)


@check("stream.compressed", ("grpc",))
def stream_compressed(_, client):
    ((result, error),) = messages(client, [request(client, 3)], compression_algorithm="gzip")
    assert error is None, error
    check_echo(result, fp32(1, 3, 4, start=3))


@check("stream.goes-on-after-errors", ("grpc",))
def stream_errors(_, client):
    wrong = request(client, 2)
    wrong["inputs"][0].set_shape([1, 4, 3])
    sent = [request(client, 0), request(client, 1, model="nothing"), wrong, request(client, 3)]
    got = messages(client, sent)
    return sorted("OK" if error is None else str(error.status()).removeprefix("StatusCode.") for _, error in got)


@check("stream.error-names-its-request", ("grpc",))
def stream_error_id(_, client):
    ((result, error),) = messages(client, [request(client, 7, model="nothing")])
    assert error is not None
    return [result is None, None if result is None else result.get_response().id]


@check("stream.empty-final-response", ("grpc",))
def final_response(_, client):
    """A model with one answer a request marks it as the last."""
    ((result, error),) = messages(client, [request(client, 1, enable_empty_final_response=True)])
    assert error is None, error
    return {name: value.bool_param for name, value in result.get_response().parameters.items()}


@check("stream.cancelled", ("grpc",))
def stream_cancelled(context, client):
    slow = context.slow("grpc")
    got = queue.Queue()
    slow.raw.start_stream(lambda result, error: got.put(error))
    slow.raw.async_stream_infer("slow", [slow.input("input", fp32(1, 2), "FP32")])
    time.sleep(0.05)
    slow.raw.stop_stream(cancel_requests=True)
    facts = sorted({str(error.status()) for error in list(got.queue) if error is not None})
    still_answers(slow)
    slow.close()
    return facts


@check("stream.answers", ("grpc.aio",))
def aio_stream(_, client):
    async def ask():
        async def requests():
            for at in range(8):
                yield request(client, at)

        ids = []
        async for result, error in client.raw.stream_infer(requests()):
            assert error is None, error
            ids.append(result.get_response().id)
            check_echo(result, fp32(1, 3, 4, start=int(ids[-1])))
        return sorted(ids)

    return client.wait(asyncio.wait_for(ask(), PATIENCE))


@check("callback.answers", ("grpc",))
def callbacks(_, client):
    got = queue.Queue()
    for at in range(20):
        sent = request(client, at)
        client.raw.async_infer(callback=lambda result, error: got.put((result, error)), **sent)
    ids = set()
    for _ in range(20):
        result, error = got.get(timeout=PATIENCE)
        assert error is None, error
        ids.add(int(result.get_response().id))
        check_echo(result, fp32(1, 3, 4, start=int(result.get_response().id)))
    return len(ids)


@check("callback.error", ("grpc",))
def callback_error(_, client):
    got = queue.Queue()
    client.raw.async_infer(callback=lambda result, error: got.put(error), **request(client, 1, model="nothing"))
    raise got.get(timeout=PATIENCE)


@check("many.200")
def many(_, client):
    """200 requests at once, of which each has to get its own answer."""
    arrays = [fp32(1 + at % 4, 5, start=at * 100) for at in range(200)]
    for array, got in zip(arrays, MANY[client.kind](client, arrays), strict=True):
        assert equal(got, array), (array, got)


def many_http(client, arrays):
    wide = Client("http", client.address, concurrency=16)
    try:
        sent = [wide.raw.async_infer("echo_fp32", [wide.input("input", array, "FP32")]) for array in arrays]
        return [one.get_result(timeout=PATIENCE).as_numpy("output") for one in sent]
    finally:
        wide.close()


def many_grpc(client, arrays):
    got = [None] * len(arrays)
    done = threading.Semaphore(0)

    def keep(at):
        def callback(result, error):
            got[at] = error if result is None else result.as_numpy("output")
            done.release()

        return callback

    for at, array in enumerate(arrays):
        client.raw.async_infer("echo_fp32", [client.input("input", array, "FP32")], keep(at))
    for _ in arrays:
        assert done.acquire(timeout=PATIENCE), "an answer is missing"
    for one in got:
        if isinstance(one, Exception):
            raise one
    return got


def many_aio(client, arrays):
    async def ask():
        calls = [client.raw.infer("echo_fp32", [client.input("input", array, "FP32")]) for array in arrays]
        return [result.as_numpy("output") for result in await asyncio.gather(*calls)]

    return client.wait(asyncio.wait_for(ask(), PATIENCE))


MANY = {"http": many_http, "http.aio": many_aio, "grpc": many_grpc, "grpc.aio": many_aio}


def still_answers(client):
    array = fp32(1, 2, start=1)
    check_echo(client.infer("slow", [client.input("input", array, "FP32")]), array)


def slowly(context, client, **options):
    slow = context.slow(client.kind, **options)
    return slow, [slow.input("input", fp32(1, 2), "FP32")]


@check("cancel.call", ("grpc",))
def cancel(context, client):
    slow, inputs = slowly(context, client)
    got = queue.Queue()
    call = slow.raw.async_infer("slow", inputs, lambda result, error: got.put(error))
    time.sleep(0.05)
    call.cancel()
    error = got.get(timeout=PATIENCE)
    still_answers(slow)
    slow.close()
    return str(error.status())


@check("cancel.task", ("http.aio", "grpc.aio"))
def cancel_task(context, client):
    slow, inputs = slowly(context, client)

    async def ask():
        task = asyncio.ensure_future(slow.raw.infer("slow", inputs))
        await asyncio.sleep(0.05)
        task.cancel()
        (end,) = await asyncio.gather(task, return_exceptions=True)
        return type(end).__name__

    ended = slow.wait(ask())
    still_answers(slow)
    slow.close()
    return ended


@check("timeout.client", ("grpc", "grpc.aio"))
def client_timeout(context, client):
    slow, inputs = slowly(context, client)
    try:
        slow.infer("slow", inputs, client_timeout=0.1)
    finally:
        still_answers(slow)
        slow.close()


@check("timeout.client", ("http",))
def http_timeout(context, client):
    slow, inputs = slowly(context, client, network_timeout=0.1)
    try:
        slow.infer("slow", inputs)
    finally:
        slow.close()


@check("timeout.server")
def server_timeout(context, client):
    """The request itself says that its answer is worth nothing after 50 ms."""
    slow, inputs = slowly(context, client)
    try:
        slow.infer("slow", inputs, timeout=50_000)
    finally:
        still_answers(slow)
        slow.close()
