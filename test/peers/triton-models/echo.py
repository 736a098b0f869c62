"""A model for Triton's Python backend that does what thinfer's null engine does: each output is the first input."""

import json
import time

import triton_python_backend_utils as pb


class TritonPythonModel:
    def initialize(self, args):
        config = json.loads(args["model_config"])
        self.outputs = [output["name"] for output in config["output"]]
        self.first = config["input"][0]["name"]
        # NumPy lacks bfloat16, which DLPack has; DLPack lacks strings.
        self.by_dlpack = config["input"][0]["data_type"] == "TYPE_BF16"
        self.delay = int(config["parameters"]["delay_ms"]["string_value"]) / 1000

    def execute(self, requests):
        time.sleep(self.delay)
        return [pb.InferenceResponse(self.copies(request)) for request in requests]

    def copies(self, request):
        tensor = pb.get_input_tensor_by_name(request, self.first)
        if self.by_dlpack:
            return [pb.Tensor.from_dlpack(name, tensor.to_dlpack()) for name in self.outputs]
        return [pb.Tensor(name, tensor.as_numpy()) for name in self.outputs]
