"""What the graphs that are built here have in common: how nodes and constants are collected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnx import ModelProto

FUSED = "com.microsoft"
"""The domain of the operators that only onnxruntime has."""

_OPSET = 17
_IR_VERSION = 10


class GraphBuilder:
    """Tensors are known by their names; what makes one returns its name."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def constant(self, name: str, value: NDArray[Any]) -> str:
        from onnx import numpy_helper

        self.constants[name] = numpy_helper.from_array(np.array(value, order="C"), name)
        return name

    def node(
        self,
        op: str,
        inputs: Sequence[str],
        output: str,
        domain: str = "",
        *,
        more: Sequence[str] = (),
        **attrs: Any,
    ) -> str:
        """more: outputs behind the first; "" for one that is not wanted."""
        from onnx import helper

        self.nodes.append(
            helper.make_node(op, inputs, [output, *more], name=output, domain=domain, **attrs)
        )
        return output

    def model(self, name: str, inputs: Sequence[Any], outputs: Sequence[Any]) -> ModelProto:
        """inputs, outputs: value infos."""
        from onnx import helper

        body = helper.make_graph(self.nodes, name, inputs, outputs, list(self.constants.values()))
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(FUSED, 1)]
        return helper.make_model(body, opset_imports=opsets, ir_version=_IR_VERSION)
