"""A text model's other formats, each made from the fp32 ONNX graph or its weights: fp16 for a GPU, int8, TorchScript.

8-bit weights keep to 7 bits (`reduce_range`): without VNNI a product of full 8-bit numbers saturates, and a vector
would depend on the processor that made it.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.transformers.float16 import convert_float_to_float16

from wirescope_serving.encoder import MIXES_ROWS

QUANTIZED_OPERATORS = ["MatMul"]
"""The linear layers; products of two activations (attention) have no constant side and stay as they are."""

LARGEST_HALF = 1e4
"""What stands for minus infinity in the attention mask must stay a number in 16 bits."""


def half(graph: bytes) -> bytes:
    """The graph in float16 with float32 outputs."""
    model = convert_float_to_float16(onnx.load_from_string(graph), max_finite_val=LARGEST_HALF, keep_io_types=True)
    return model.SerializeToString(deterministic=True)


def int8_dynamic(graph: bytes) -> bytes:
    """Weights in 8 bits a channel; each activation's range is found as it is made, over all rows of a run."""
    quantized = _quantized(
        graph,
        lambda source, target: quantize_dynamic(
            source,
            target,
            op_types_to_quantize=QUANTIZED_OPERATORS,
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            extra_options={"MatMulConstBOnly": True},
        ),
    )
    model = onnx.load_from_string(quantized)
    onnx.helper.set_model_props(model, {MIXES_ROWS: "each activation has one range for all rows of a run"})
    return model.SerializeToString(deterministic=True)


def int8_static(graph: bytes, calibration: Sequence[Sequence[int]]) -> bytes:
    """Weights and activations in 8 bits, activations within the ranges that these token ids were seen to reach."""
    return _quantized(
        graph,
        lambda source, target: quantize_static(
            source,
            target,
            _Texts(calibration, _input_names(graph)),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=QUANTIZED_OPERATORS,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            extra_options={"MatMulConstBOnly": True},
        ),
    )


class _Texts(CalibrationDataReader):
    def __init__(self, token_ids: Sequence[Sequence[int]], names: Sequence[str]) -> None:
        self._feeds: Iterator[Mapping[str, np.ndarray]] = (
            {name: _row(name, ids) for name in names} for ids in token_ids
        )

    def get_next(self) -> Mapping[str, np.ndarray] | None:
        return next(self._feeds, None)


def _row(name: str, ids: Sequence[int]) -> np.ndarray:
    values = {"input_ids": ids, "attention_mask": [1] * len(ids), "token_type_ids": [0] * len(ids)}
    return np.array([values[name]], np.int64)


def _input_names(graph: bytes) -> list[str]:
    return [each.name for each in onnx.load_from_string(graph).graph.input]


def _quantized(graph: bytes, quantize: Callable[[Path, Path], None]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "fp32.onnx", Path(folder) / "int8.onnx"
        source.write_bytes(graph)
        quantize(source, target)
        return onnx.load(str(target)).SerializeToString(deterministic=True)
