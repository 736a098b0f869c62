import numpy as np
import onnxruntime as ort
from place import place


class OnnxHandler:
    """Raw tensors of one item in, raw tensors out, as the model's inputs and outputs lie in memory, one after the other."""

    def initialize(self, context):
        settings = context.model_yaml_config["bench"]
        threads = place(settings)
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # thinfer's own default: a thread that spins after a run takes time from whoever shares the cores.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = ort.InferenceSession(settings["file"], options, providers=["CPUExecutionProvider"])
        self.inputs = [(one["name"], np.dtype(one["type"]), one["shape"]) for one in settings["inputs"]]
        self.sizes = [int(np.prod(shape)) * dtype.itemsize for _, dtype, shape in self.inputs]

    def handle(self, data, context):
        bodies = [row.get("body") or row.get("data") for row in data]
        feeds, begin = {}, 0
        for (name, dtype, shape), size in zip(self.inputs, self.sizes):
            parts = [np.frombuffer(body, dtype, count=size // dtype.itemsize, offset=begin) for body in bodies]
            feeds[name] = np.stack(parts).reshape([len(bodies), *shape])
            begin += size
        results = self.session.run(None, feeds)
        for index in range(len(bodies)):
            context.set_response_content_type(index, "application/octet-stream")
        return [b"".join(result[index].tobytes() for result in results) for index in range(len(bodies))]
