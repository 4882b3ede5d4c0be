"""Checks every graph of a bundle with onnx.checker and full shape inference.

    python3 bench/onnx-checker.py BUNDLE [BUNDLE ...]

Needs the Python package onnx. Versions before 1.13 do not know opset 18: there, reductions are rewritten to their
opset 17 form (axes as an attribute) before the check.
"""

import pathlib
import sys

import onnx
from onnx import checker, defs, helper, numpy_helper

RENEWED_IN_18 = {"ReduceMean", "ReduceMax", "ReduceMin", "ReduceLogSumExp", "ReduceSumSquare"}


def to_opset_17(model):
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type in RENEWED_IN_18 and len(node.input) == 2:
            axes = [int(axis) for axis in constants[node.input[1]]]
            del node.input[1]
            node.attribute.append(helper.make_attribute("axes", axes))
    model.opset_import[0].version = 17
    return model


def main(folders):
    count = 0
    for folder in folders:
        for path in sorted(pathlib.Path(folder).glob("*.onnx")):
            model = onnx.load(str(path))
            if defs.onnx_opset_version() < 18:
                model = to_opset_17(model)
            checker.check_model(model, full_check=True)
            count += 1
    print(f"{count} graphs pass onnx.checker {onnx.__version__} with full shape inference")


if __name__ == "__main__":
    main(sys.argv[1:])
