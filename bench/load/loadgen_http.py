"""The real LoadGen's Server scenario against a server over HTTP: loadgen_http.py JOB.json FOLDER. Writes LoadGen's logs to the folder.

Requests go over a pool of threads, each with one connection that it keeps; the body is the same for every sample.
"""
import http.client
import json
import queue
import sys
import threading

import mlperf_loadgen as loadgen

with open(sys.argv[1]) as file:
    job = json.load(file)
work = queue.SimpleQueue()
failed = 0


def client():
    global failed
    connection = http.client.HTTPConnection(job["host"], job["port"])
    headers = {"content-type": "application/json"}
    while True:
        sample = work.get()
        if sample is None:
            return
        connection.request("POST", job["path"], job["body"], headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            failed += 1
        loadgen.QuerySamplesComplete([loadgen.QuerySampleResponse(sample, 0, 0)])


def issue(samples):
    for sample in samples:
        work.put(sample.id)


settings = loadgen.TestSettings()
settings.scenario = loadgen.TestScenario.Server
settings.mode = loadgen.TestMode.PerformanceOnly
settings.server_target_qps = job["qps"]
settings.server_target_latency_ns = 10_000_000_000
settings.min_duration_ms = job["durationMs"]
settings.min_query_count = 1
settings.schedule_rng_seed = int(job["seed"])
logs = loadgen.LogSettings()
logs.log_output.outdir = sys.argv[2]
logs.enable_trace = False
threads = [threading.Thread(target=client) for _ in range(job["connections"])]
for thread in threads:
    thread.start()
system = loadgen.ConstructSUT(issue, lambda: None)
library = loadgen.ConstructQSL(8, 8, lambda samples: None, lambda samples: None)
loadgen.StartTestWithLogSettings(system, library, settings, logs)
for _ in threads:
    work.put(None)
for thread in threads:
    thread.join()
loadgen.DestroyQSL(library)
loadgen.DestroySUT(system)
sys.exit(1 if failed else 0)
