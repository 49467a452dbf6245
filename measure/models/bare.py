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
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from wirescope_server.archive import LoadedArchive, load_archive

PEAK_SIZE = 768
PEAK_ROUNDS = 12


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

    def run(self, outputs: Sequence[str], feed: Mapping[str, np.ndarray]) -> Sequence[np.ndarray]:
        return self._session.run(list(outputs), dict(feed))

    def events(self) -> list[dict[str, Any]]:
        return json.loads(Path(self._session.end_profiling()).read_text("utf-8"))


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
    from wirescope_serving.encoder import buckets

    useful = processed = 0
    for request in requests:
        lengths = [len(sequence) for sequence in archive.endpoint.read(request).sequences]
        useful += sum(lengths)
        processed += sum(len(group) * max(lengths[row] for row in group) for group in buckets(lengths))
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
    operators: dict[str, float] = defaultdict(float)
    for event in graph.events():
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            operators[event["args"]["op_name"]] += event["dur"] / 1e6
    return {
        "millisecondsPerRequest": {name: 1000 * value / len(requests) for name, value in parts.items()},
        "operatorShares": shares(operators),
        "tokensPerRequest": token_count / len(requests),
        "gigaflopsReached": matmul_flops(archive, token_count) / sum_of_products(operators) / 1e9,
        "gigaflopsPeak": peak_gigaflops(),
        "weightMegabytes": matmul_weights(archive) * 4 / 1e6,
        "memoryGigabytesPerSecond": memory_gigabytes_per_second(),
    }


def shares(operators: dict[str, float]) -> dict[str, float]:
    total = sum(operators.values())
    ranked = sorted(operators.items(), key=lambda item: -item[1])
    return {name: seconds / total for name, seconds in ranked[:8]}


def sum_of_products(operators: dict[str, float]) -> float:
    return sum(seconds for name, seconds in operators.items() if "MatMul" in name or name == "Gemm")


def matmul_weights(archive: LoadedArchive) -> int:
    """Numbers in the matrices that every token is multiplied with."""
    import onnx

    graph = onnx.load(str(archive.folder / "model.onnx")).graph
    sizes = {each.name: int(np.prod(each.dims)) for each in graph.initializer if len(each.dims) == 2}
    return sum(sizes.get(name, 0) for node in graph.node if "MatMul" in node.op_type for name in node.input)


def matmul_flops(archive: LoadedArchive, token_count: int) -> float:
    return 2.0 * matmul_weights(archive) * token_count


def peak_gigaflops() -> float:
    """What one core reaches in a product that fits its caches, by ONNX Runtime's own kernel."""
    from onnx import TensorProto, helper

    shape = [PEAK_SIZE, PEAK_SIZE]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in "abc"]
    node = helper.make_node("MatMul", ["a", "b"], ["c"])
    model = helper.make_model(
        helper.make_graph([node], "peak", values[:2], values[2:]),
        opset_imports=[helper.make_opsetid("", 20)],
        ir_version=9,
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    given = {name: np.ones(shape, np.float32) for name in "ab"}
    best = min(_seconds(lambda: session.run(None, given)) for _ in range(PEAK_ROUNDS))
    return 2 * PEAK_SIZE**3 / best / 1e9


def memory_gigabytes_per_second() -> float:
    """How fast one core reads what no cache holds."""
    large = np.ones(1 << 26, np.float32)
    return large.nbytes / min(_seconds(large.sum) for _ in range(4)) / 1e9


def _seconds(work: Any) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    command, folder, requests_file = sys.argv[1:]
    given_requests = json.loads(Path(requests_file).read_text("utf-8"))
    commands = {"time": milliseconds, "tokens": tokens, "variant": variant, "profile": profile}
    print(json.dumps(commands[command](load_archive(Path(folder)), given_requests)))
