"""Builds an ONNX graph node by node from a dict of numpy weights."""

from collections.abc import Iterable, Mapping

import numpy as np
import onnx
from onnx import helper, numpy_helper

OPSET_VERSION = 20  # the first with Gelu as one operator
IR_VERSION = 9  # onnxruntime 1.17 and later


class WeightsDoNotFit(ValueError):
    """A weight that the architecture needs is absent, or has another shape than the others imply."""


class GraphBuilder:
    """Collects nodes and constants under numbered names, so that equal weights give equal bytes."""

    def __init__(self, weights: Mapping[str, np.ndarray]) -> None:
        self.weights = weights
        self._count = 0
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: list[onnx.TensorProto] = []

    def weight(self, key: str) -> np.ndarray:
        """A weight as float32. Raises WeightsDoNotFit when it is missing."""
        if key not in self.weights:
            raise WeightsDoNotFit(f"The weights lack {key}.")
        return np.asarray(self.weights[key], np.float32)

    def constant(self, value: np.ndarray) -> str:
        self._count += 1
        name = f"constant_{self._count}"
        self._initializers.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def scalar(self, value: float) -> str:
        return self.constant(np.asarray(value, np.float32))

    def ints(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64))

    def node(self, operator: str, inputs: Iterable[str], *, output: str | None = None, **attributes: object) -> str:
        """Adds a node with one output and returns that output's name."""
        self._count += 1
        output = output or f"{operator}_{self._count}"
        self._nodes.append(helper.make_node(operator, list(inputs), [output], name=output, **attributes))
        return output

    def linear(self, value: str, key: str) -> str:
        """A torch.nn.Linear: `key`.weight is [out, in], `key`.bias [out]."""
        return self.linear_with(value, self.weight(f"{key}.weight"), self.weight(f"{key}.bias"))

    def linear_with(self, value: str, weight: np.ndarray, bias: np.ndarray) -> str:
        weight, bias = np.asarray(weight, np.float32), np.asarray(bias, np.float32)
        if weight.ndim != 2 or bias.shape != weight.shape[:1]:
            raise WeightsDoNotFit(f"A linear layer has weight {weight.shape} and bias {bias.shape}.")
        return self.node("Add", [self.node("MatMul", [value, self.constant(weight.T)]), self.constant(bias)])

    def model(
        self,
        name: str,
        *,
        inputs: Iterable[onnx.ValueInfoProto],
        outputs: Iterable[onnx.ValueInfoProto],
        domains: Iterable[str] = (),
    ) -> onnx.ModelProto:
        """The checked model of everything added so far; `domains` names further sets of operators, version 1 of each.

        The checker knows no types of another domain's operators: a graph that has them is checked without its shapes.
        """
        domains = tuple(domains)
        model = helper.make_model(
            helper.make_graph(self._nodes, name, list(inputs), list(outputs), self._initializers),
            opset_imports=[helper.make_opsetid("", OPSET_VERSION), *(helper.make_opsetid(each, 1) for each in domains)],
            ir_version=IR_VERSION,
            producer_name="wirescope",
        )
        onnx.checker.check_model(model, full_check=not domains)
        return model
