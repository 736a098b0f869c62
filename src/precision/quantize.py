"""Adapter to onnxruntime.quantization: one JSON request on standard input, one JSON object a line on standard output.

The request: {"precision", "source", "output", "work", "options", "samples": [{input name: {"type", "shape", "file"}}]}.
The answers: {"event": "progress", "stage", "done", "total"}, then {"event": "done", "tools", "notes"} or
{"event": "failed", "message"}. With --versions it answers the versions of its tools and ends.
"""

import json
import logging
import os
import sys

# Libraries may print: the answers get a descriptor of their own, and everything else goes to standard error.
answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)


def answer(event, **fields):
    answers.write(json.dumps({"event": event, **fields}) + "\n")
    answers.flush()


def versions():
    from importlib.metadata import version

    import onnxruntime.quantization  # noqa: F401 - an environment that can't import it is of no use

    packages = {name: version(name) for name in ("onnxruntime", "onnx", "numpy")}
    return {"python": ".".join(str(part) for part in sys.version_info[:3]), **packages}


def prepare(source, target):
    """Shapes inferred, constants folded, batch norms folded into convolutions; notes on what could not be done."""
    from onnxruntime.quantization.shape_inference import quant_pre_process

    data = {
        "save_as_external_data": True,
        "all_tensors_to_one_file": True,
        "external_data_location": "prepared.data",
        "external_data_size_threshold": 1024,
    }
    try:
        quant_pre_process(source, target, **data)
        return []
    except Exception as error:  # It raises bare exceptions for graphs that it can't follow.
        why = f"symbolic shape inference: {error}"
    quant_pre_process(source, target, skip_symbolic_shape=True, **data)
    return [why]


def dynamic(prepared, output, options, _samples):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        prepared,
        output,
        weight_type=QuantType.QInt8,
        per_channel=options["perChannel"],
        reduce_range=options["reduceRange"],
        use_external_data_format=True,
    )


class Samples:
    """Hands one sample after the other to the calibrator; each is read when it is asked for."""

    def __init__(self, samples):
        self.samples = samples
        self.next = 0

    def get_next(self):
        if self.next == len(self.samples):
            return None
        answer("progress", stage="calibrate", done=self.next, total=len(self.samples))
        sample = self.samples[self.next]
        self.next += 1
        return {name: tensor(**entry) for name, entry in sample.items()}


def tensor(type, shape, file):
    import numpy

    return numpy.fromfile(file, dtype=numpy.dtype(type)).reshape(shape)


def calibrated(prepared, output, options, samples):
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    quantize_static(
        prepared,
        output,
        Samples(samples),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=options["perChannel"],
        reduce_range=options["reduceRange"],
        op_types_to_quantize=options["operators"],
        calibrate_method=CalibrationMethod.MinMax,
        calibration_providers=["CPUExecutionProvider"],
        use_external_data_format=True,
        extra_options={"ActivationSymmetric": False, "WeightSymmetric": True},
    )


def int4(prepared, output, options, _samples):
    import onnx
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
    from onnxruntime.quantization.onnx_model import ONNXModel

    model = ONNXModel(onnx.load(prepared))
    # Only MatMul is quantized; a Gemm of weights is one with a bias.
    model.replace_gemm_with_matmul()
    quantizer = MatMulNBitsQuantizer(
        model.model,
        bits=4,
        block_size=options["blockSize"],
        is_symmetric=options["symmetric"],
        accuracy_level=options["accuracyLevel"],
    )
    quantizer.process()
    quantizer.model.save_model_to_file(output, use_external_data_format=True)


methods = {"int8-dynamic": dynamic, "int8-calibrated": calibrated, "int4-weights": int4}


def main():
    if "--versions" in sys.argv:
        answer("done", tools=versions(), notes=[])
        return
    logging.disable(logging.WARNING)
    request = json.load(sys.stdin)
    prepared = os.path.join(request["work"], "prepared.onnx")
    answer("progress", stage="prepare", done=0, total=1)
    notes = prepare(request["source"], prepared)
    answer("progress", stage="quantize", done=0, total=1)
    methods[request["precision"]](prepared, request["output"], request["options"], request["samples"])
    answer("done", tools=versions(), notes=notes)


try:
    main()
except Exception as error:
    words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    answer("failed", message=words)
    raise
