"""Makes three tiny networks whose masks can be told from the photo alone.

probability = mean of the three channels / 255, so with threshold 0.5 bright pixels are foreground.

Run from the repository root: python3 tests/golden/brightness_model.py
"""

import onnx
from onnx import TensorProto, helper


def make(path, side, metadata):
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", side, side, 3])
    output = helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["batch", side, side, 1])
    scale = helper.make_tensor("scale", TensorProto.FLOAT, [1], [1 / 255])
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["grey"], axes=[3], keepdims=1),
        helper.make_node("Mul", ["grey", "scale"], ["product"]),
        helper.make_node("Clip", ["product", "low", "high"], ["probability"]),
    ]
    low = helper.make_tensor("low", TensorProto.FLOAT, [], [0.0])
    high = helper.make_tensor("high", TensorProto.FLOAT, [], [1.0])
    graph = helper.make_graph(nodes, "brightness", [image], [output], [scale, low, high])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model)
    onnx.save(model, path)


own = {
    "papilio.inputSidePx": "64",
    "papilio.threshold": "0.5",
    "papilio.classes": '["butterfly"]',
    "papilio.preprocessing": "RGB 0..255, float32, NHWC",
    "papilio.version": "1",
}
make("tests/golden/brightness_model.onnx", "side", own)
make("tests/golden/foreign_model.onnx", "side", {})
make("tests/golden/foreign_static_model.onnx", 32, {})
