import json
import os

import numpy as np
import onnxruntime as ort
import triton_python_backend_utils as pb


class TritonPythonModel:
    """Runs the ONNX file of the configuration's parameters on as many threads as they say, pinned."""

    def initialize(self, args):
        parameters = json.loads(args["model_config"])["parameters"]
        number = int(args["model_instance_name"].rsplit("_", 1)[1])
        cpus = json.loads(parameters["cpus"]["string_value"])[number]
        os.sched_setaffinity(0, cpus)
        options = ort.SessionOptions()
        options.intra_op_num_threads = len(cpus)
        self.session = ort.InferenceSession(
            parameters["file"]["string_value"], options, providers=["CPUExecutionProvider"]
        )
        self.inputs = [tensor.name for tensor in self.session.get_inputs()]
        self.outputs = [tensor.name for tensor in self.session.get_outputs()]

    def execute(self, requests):
        given = [[pb.get_input_tensor_by_name(r, name).as_numpy() for name in self.inputs] for r in requests]
        feeds = {
            name: np.concatenate([one[at] for one in given]) if len(given) > 1 else given[0][at]
            for at, name in enumerate(self.inputs)
        }
        results = self.session.run(self.outputs, feeds)
        answers, begin = [], 0
        for one in given:
            end = begin + len(one[0])
            tensors = [pb.Tensor(name, result[begin:end]) for name, result in zip(self.outputs, results)]
            answers.append(pb.InferenceResponse(tensors))
            begin = end
        return answers
