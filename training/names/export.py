"""Writes a checkpoint as model.onnx (tables and matrices in 8 bits) and names.json."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from features import COLUMNS
from marked import TAGS
from model import REACHES, RECEPTIVE_FIELD, NameModel

MIN_SCORE = 0.6
MIN_SCORES = {"PERSON": 0.5, "LOCATION": 0.7}


class Graph:
    """Nodes and constants of a graph in the making."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def node(self, kind: str, inputs: list[str], **attributes: object) -> str:
        """The name of the node's only output."""
        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def product(self, name: str, x: str, weight: np.ndarray, bias: np.ndarray, is_eight_bit: bool) -> str:
        """x W + b, (tokens, in) to (tokens, out)."""
        if not is_eight_bit:
            return self.node("Gemm", [x, self.constant(name + "_w", weight), self.constant(name + "_b", bias)])
        scale = np.maximum(np.abs(weight).max(0), 1e-8) / 127
        whole = np.clip(np.rint(weight / scale), -127, 127).astype(np.int8)
        outputs = [f"{name}_x8", f"{name}_scale", f"{name}_zero"]
        self.nodes.append(helper.make_node("DynamicQuantizeLinear", [x], outputs))
        summed = self.node("MatMulInteger", [outputs[0], self.constant(name + "_w", whole), outputs[2]])
        both = self.node("Mul", [outputs[1], self.constant(name + "_s", scale.astype(np.float32))])
        return self.node("Add", [self.node("Mul", [self.node("Cast", [summed], to=TensorProto.FLOAT), both]), self.constant(name + "_b", bias)])


def build(model: NameModel, bias: float, is_eight_bit: bool) -> onnx.ModelProto:
    """The graph: features (tokens, columns) int32 to logits (tokens, tags)."""
    graph, state = Graph(), {name: value.numpy() for name, value in model.state_dict().items()}
    table = state["table.weight"]
    scale = np.abs(table).max(0) / 127  # one for each dimension
    starts = graph.constant("starts", state["starts"].astype(np.int32))
    rows = graph.node("Gather", [graph.constant("table", np.rint(table / scale).astype(np.int8)), graph.node("Add", ["features", starts])], axis=0)
    summed = graph.node("ReduceSum", [graph.node("Cast", [rows], to=TensorProto.FLOAT), graph.constant("columns", np.array([1], np.int64))], keepdims=0)
    inner = state["inner.weight"][:, :, 0].T * scale[:, None]  # (embedding, width), scale of the table folded in
    x = graph.node("Relu", [graph.product("inner", summed, inner.astype(np.float32), state["inner.bias"], False)])
    for index, reach in enumerate(REACHES):
        name = f"blocks.{index}"
        conv = state[name + ".conv.weight"].transpose(2, 1, 0)  # (3, in, out)
        padded = graph.node("Pad", [x, graph.constant(f"pad_{index}", np.array([reach, 0, reach, 0], np.int64))])
        pieces = []
        for place in range(3):
            ends = [graph.constant(f"{edge}_{index}_{place}", np.array([value], np.int64)) for edge, value in
                    (("start", place * reach), ("end", (place - 2) * reach if place < 2 else 2**31 - 1), ("axis", 0))]
            pieces.append(graph.node("Slice", [padded, *ends]))
        wide = graph.node("Concat", pieces, axis=1)  # (tokens, 3 width)
        inside = graph.node("Relu", [graph.product(name + "_conv", wide, conv.reshape(-1, conv.shape[2]), state[name + ".conv.bias"], is_eight_bit)])
        mixed = graph.product(name + "_mix", inside, state[name + ".mix.weight"][:, :, 0].T.copy(), state[name + ".mix.bias"], is_eight_bit)
        x = graph.node("Add", [x, mixed])
    head_bias = state["head.bias"].copy()
    head_bias[0] -= bias
    logits = graph.product("head", x, state["head.weight"][:, :, 0].T.copy(), head_bias, False)
    graph.nodes.append(helper.make_node("Identity", [logits], ["logits"]))
    made = helper.make_graph(
        graph.nodes, "names", [helper.make_tensor_value_info("features", TensorProto.INT32, ["tokens", len(COLUMNS)])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["tokens", len(TAGS)])], graph.constants)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="edgewise")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--bias", type=float, default=0.0, help="taken from the logit of O, for recall")
    parser.add_argument("--float-matrices", action="store_true")
    args = parser.parse_args()
    model = NameModel()
    model.load_state_dict(torch.load(args.checkpoint))
    args.out.mkdir(parents=True, exist_ok=True)
    target = args.out / "model.onnx"
    onnx.save(build(model, args.bias, not args.float_matrices), target)
    settings = {"version": 1, "tags": list(TAGS), "features": [{"name": name, "rows": rows} for name, rows in COLUMNS],
                "receptiveField": RECEPTIVE_FIELD, "languages": ["en", "es", "zh"], "minScore": MIN_SCORE, "minScores": MIN_SCORES}
    (args.out / "names.json").write_text(json.dumps(settings, indent=2) + "\n", "utf-8")
    print(f"{target}: {target.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
