"""Where a window's time goes in the shots model, on one thread: `profile_shots.py FOLDER REQUEST`.

FOLDER is an unpacked archive, REQUEST a file with a request of TF Serving's predict API with one window of raw bytes.
Prints JSON.
"""

import json
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

from bare import KERNEL, ProfiledGraph, peak_gigaflops, seconds_by_operator, shares
from wirescope_server.archive import find_model_folder

from local.models.processor import has_vnni
from local.models.tensorflow_serving import (
    FLOAT_GRAPH,
    INT8_GRAPH,
    parse_predict_request,
)

HEADS = ("single", "many")
WINDOWS = 8
PRODUCTS = ("Conv", "MatMul", "Gemm")
"""In the names of all operators that multiply and add."""


def main() -> None:
    folder, request_file = map(Path, sys.argv[1:])
    body = request_file.read_bytes()
    file = find_model_folder(folder) / (INT8_GRAPH if has_vnni() else FLOAT_GRAPH)
    kernels = kernel_sizes(file)
    graph = ProfiledGraph(file)
    parts: dict[str, float] = defaultdict(float)
    for number in range(1 + WINDOWS):
        started = time.perf_counter()
        window = parse_predict_request(body).frames
        read = time.perf_counter()
        heads = graph.run(HEADS, {"frames": window})
        ran = time.perf_counter()
        json.dumps({name: head.tolist() for name, head in zip(HEADS, heads, strict=True)})
        # The first window takes the memory that all others use.
        if number > 0:
            parts["request"] += read - started
            parts["graph"] += ran - read
            parts["answer"] += time.perf_counter() - ran
    events = graph.events()
    # A run's nodes lie one after another, the first window's before all others'.
    events = events[len(events) // (1 + WINDOWS) :]
    products = [event for event in events if any(name in event["args"]["op_name"] for name in PRODUCTS)]
    count = sum(products_of(event, kernels) for event in products)
    weight_type = "int8" if has_vnni() else "float32"
    print(
        json.dumps(
            {
                "millisecondsPerRequest": {name: 1000 * value / WINDOWS for name, value in parts.items()},
                "operatorShares": shares(seconds_by_operator(events)),
                "weightType": weight_type,
                "gigaflopsReached": 2 * count / sum(each["dur"] for each in products) / 1e3,
                "gigaflopsPeak": peak_gigaflops(weight_type),
            }
        )
    )


def kernel_sizes(file: Path) -> dict[str, int]:
    """Of each convolution, by its node's name, how many products a number of its answer takes."""
    import onnx

    graph = onnx.load(str(file)).graph
    shapes = {each.name: each.dims for each in graph.initializer}
    return {
        node.name: prod(max((shapes.get(name, ()) for name in node.input), key=len)[1:])
        for node in graph.node
        if "Conv" in node.op_type
    }


def products_of(event: Mapping[str, Any], kernels: Mapping[str, int]) -> int:
    """Products of one run of an operator: of a matrix product as many for each number as its first matrix has columns."""
    (answer,) = event["args"]["output_type_shape"][0].values()
    (given,) = event["args"]["input_type_shape"][0].values()
    is_convolution = "Conv" in event["args"]["op_name"]
    return prod(answer) * (kernels[event["name"].removesuffix(KERNEL)] if is_convolution else given[-1])


if __name__ == "__main__":
    main()
