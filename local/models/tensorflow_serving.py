"""TF Serving's REST contract over ONNX Runtime, for the TransNetV2 graph of an unpacked archive.

https://www.tensorflow.org/tfx/serving/api_rest. In AWS the TF Serving container answers these requests from the
SavedModel that the package builds from the same weights; no tensorflow_model_server binary is published in a package
registry, so locally this module does. Two signatures: `serving_bytes` takes one string of raw RGB bytes per window,
`serving_default` the numbers themselves.
"""

import base64
import binascii
import json
import os
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from local.models import processor
from local.models.errors import ArchiveUnavailable

MODEL_VERSION = "1"
FLOAT_GRAPH, INT8_GRAPH = "model.onnx", "model.int8.onnx"
FRAME_SHAPE = (27, 48, 3)
FRAME_BYTES = 27 * 48 * 3
CORES = len(os.sched_getaffinity(0))
WINDOWS_AT_ONCE = max(1, CORES // 2)
"""What a machine runs side by side. Two cores finish one window in 0.33 s, where one takes 0.62, and two windows after
each other in 0.66 s, where side by side, on a core each, they take 0.64 and hold both at once (AMD EPYC)."""
DEFAULT_SIGNATURE = "serving_default"
BYTES_SIGNATURE = "serving_bytes"
SIGNATURE_INPUTS = {DEFAULT_SIGNATURE: "frames", BYTES_SIGNATURE: "windows"}


class PredictRefused(Exception):
    """A request that TF Serving would answer with 400 and `{"error": message}`."""


@dataclass(frozen=True)
class PredictRequest:
    """`frames` is uint8 [windows, frames, 27, 48, 3]; `is_row_format` says that `instances` was used."""

    frames: np.ndarray
    is_row_format: bool


@dataclass(frozen=True)
class WindowOutputs:
    """Both heads' probabilities, one for each frame of a window."""

    single: np.ndarray
    many: np.ndarray


class TransNetModel:
    """The graph of a `shots` archive that suits this processor.

    `run` uses whichever cores are free and may be called from several threads at once, best from WINDOWS_AT_ONCE.
    """

    def __init__(self, archive: Path) -> None:
        facts, graph = _read_archive(archive, INT8_GRAPH if processor.has_vnni() else FLOAT_GRAPH)
        self.name: str = facts["name"]
        self._window_frames: int = facts["limits"]["windowFrames"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = CORES
        # Decoders want what a thread would spin away until it is given its next part.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.enable_cpu_mem_arena = True  # a twelfth faster, but it keeps what a window took, some 450 MB: `release`
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def read(self, body: bytes) -> PredictRequest:
        """A request of any number of windows. Raises PredictRefused."""
        request = parse_predict_request(body)
        window_frames = request.frames.shape[1]
        if window_frames > self._window_frames:
            raise PredictRefused(f"Windows of {window_frames} frames were sent, but one may have at most {self._window_frames}.")
        return request

    def run(self, window: np.ndarray) -> WindowOutputs:
        """`single` and `many` of one window: on a CPU larger batches are slower, and no answer depends on the others."""
        single, many = self._session.run(["single", "many"], {"frames": window[None]})
        return WindowOutputs(single[0], many[0])

    def release(self) -> None:
        """Gives back the memory that windows took, up to what a run still uses. Takes a tenth of a second."""
        self._session.run(["single"], {"frames": np.zeros((1, 1, *FRAME_SHAPE), np.uint8)}, _shrinking())

    def answer(self, request: PredictRequest, outputs: list[WindowOutputs]) -> dict[str, Any]:
        """TF Serving's answer in the form of the request."""
        if request.is_row_format:
            return {"predictions": [{"single": each.single.tolist(), "many": each.many.tolist()} for each in outputs]}
        single, many = [each.single.tolist() for each in outputs], [each.many.tolist() for each in outputs]
        return {"outputs": {"single": single, "many": many}}

    def status(self) -> dict[str, Any]:
        """`GET /v1/models/<model>`."""
        version = {
            "version": MODEL_VERSION,
            "state": "AVAILABLE",
            "status": {"error_code": "OK", "error_message": ""},
        }
        return {"model_version_status": [version]}

    def metadata(self) -> dict[str, Any]:
        """`GET /v1/models/<model>/metadata`."""
        outputs = {
            name: _tensor_info("DT_FLOAT", [-1, -1], f"StatefulPartitionedCall:{index}")
            for index, name in enumerate(("many", "single"))
        }
        inputs = {
            DEFAULT_SIGNATURE: _tensor_info("DT_UINT8", [-1, -1, *FRAME_SHAPE], "frames:0"),
            BYTES_SIGNATURE: _tensor_info("DT_STRING", [-1], "windows:0"),
        }
        signatures = {
            name: {
                "inputs": {SIGNATURE_INPUTS[name]: tensor},
                "outputs": outputs,
                "method_name": "tensorflow/serving/predict",
            }
            for name, tensor in inputs.items()
        }
        return {
            "model_spec": {"name": self.name, "signature_name": "", "version": MODEL_VERSION},
            "metadata": {"signature_def": {"signature_def": signatures}},
        }


def _shrinking() -> onnxruntime.RunOptions:
    options = onnxruntime.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


def parse_predict_request(body: bytes) -> PredictRequest:
    """Reads either form of the predict API. Raises PredictRefused with TF Serving's kind of message."""
    try:
        request = json.loads(body)
    except (ValueError, RecursionError) as cause:
        raise PredictRefused(f"JSON Parse error: {cause}") from None
    if not isinstance(request, dict):
        raise PredictRefused("JSON Value: is not object")
    signature = request.get("signature_name", DEFAULT_SIGNATURE)
    if not isinstance(signature, str) or signature not in SIGNATURE_INPUTS:
        raise PredictRefused(f'Serving signature name: "{signature}" not found in signature def')
    has_instances, has_inputs = "instances" in request, "inputs" in request
    if has_instances == has_inputs:
        raise PredictRefused("Request has both 'instances' and 'inputs'" if has_inputs else "Missing 'inputs' or 'instances' key")
    input_name = SIGNATURE_INPUTS[signature]
    values = _instances(request["instances"], input_name) if has_instances else _inputs(request["inputs"], input_name)
    read = _windows_of_bytes if signature == BYTES_SIGNATURE else _windows_of_numbers
    return PredictRequest(read(values), has_instances)


def _instances(rows: object, input_name: str) -> list[Any]:
    if not isinstance(rows, list) or not rows:
        raise PredictRefused("'instances' must be a list of at least one value")
    return [row[input_name] if isinstance(row, dict) and input_name in row else row for row in rows]


def _inputs(inputs: object, input_name: str) -> list[Any]:
    if isinstance(inputs, dict):
        if set(inputs) != {input_name}:
            raise PredictRefused(f"Missing named input: {input_name} in 'inputs' object.")
        inputs = inputs[input_name]
    if not isinstance(inputs, list) or not inputs:
        raise PredictRefused("'inputs' must be a list of at least one value")
    return inputs


def _windows_of_bytes(values: list[Any]) -> np.ndarray:
    windows = []
    for value in values:
        if not isinstance(value, Mapping) or set(value) != {"b64"} or not isinstance(value["b64"], str):
            raise PredictRefused('Every window must be an object {"b64": "..."} of base64 text')
        try:
            raw = base64.b64decode(value["b64"], validate=True)
        except (binascii.Error, ValueError):
            raise PredictRefused("Unable to base64 decode a window") from None
        windows.append(np.frombuffer(raw, np.uint8))
    if any(len(window) != len(windows[0]) for window in windows):
        raise PredictRefused("All windows of a request must be equally long")
    if len(windows[0]) == 0:
        raise PredictRefused("A window must hold at least one frame")
    if len(windows[0]) % FRAME_BYTES != 0:
        raise PredictRefused(f"A window must hold whole frames of {FRAME_BYTES} bytes, but {len(windows[0])} were sent")
    return np.stack(windows).reshape(len(windows), -1, *FRAME_SHAPE)


def _windows_of_numbers(values: list[Any]) -> np.ndarray:
    try:
        numbers = np.array(values)
    except ValueError:
        raise PredictRefused("Encountered list at unexpected size: rows differ in length") from None
    if numbers.ndim != 5 or numbers.shape[2:] != FRAME_SHAPE:
        wanted = ",".join(str(size) for size in FRAME_SHAPE)
        raise PredictRefused(f"Tensor frames has shape {list(numbers.shape)}, but [-1,-1,{wanted}] is expected")
    if numbers.size == 0:
        raise PredictRefused("A window must hold at least one frame")
    if not np.issubdtype(numbers.dtype, np.integer) or numbers.min() < 0 or numbers.max() > 255:
        raise PredictRefused("JSON Value is not a type uint8")
    return numbers.astype(np.uint8)


def _tensor_info(dtype: str, sizes: list[int], name: str) -> dict[str, Any]:
    shape = {"dim": [{"size": str(size), "name": ""} for size in sizes], "unknown_rank": False}
    return {"dtype": dtype, "tensor_shape": shape, "name": name}


def _read_archive(archive: Path, graph_name: str) -> tuple[dict[str, Any], bytes]:
    try:
        with tarfile.open(archive, "r:gz") as contents:
            facts = json.loads(_member(contents, "model.json"))
            return facts, _member(contents, graph_name)
    except KeyError as cause:
        raise ArchiveUnavailable(
            f"The model archive holds no {cause.args[0]}; locally TransNetV2 is served from the ONNX build of "
            "`python -m wirescope_models package`, not from the SavedModel."
        ) from cause
    except (tarfile.TarError, OSError, EOFError, ValueError) as cause:
        raise ArchiveUnavailable("The model archive is not a readable model.tar.gz.") from cause


def _member(contents: tarfile.TarFile, name: str) -> bytes:
    try:
        file = contents.extractfile(name)
    except KeyError:
        file = None
    if file is None:
        raise KeyError(name)
    return file.read()
