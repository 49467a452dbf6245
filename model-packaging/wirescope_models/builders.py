"""One builder per kind of model: weights in, the contents of an archive out.

A TorchServe archive has one folder named after its package, as torch-model-archiver's `tgz` layout has it: TorchServe
strips that folder when it unpacks a model.tar.gz, and looks inside it when SageMaker has unpacked the archive into
/opt/ml/model.
"""

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from safetensors.numpy import load_file

from wirescope_models import archive
from wirescope_models.failures import PackagingFailed
from wirescope_models.minilm_onnx import (
    Head,
    PairScore,
    SentenceEmbedding,
    TokenClassification,
    bert_names,
    build_encoder,
)
from wirescope_models.onnx_graph import WeightsDoNotFit
from wirescope_models.packages import ModelPackage
from wirescope_models.torch_pickle import UnreadableCheckpoint, read_state_dict

SERVING_DIR = Path(__file__).resolve().parents[1] / "wirescope_serving"

Weights = dict[str, np.ndarray]
Contents = dict[str, bytes]
Builder = Callable[[ModelPackage, Mapping[str, Path]], Contents]


def build_contents(package: ModelPackage, files: Mapping[str, Path]) -> Contents:
    """The archive's names and bytes. Raises PackagingFailed when the weights do not fit the architecture."""
    builder = BUILDERS.get(package.facts["builder"])
    if builder is None:
        raise PackagingFailed(f"{package.name} names a builder that does not exist: {package.facts['builder']!r}.")
    try:
        return builder(package, files)
    except (WeightsDoNotFit, UnreadableCheckpoint) as cause:
        raise PackagingFailed(f"{package.name} cannot be built from these weights: {cause}") from cause


def _transnetv2(package: ModelPackage, files: Mapping[str, Path]) -> Contents:
    from wirescope_models.transnetv2_calibration import read_ranges
    from wirescope_models.transnetv2_onnx import build_int8_transnetv2, build_transnetv2

    weights = read_state_dict(next(path for path in files.values() if path.suffix == ".pth"))
    return {
        "model.json": _model_json(package),
        "model.onnx": _serialized(build_transnetv2(weights)),
        "model.int8.onnx": _serialized(build_int8_transnetv2(weights, read_ranges(package))),
    }


@dataclass(frozen=True)
class TextModel:
    """An encoder's weights under BERT's names, and what stands on top of it."""

    weights: Weights
    head: Head


def _sentence_embedding(_package: ModelPackage, files: Mapping[str, Path]) -> TextModel:
    return TextModel(bert_names(_weights(files)), SentenceEmbedding())


def _late_interaction(_package: ModelPackage, files: Mapping[str, Path]) -> TextModel:
    return TextModel(bert_names(_weights(files)), SentenceEmbedding(with_token_vectors=True))


def _token_classification(_package: ModelPackage, files: Mapping[str, Path]) -> TextModel:
    weights = _weights(files)
    head = TokenClassification(_named(weights, "classifier.weight"), _named(weights, "classifier.bias"))
    return TextModel(bert_names(weights), head)


def _pair_score(_package: ModelPackage, files: Mapping[str, Path]) -> TextModel:
    weights = _weights(files)
    head = PairScore(_named(weights, "classifier.weight"), _named(weights, "classifier.bias"))
    return TextModel(bert_names(weights), head)


def _adapted_token_classification(package: ModelPackage, files: Mapping[str, Path]) -> TextModel:
    """The package's own merge.py turns base weights and adapter into an encoder and a classifier."""
    adapter = load_file(package.folder / "adapter.safetensors")
    merged, weight, bias = _merge_of(package)(bert_names(_weights(files)), adapter)
    return TextModel(merged, TokenClassification(weight, bias))


TEXT_MODELS: dict[str, Callable[[ModelPackage, Mapping[str, Path]], TextModel]] = {
    "bert-sentence-embedding": _sentence_embedding,
    "bert-late-interaction": _late_interaction,
    "bert-token-classification": _token_classification,
    "bert-token-classification-adapter": _adapted_token_classification,
    "bert-pair-score": _pair_score,
}


def _text(package: ModelPackage, files: Mapping[str, Path]) -> Contents:
    model = TEXT_MODELS[package.facts["builder"]](package, files)
    return _torchserve(package, files, {"model.onnx": _encoder(package, model.weights, model.head)})


def build_torchscript(package: ModelPackage, files: Mapping[str, Path]) -> Contents:
    """As the text builders, with `model.pt` in the graph's place. Needs PyTorch. Raises PackagingFailed."""
    from wirescope_models.encoder_torchscript import torchscript

    heads = package.facts["preprocessing"]["attentionHeads"]
    try:
        model = TEXT_MODELS[package.facts["builder"]](package, files)
        graph = torchscript(model.weights, model.head, heads)
    except (WeightsDoNotFit, UnreadableCheckpoint) as cause:
        raise PackagingFailed(f"{package.name} cannot be built from these weights: {cause}") from cause
    return _torchserve(package, files, {"model.pt": graph})


BUILDERS: dict[str, Builder] = {"transnetv2": _transnetv2, **dict.fromkeys(TEXT_MODELS, _text)}


def _torchserve(package: ModelPackage, files: Mapping[str, Path], graph: Contents) -> Contents:
    contents = {
        "MAR-INF/MANIFEST.json": archive.torchserve_manifest(package.name, package.version),
        "handler.py": (package.folder / "handler.py").read_bytes(),
        "model.json": _model_json(package),
        **graph,
        "requirements.txt": (SERVING_DIR / "requirements.txt").read_bytes(),
        "tokenizer.json": tokenizer_json(files),
        **{f"wirescope_serving/{path.name}": path.read_bytes() for path in SERVING_DIR.glob("*.py")},
    }
    return {f"{package.name}/{name}": content for name, content in contents.items()}


def tokenizer_json(files: Mapping[str, Path]) -> bytes:
    """tokenizer.json, or one made from an uncased BERT's vocab.txt where the hub holds only that."""
    by_name = {Path(name).name: path for name, path in files.items()}
    if "tokenizer.json" in by_name:
        return by_name["tokenizer.json"].read_bytes()
    from tokenizers import BertWordPieceTokenizer

    return BertWordPieceTokenizer(str(by_name["vocab.txt"]), lowercase=True).to_str().encode()


def _encoder(package: ModelPackage, weights: Weights, head: Head) -> bytes:
    heads = package.facts["preprocessing"]["attentionHeads"]
    return _serialized(build_encoder(weights, head, heads=heads, name=package.name))


def _weights(files: Mapping[str, Path]) -> Weights:
    path = next(path for name, path in files.items() if Path(name).suffix in {".safetensors", ".bin"})
    return load_file(path) if path.suffix == ".safetensors" else read_state_dict(path)


def _named(weights: Weights, key: str) -> np.ndarray:
    if key not in weights:
        raise WeightsDoNotFit(f"The weights lack {key}.")
    return weights[key]


def _merge_of(package: ModelPackage) -> Callable[[Weights, Weights], tuple[Weights, np.ndarray, np.ndarray]]:
    spec = importlib.util.spec_from_file_location("adapter_merge", package.folder / "merge.py")
    if spec is None or spec.loader is None:
        raise PackagingFailed(f"{package.name} has no merge.py beside its adapter.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.merge


def _model_json(package: ModelPackage) -> bytes:
    return (package.folder / "model.json").read_bytes()


def _serialized(model: onnx.ModelProto) -> bytes:
    return model.SerializeToString(deterministic=True)
