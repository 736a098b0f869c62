"""Writes a model repository for Triton with the models of models.json: triton_repository.py FOLDER"""

import json
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
MAX_BATCH = 8


def tensors(specs, batched):
    """Tensors of config.pbtxt; Triton names types by other words, and leaves the batch out."""
    lines = []
    for spec in specs:
        kind = "STRING" if spec["datatype"] == "BYTES" else spec["datatype"]
        dims = spec["shape"][1:] if batched else spec["shape"]
        sizes = ", ".join(str(size if isinstance(size, int) else -1) for size in dims)
        lines.append(f'{{ name: "{spec["name"]}" data_type: TYPE_{kind} dims: [{sizes}] }}')
    return "[" + ", ".join(lines) + "]"


def config(model):
    batched = model["inputs"][0]["shape"][0] == "batch"
    lines = [
        f'name: "{model["name"]}"',
        'backend: "python"',
        f"max_batch_size: {MAX_BATCH if batched else 0}",
        f"input {tensors(model['inputs'], batched)}",
        f"output {tensors(model['outputs'], batched)}",
        "instance_group [{ kind: KIND_CPU count: 1 }]",
        f'parameters {{ key: "delay_ms" value: {{ string_value: "{model.get("delayMs", 0)}" }} }}',
    ]
    if batched:
        lines.append("dynamic_batching { }")
    return "\n".join(lines) + "\n"


def main(folder):
    listed = json.loads((HERE / "models.json").read_text())
    for datatype in listed["echo"]:
        shape = ["batch", "n"]
        listed["models"].append(
            {
                "name": f"echo_{datatype.lower()}",
                "inputs": [{"name": "input", "datatype": datatype, "shape": shape}],
                "outputs": [{"name": "output", "datatype": datatype, "shape": shape}],
            }
        )
    for model in listed["models"]:
        version = Path(folder) / model["name"] / "1"
        version.mkdir(parents=True)
        shutil.copy(HERE / "triton-models" / "echo.py", version / "model.py")
        (version.parent / "config.pbtxt").write_text(config(model))


if __name__ == "__main__":
    main(sys.argv[1])
