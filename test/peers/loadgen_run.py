"""One test of the real LoadGen against a system that only sleeps: loadgen_run.py JOB.json FOLDER.

The job names the scenario, the library's sizes, fields of TestSettings and how long the system takes, in microseconds: a list that is
gone through again and again, one entry a query.
"""
import json
import os
import sys
import time

import mlperf_loadgen as loadgen

with open(sys.argv[1]) as file:
    job = json.load(file)
folder = sys.argv[2]
os.makedirs(folder, exist_ok=True)

settings = loadgen.TestSettings()
settings.scenario = getattr(loadgen.TestScenario, job["scenario"])
settings.mode = loadgen.TestMode.PerformanceOnly
for name, value in job["settings"].items():
    # Seeds go beyond what JSON's readers keep, so they come as text.
    setattr(settings, name, int(value) if isinstance(value, str) else value)

delays = job["delaysUs"]
queries = 0


def issue(samples):
    global queries
    delay = delays[queries % len(delays)] if delays else 0
    queries += 1
    end = time.perf_counter_ns() + delay * 1000
    while time.perf_counter_ns() < end:
        pass
    loadgen.QuerySamplesComplete([loadgen.QuerySampleResponse(sample.id, 0, 0) for sample in samples])


system = loadgen.ConstructSUT(issue, lambda: None)
total, performance = job["library"]
library = loadgen.ConstructQSL(total, performance, lambda samples: None, lambda samples: None)
logs = loadgen.LogSettings()
logs.log_output.outdir = folder
loadgen.StartTestWithLogSettings(system, library, settings, logs)
loadgen.DestroyQSL(library)
loadgen.DestroySUT(system)
