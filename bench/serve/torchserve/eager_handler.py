import numpy as np
import torch
import torchvision
from place import place


class EagerHandler:
    """ResNet-50 of torchvision with random weights in eager PyTorch: what many a TorchServe runs. Its answers mean nothing."""

    def initialize(self, context):
        torch.set_num_threads(place(context.model_yaml_config["bench"]))
        torch.manual_seed(1)
        self.model = torchvision.models.resnet50(weights=None).eval()

    def handle(self, data, context):
        bodies = [np.frombuffer(row.get("body") or row.get("data"), np.float32) for row in data]
        with torch.inference_mode():
            results = self.model(torch.from_numpy(np.stack(bodies).reshape(-1, 3, 224, 224))).numpy()
        for index in range(len(bodies)):
            context.set_response_content_type(index, "application/octet-stream")
        return [result.tobytes() for result in results]
