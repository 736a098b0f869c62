"""
Exercises a server of the Open Inference Protocol with Triton's own clients (tritonclient.http, .http.aio, .grpc, .grpc.aio), and prints one
JSON object: check and client → { ok, status, detail, message }.

`ok`: the call succeeded and its answer was right. `status`: OK, the HTTP status, the gRPC code, or WRONG. `detail`: facts that have to be
the same on every server. `message`: what an error said; servers word that themselves.

The server has the models of models.json. One that takes management elsewhere, or has the slow model elsewhere, is told by options.
"""

import argparse
import importlib
import json
import sys

from conformance import harness

# In this order: what loads and unloads comes last, as it changes the server.
for part in ("server", "tensors", "requests", "raw", "streams", "memory", "access", "control"):
    importlib.import_module(f"conformance.{part}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--http", required=True, help="HOST:PORT")
    parser.add_argument("--grpc", required=True, help="HOST:PORT")
    parser.add_argument("--management-http", help="HOST:PORT of loading and of shared memory; default: --http")
    parser.add_argument("--token", help="bearer token of management calls")
    parser.add_argument("--slow-http", help="HOST:PORT of the model 'slow'; default: --http")
    parser.add_argument("--slow-grpc", help="HOST:PORT of the model 'slow'; default: --grpc")
    parser.add_argument("--models", required=True, help="names of the models that are there, separated by commas")
    parser.add_argument("--spare", action="store_true", help="leave out what a Triton 2.51 does not survive")
    parser.add_argument("--only", help="only checks whose name and client contain this")
    args = parser.parse_args()
    args.models = sorted(args.models.split(","))
    args.management_http = args.management_http or args.http
    args.slow_http = args.slow_http or args.http
    args.slow_grpc = args.slow_grpc or args.grpc
    return args


def main():
    args = arguments()
    outcomes = harness.run_all(harness.Context(args), args.only)
    lines = [f"{json.dumps(key)}: {json.dumps(one, ensure_ascii=False, allow_nan=False)}" for key, one in sorted(outcomes.items())]
    print("{\n" + ",\n".join(lines) + "\n}")


if __name__ == "__main__":
    main()
