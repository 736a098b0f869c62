"""The real LoadGen's Server or SingleStream scenario against a server over HTTP: loadgen_http.py JOB.json FOLDER. Writes LoadGen's logs to the folder.

As little Python as can be stands between LoadGen and the server, so that a latency is the server's: LoadGen's own thread writes the ready-made request
to a connection that is free (the last used first, a new one where none is), and one other thread reads the answers. Nothing of an answer is looked at but its
status and its length. The body is the same for every sample.
"""
import json
import os
import select
import socket
import sys
import threading
import traceback

import mlperf_loadgen as loadgen

with open(sys.argv[1]) as file:
    job = json.load(file)
body = job["body"].encode()
head = f"POST {job['path']} HTTP/1.1\r\nhost: {job['host']}:{job['port']}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
request = head.encode() + body
epoll = select.epoll()
connections = {}
free = []
failed = 0


class Connection:
    """One request at a time."""

    def __init__(self):
        self.socket = socket.create_connection((job["host"], job["port"]))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connections[self.socket.fileno()] = self
        epoll.register(self.socket, select.EPOLLIN)

    def send(self, sample):
        self.sample = sample
        self.answer = b""
        self.socket.sendall(request)

    def receive(self):
        """Whether the answer is complete."""
        piece = self.socket.recv(65536)
        if not piece:
            raise ConnectionError("the server closed a connection")
        self.answer += piece
        head, found, body = self.answer.partition(b"\r\n\r\n")
        return found != b"" and len(body) >= length(head)


def length(head):
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError("an answer without a content-length")


def complete(connection):
    global failed
    if not connection.answer.startswith(b"HTTP/1.1 200"):
        failed += 1
    sample = connection.sample
    free.append(connection)
    loadgen.QuerySamplesComplete([loadgen.QuerySampleResponse(sample, 0, 0)])


def read():
    try:
        while True:
            for number, _ in epoll.poll():
                if connections[number].receive():
                    complete(connections[number])
    except Exception:
        # LoadGen would wait for the answers for ever.
        traceback.print_exc()
        os._exit(1)


def issue(samples):
    for sample in samples:
        (free.pop() if free else Connection()).send(sample.id)


settings = loadgen.TestSettings()
settings.scenario = getattr(loadgen.TestScenario, job["scenario"])
settings.mode = loadgen.TestMode.PerformanceOnly
for name, value in job["settings"].items():
    # Seeds go beyond what JSON's readers keep, so they come as text.
    setattr(settings, name, int(value) if isinstance(value, str) else value)
logs = loadgen.LogSettings()
logs.log_output.outdir = sys.argv[2]
logs.enable_trace = False
threading.Thread(target=read, daemon=True).start()
system = loadgen.ConstructSUT(issue, lambda: None)
library = loadgen.ConstructQSL(8, 8, lambda samples: None, lambda samples: None)
loadgen.StartTestWithLogSettings(system, library, settings, logs)
loadgen.DestroyQSL(library)
loadgen.DestroySUT(system)
sys.exit(1 if failed else 0)
