"""A check is a function that gets a context and a client, and gives facts (compared between servers) or raises."""

import asyncio
import contextlib
import sys
import time

from tritonclient.utils import InferenceServerException

from .clients import KINDS, Client

CHECKS = []
# Requests that end Triton 2.51 or make it read beyond its memory; they are left out where `--spare` is given.
FATAL = set()
# Checks of what only thinfer has; they are made where `--token` is given.
OWN = set()


def check(name, kinds=KINDS, fatal=False, own=False):
    """Registers a check; it runs once for each kind of client."""

    def register(body):
        if fatal:
            FATAL.add(name)
        if own:
            OWN.add(name)
        CHECKS.append((name, kinds, body))
        return body

    return register


class Context:
    """Where the server is. `slow` is where the model lies that takes its time."""

    def __init__(self, args):
        self.args = args
        self.models = args.models

    def address(self, kind):
        return self.args.http if kind.startswith("http") else self.args.grpc

    @contextlib.contextmanager
    def manager(self, kind):
        """A client that may load and unload."""
        http = kind.startswith("http")
        yield from lent(Client(kind, self.args.management_http if http else self.args.grpc, self.args.token))

    @contextlib.contextmanager
    def trusted(self, kind):
        """A client of the listener of inference that may do all that can be done there."""
        yield from lent(Client(kind, self.address(kind), self.args.token))

    def slow(self, kind, **options):
        http = kind.startswith("http")
        return Client(kind, self.args.slow_http if http else self.args.slow_grpc, **options)


def lent(client):
    try:
        yield client
    finally:
        client.close()


def outcome(status="OK", detail=None, message=None):
    return {"ok": status == "OK", "status": status, "detail": detail, "message": message and message[:300]}


def run_one(context, kind, body):
    client = Client(kind, context.address(kind))
    try:
        detail = body(context, client)
        return outcome(detail="answered" if hasattr(detail, "as_numpy") else detail)
    except InferenceServerException as error:
        return outcome(plain(error.status()), message=error.message())
    except AssertionError as error:
        return outcome("WRONG", message=str(error))
    except asyncio.TimeoutError:
        return outcome("TIMEOUT")
    except Exception as error:  # Whatever a client raises is an outcome: a closed connection, a message it can't read.
        return outcome(type(error).__name__, message=str(error))
    finally:
        client.close()


def plain(status):
    return "ERROR" if status is None else str(status).removeprefix("StatusCode.")


def run_all(context, only):
    """Runs the checks whose name contains `only`; gives outcomes by name and client."""
    outcomes = {}
    for name, kinds, body in CHECKS:
        for kind in kinds:
            key = f"{name} {kind}"
            if (only and only not in key) or (name in OWN and not context.args.token):
                continue
            began = time.monotonic()
            spared = context.args.spare and name in FATAL
            outcomes[key] = outcome("NOT-ASKED") if spared else run_one(context, kind, body)
            took = time.monotonic() - began
            print(f"{took:6.2f} s  {outcomes[key]['status']:<18} {key}", file=sys.stderr)
    return outcomes


def same(got, wanted, what):
    assert got == wanted, f"{what}: got {short(got)}, not {short(wanted)}"


def short(value):
    text = repr(value)
    return text if len(text) < 200 else text[:200] + "…"


def wait_for(what, found, seconds=20):
    """Waits until `found` gives something true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = found()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s in vain for {what}")
