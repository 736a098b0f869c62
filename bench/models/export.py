"""Exports torchvision's and transformers' models, built from their configuration with seeded random weights.

export.py FOLDER NAME...: writes FOLDER/NAME/export.onnx (TorchScript exporter, opset 17, eager attention),
weights.safetensors (the state_dict) and, for two settings of the free dimensions, inputs and outputs as safetensors.
"""

import os
import sys

import numpy as np
import torch
from safetensors.torch import save_file


def resnet50():
    import torchvision

    return torchvision.models.resnet50(weights=None)


def inception_v3():
    import torchvision

    return torchvision.models.inception_v3(weights=None, aux_logits=False, init_weights=False, transform_input=False)


def bert_config(**settings):
    from transformers import BertConfig

    return BertConfig(attn_implementation="eager", **settings)


def bert(**settings):
    from transformers import BertModel

    return BertModel(bert_config(**settings))


def bert_squad():
    from transformers import BertForQuestionAnswering

    return BertForQuestionAnswering(bert_config())


def bert_mrpc():
    from transformers import BertForSequenceClassification

    return BertForSequenceClassification(bert_config(num_labels=2))


def gpt2():
    from transformers import GPT2Config, GPT2Model

    return GPT2Model(GPT2Config(use_cache=False, attn_implementation="eager"))


LARGE = dict(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096)
MODELS = {
    "resnet50": (resnet50, ["output"], 224),
    "inception-v3": (inception_v3, ["output"], 299),
    "bert-base-uncased": (bert, ["last_hidden_state", "pooler_output"], None),
    "bert-base-cased": (lambda: bert(vocab_size=28996), ["last_hidden_state", "pooler_output"], None),
    "bert-large-uncased": (lambda: bert(**LARGE), ["last_hidden_state", "pooler_output"], None),
    "bert-squad": (bert_squad, ["start_logits", "end_logits"], None),
    "bert-mrpc": (bert_mrpc, ["logits"], None),
    "gpt2": (gpt2, ["last_hidden_state"], None),
}


class Positional(torch.nn.Module):
    """Names the inputs, and gives the outputs as a tuple."""

    def __init__(self, model, names):
        super().__init__()
        self.model = model
        self.names = names

    def forward(self, *inputs):
        answer = self.model(**dict(zip(self.names, inputs)), return_dict=True)
        return tuple(value for value in answer.values() if value is not None)


def settle_batch_norm(model, size):
    """Gives batch norms statistics that fit the random weights, so that activations stay near one."""
    model.train()
    with torch.no_grad():
        for _ in range(3):
            model(torch.randn(4, 3, size, size))
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(0, 0.1)


def vary_norms_and_biases(model):
    """Fresh biases are zero and fresh scales one: equal tensors, which the exporter would store once."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter.add_(torch.randn_like(parameter) * 0.05)


def export(folder, name):
    torch.manual_seed(1)
    build, outputs, size = MODELS[name]
    model = build()
    if size:
        settle_batch_norm(model, size)
    else:
        vary_norms_and_biases(model)
    model.eval()
    if size:
        names, wrapped = ["input"], model
    else:
        names = ["input_ids", "attention_mask"] + ([] if name == "gpt2" else ["token_type_ids"])
        wrapped = Positional(model, names).eval()
    os.makedirs(f"{folder}/{name}", exist_ok=True)

    def inputs_of(batch, sequence):
        if size:
            return (torch.randn(batch, 3, size, size),)
        ids = torch.randint(0, 20000, (batch, sequence))
        mask = torch.ones_like(ids)
        if batch > 1:
            mask[1, sequence // 2 :] = 0
        types = torch.randint(0, 2, (batch, sequence))
        return (ids, mask, types)[: len(names)]

    axes = {0: "batch"} if size else {0: "batch", 1: "sequence"}
    dynamic = {key: axes for key in names}
    for key in outputs:
        dynamic[key] = {0: "batch"} if size or key in ("pooler_output", "logits") else axes
    torch.onnx.export(
        wrapped,
        inputs_of(2, 16),
        f"{folder}/{name}/export.onnx",
        dynamo=False,
        opset_version=17,
        input_names=names,
        output_names=outputs,
        dynamic_axes=dynamic,
    )
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, f"{folder}/{name}/weights.safetensors")
    for index, (batch, sequence) in enumerate([(1, 128), (3, 21)]):
        inputs = inputs_of(batch, sequence)
        with torch.no_grad():
            answers = wrapped(*inputs)
        answers = answers if isinstance(answers, tuple) else (answers,)
        tensors = {f"in.{key}": value.contiguous() for key, value in zip(names, inputs)}
        tensors |= {f"out.{key}": value.contiguous() for key, value in zip(outputs, answers)}
        save_file(tensors, f"{folder}/{name}/sample-{index}.safetensors")
    print(name, sum(p.numel() for p in model.parameters()), flush=True)


if __name__ == "__main__":
    for wanted in sys.argv[2:]:
        export(sys.argv[1], wanted)
