"""Management without the token, or with another; only for servers that want one."""

from .clients import Client
from .harness import check


def refused(context, kind, address, token):
    client = Client(kind, address, token)
    try:
        client.call("load_model", "single")
    finally:
        client.close()


def management(context, kind):
    return context.args.management_http if kind.startswith("http") else context.args.grpc


@check("access.no-token", own=True)
def no_token(context, client):
    refused(context, client.kind, management(context, client.kind), None)


@check("access.other-token", own=True)
def other_token(context, client):
    refused(context, client.kind, management(context, client.kind), "0123456789abcdef0123456789abcdef")


@check("access.other-listener", ("http",), own=True)
def other_listener(context, client):
    """The listener of inference has no management, whoever asks."""
    refused(context, client.kind, context.args.http, context.args.token)
