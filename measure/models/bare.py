"""Archives without a server: `bare.py time|variant|tokens|profile FOLDER REQUESTS`.

FOLDER is an unpacked archive, REQUESTS a file with a JSON list of requests. Prints JSON.
"""

import json
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from wirescope_server.archive import LoadedArchive, load_archive

PEAK_SIZE = 768
PEAK_ROUNDS = 12
READ_ROUNDS = 20
KERNEL = "_kernel_time"
"""Behind the node's name in the event that says how long it computed."""


class ProfiledGraph:
    """As the archive's own graph runs, with each operator timed."""

    def __init__(self, file: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(tempfile.mkdtemp()) / "profile")
        self._session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        self.inputs = {graph_input.name for graph_input in self._session.get_inputs()}
        self.mixes_rows = False

    def run(self, outputs: Sequence[str], feed: Mapping[str, np.ndarray]) -> Sequence[np.ndarray]:
        return self._session.run(list(outputs), dict(feed))

    def events(self) -> list[dict[str, Any]]:
        """One a node and run, in the order in which they ran; ends the profile."""
        events = json.loads(Path(self._session.end_profiling()).read_text("utf-8"))
        return [event for event in events if event.get("cat") == "Node" and event["name"].endswith(KERNEL)]


def milliseconds(archive: LoadedArchive, requests: list[Any]) -> list[float]:
    """Of each request, read and answered in this process; the model has been warmed with the first ones."""
    for request in requests[:20]:
        archive.endpoint.answer(request)
    taken = []
    for request in requests:
        started = time.perf_counter()
        archive.endpoint.answer(request)
        taken.append(1000 * (time.perf_counter() - started))
    return taken


def variant(archive: LoadedArchive, requests: list[Any]) -> dict[str, Any]:
    """As `time`, with the most memory that the process had, in MB."""
    taken = milliseconds(archive, requests)
    return {"milliseconds": taken, "peakMegabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000}


def tokens(archive: LoadedArchive, requests: list[Any]) -> dict[str, int]:
    """Tokens of the requests' texts, and tokens that the graph would process for them, padding included."""
    useful = processed = 0
    for request in requests:
        lengths = [len(sequence) for sequence in archive.endpoint.read(request).sequences]
        useful += sum(lengths)
        groups = archive.endpoint.encoder.groups(lengths)
        processed += sum(len(group) * max(lengths[row] for row in group) for group in groups)
    return {"useful": useful, "processed": processed}


def profile(archive: LoadedArchive, requests: list[Any]) -> dict[str, Any]:
    """Where the time of a request goes, and how near the graph's products come to what one core can do."""
    encoder = archive.endpoint.encoder
    graph = encoder.graph = ProfiledGraph(archive.folder / "model.onnx")
    parts: dict[str, float] = defaultdict(float)
    token_count = 0
    for request in requests:
        started = time.perf_counter()
        job = archive.endpoint.read(request)
        parts["tokeniser and checks"] += time.perf_counter() - started
        started = time.perf_counter()
        rows = encoder.run(job.sequences, archive.endpoint.outputs)
        parts["graph"] += time.perf_counter() - started
        started = time.perf_counter()
        json.dumps(archive.endpoint.write(job, rows))
        parts["answer"] += time.perf_counter() - started
        token_count += job.tokens
    operators = seconds_by_operator(graph.events())
    weights = product_weights(archive)
    return {
        "millisecondsPerRequest": {name: 1000 * value / len(requests) for name, value in parts.items()},
        "operatorShares": shares(operators),
        "tokensPerRequest": token_count / len(requests),
        "weightType": weights.type_name,
        "gigaflopsReached": 2.0 * weights.numbers * token_count / sum_of_products(operators) / 1e9,
        "gigaflopsPeak": peak_gigaflops(weights.type_name),
        "weightMegabytes": weights.bytes / 1e6,
        "readGigabytesPerSecond": read_gigabytes_per_second(weights.bytes),
    }


def seconds_by_operator(events: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    operators: dict[str, float] = defaultdict(float)
    for event in events:
        operators[event["args"]["op_name"]] += event["dur"] / 1e6
    return operators


def shares(operators: dict[str, float]) -> dict[str, float]:
    total = sum(operators.values())
    ranked = sorted(operators.items(), key=lambda item: -item[1])
    return {name: seconds / total for name, seconds in ranked[:8]}


def sum_of_products(operators: dict[str, float]) -> float:
    return sum(seconds for name, seconds in operators.items() if "MatMul" in name or name == "Gemm")


@dataclass(frozen=True)
class ProductWeights:
    """The matrices that every token is multiplied with: how many numbers, in how many bytes, of which type."""

    numbers: int
    bytes: int
    type_name: str


def product_weights(archive: LoadedArchive) -> ProductWeights:
    """Raises ValueError where the graph's matrices are not all of one type."""
    import onnx

    graph = onnx.load(str(archive.folder / "model.onnx")).graph
    matrices = {each.name: each for each in graph.initializer if len(each.dims) == 2}
    used = [
        matrices[name] for node in graph.node if "MatMul" in node.op_type for name in node.input if name in matrices
    ]
    types = {np.dtype(onnx.helper.tensor_dtype_to_np_dtype(each.data_type)) for each in used}
    if len(types) != 1:
        raise ValueError(f"The graph's matrices are of {len(types)} types; one is expected.")
    numbers, kind = sum(int(np.prod(each.dims)) for each in used), types.pop()
    return ProductWeights(numbers, numbers * kind.itemsize, kind.name)


def peak_gigaflops(type_name: str) -> float:
    """What one core reaches in a product that fits its caches, by ONNX Runtime's own kernel for weights of this type.

    An operation on integers counts as one on floats.
    """
    from onnx import TensorProto, helper

    shape = [PEAK_SIZE, PEAK_SIZE]
    is_integer = type_name == "int8"
    operator = "MatMulInteger" if is_integer else "MatMul"
    types = (TensorProto.UINT8, TensorProto.INT8, TensorProto.INT32) if is_integer else (TensorProto.FLOAT,) * 3
    given = {"a": np.ones(shape, np.uint8 if is_integer else np.float32)}
    weights = np.ones(shape, np.int8 if is_integer else np.float32)
    a, _, c = (helper.make_tensor_value_info(name, kind, shape) for name, kind in zip("abc", types, strict=True))
    graph = helper.make_graph(
        [helper.make_node(operator, ["a", "b"], ["c"])],
        *("peak", [a], [c]),
        # As in a model: the runtime lays weights out for its kernel once.
        initializer=[helper.make_tensor("b", types[1], shape, weights.tobytes(), raw=True)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    best = min(_seconds(lambda: session.run(None, given)) for _ in range(PEAK_ROUNDS))
    return 2 * PEAK_SIZE**3 / best / 1e9


def read_gigabytes_per_second(size_bytes: int) -> float:
    """How fast one core reads so many bytes again and again, from whichever cache or memory then holds them."""
    numbers = np.ones(size_bytes // 4, np.float32)
    return numbers.nbytes / min(_seconds(lambda: np.dot(numbers, numbers)) for _ in range(READ_ROUNDS)) / 1e9


def _seconds(work: Any) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    command, folder, requests_file = sys.argv[1:]
    given_requests = json.loads(Path(requests_file).read_text("utf-8"))
    commands = {"time": milliseconds, "tokens": tokens, "variant": variant, "profile": profile}
    print(json.dumps(commands[command](load_archive(Path(folder)), given_requests)))
