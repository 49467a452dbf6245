"""In which formats a package can be built, and each one's contents.

An archive of another format than the package's own lies in a folder of the format's name beside the archive that ships.
"""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from wirescope_models.builders import Contents, build_contents, build_torchscript
from wirescope_models.failures import PackagingFailed
from wirescope_models.packages import ONNX, ModelPackage

CALIBRATION_TEXTS = Path(__file__).resolve().parents[1] / "training" / "queries-tuning.jsonl"

Files = Mapping[str, Path]
Make = Callable[[ModelPackage, Files], Contents]


def formats_of(package: ModelPackage) -> list[str]:
    return [ONNX, *(SHOTS if package.facts["builder"] == "transnetv2" else TEXT)]


def contents_in(name: str, package: ModelPackage, files: Files) -> Contents:
    """Raises PackagingFailed: no such format, what it needs is not installed, weights that do not fit."""
    if name == ONNX:
        return build_contents(package, files)
    makers = SHOTS if package.facts["builder"] == "transnetv2" else TEXT
    if name not in makers:
        raise PackagingFailed(f"{package.name} has no format {name!r}; it has {', '.join(formats_of(package))}.")
    return makers[name](package, files)


def _half(package: ModelPackage, files: Files) -> Contents:
    from wirescope_models.encoder_formats import half

    return _with_graph(package, build_contents(package, files), half)


def _int8_dynamic(package: ModelPackage, files: Files) -> Contents:
    from wirescope_models.encoder_formats import int8_dynamic

    return _with_graph(package, build_contents(package, files), int8_dynamic)


def _int8_static(package: ModelPackage, files: Files) -> Contents:
    from tokenizers import Tokenizer

    from wirescope_models.encoder_formats import int8_static

    contents = build_contents(package, files)
    tokenizer = Tokenizer.from_str(contents[f"{package.name}/tokenizer.json"].decode())
    tokenizer.no_padding()
    tokenizer.enable_truncation(package.facts["limits"]["maxTokens"])
    texts = [json.loads(line)["text"] for line in CALIBRATION_TEXTS.read_text("utf-8").splitlines()]
    ids = [tokenizer.encode(text).ids for text in texts]
    return _with_graph(package, contents, lambda graph: int8_static(graph, ids))


def _with_graph(package: ModelPackage, contents: Contents, change: Callable[[bytes], bytes]) -> Contents:
    graph = f"{package.name}/model.onnx"
    return {**contents, graph: change(contents[graph])}


def _savedmodel(package: ModelPackage, files: Files) -> Contents:
    from wirescope_models.transnetv2_savedmodel import savedmodel_contents

    return _in_a_fresh_process(savedmodel_contents, package, files)


def _savedmodel_compiled(package: ModelPackage, files: Files) -> Contents:
    from wirescope_models.transnetv2_savedmodel import compiled_savedmodel_contents

    return _in_a_fresh_process(compiled_savedmodel_contents, package, files)


def _in_a_fresh_process(make: Make, package: ModelPackage, files: Files) -> Contents:
    """TensorFlow numbers functions and tensors through all that a process has traced, and writes the numbers down."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(make, package, files).result()


def _tflite(package: ModelPackage, files: Files) -> Contents:
    from wirescope_models.transnetv2_tflite import tflite_contents

    return tflite_contents(package, files)


TEXT: Mapping[str, Make] = {
    "onnx-fp16": _half,
    "onnx-int8-dynamic": _int8_dynamic,
    "onnx-int8-static": _int8_static,
    "torchscript": build_torchscript,
}
SHOTS: Mapping[str, Make] = {
    "tensorflow": _savedmodel,
    "tensorflow-xla": _savedmodel_compiled,
    "tflite": _tflite,
}
