"""Settings as the real LoadGen reads them: loadgen_conf.py USER_CONF MODELS FIELDS, the lists with commas; prints JSON, model and scenario first."""
import json
import sys

import mlperf_loadgen as loadgen

conf, models, fields = sys.argv[1], sys.argv[2].split(","), sys.argv[3].split(",")
found = {}
for model in models:
    for scenario in ("SingleStream", "MultiStream", "Server", "Offline"):
        settings = loadgen.TestSettings()
        settings.scenario = getattr(loadgen.TestScenario, scenario)
        settings.FromConfig("", model, scenario, 0)
        settings.FromConfig(conf, model, scenario, 2)
        found[f"{model} {scenario}"] = {name: str(getattr(settings, name)) for name in fields}
print(json.dumps(found))
