"""A text model's formats against each other: the same inputs, within what each format may lose."""

import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from build_apart import built_apart
from hub_archive import hub_archive, random_weights

from wirescope_models import archive, formats
from wirescope_models.failures import PackagingFailed
from wirescope_models.packages import ModelPackage, package_names, read_packages
from wirescope_models.weights import fetch_weights
from wirescope_serving.embed import Embedder
from wirescope_serving.entities import EntityTagger
from wirescope_serving.rerank import CrossEncoder, LateInteraction

TEXTS = ["harbour at dawn", "Kyiv", "the minister spoke in new york", "a", "storm surge hits the fish market"]
# int8 here is 8 bits of activations and 7 of weights; what it loses in search and names is measured, not assumed.
LEAST_COSINE = {"onnx-fp16": 0.9999, "onnx-int8-dynamic": 0.95, "onnx-int8-static": 0.5, "torchscript": 0.999999}
# Of a reranker's scores, which lie between -1 and 1.
LARGEST_DIFFERENCE = {"onnx-fp16": 0.005, "onnx-int8-dynamic": 0.1, "onnx-int8-static": 0.5, "torchscript": 1e-5}
LARGEST_LOSS = 0.005
QUANTIZED = ["onnx-int8-dynamic", "onnx-int8-static"]


@pytest.fixture(scope="module")
def built(weights_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """The unpacked archive of a package in a format, made once."""
    folders: dict[tuple[str, str], Path] = {}

    def build(name: str, format: str) -> Path:
        if format == "torchscript":
            pytest.importorskip("torch", reason="PyTorch is not installed")
        if (name, format) not in folders:
            (package,) = read_packages([name])
            contents = formats.contents_in(format, package, fetch_weights(package.source, weights_dir))
            folder = tmp_path_factory.mktemp(format)
            archive.write_archive(folder / "model.tar.gz", contents)
            with tarfile.open(folder / "model.tar.gz") as packed:
                packed.extractall(folder, filter="data")
            folders[name, format] = folder / name
        return folders[name, format]

    return build


def vectors(folder: Path) -> np.ndarray:
    facts = json.loads((folder / "model.json").read_text("utf-8"))
    return np.array(Embedder(folder, facts).answer({"texts": TEXTS})["vectors"])


@pytest.mark.parametrize("format", LEAST_COSINE)
def test_vectors_stay_within_what_a_format_may_lose(built, format: str):
    expected, found = vectors(built("embed-minilm", "onnx")), vectors(built("embed-minilm", format))
    assert (expected * found).sum(axis=1).min() >= LEAST_COSINE[format]


@pytest.mark.parametrize("format", ["onnx-fp16", "torchscript"])
def test_names_are_the_same_in_the_formats_that_round_only(built, format: str):
    def names(folder: Path) -> list[tuple[str, str]]:
        facts = json.loads((folder / "model.json").read_text("utf-8"))
        answer = EntityTagger(folder, facts).answer({"texts": TEXTS})
        return [(each["text"], each["label"]) for text in answer["entities"] for each in text]

    expected = names(built("entities-minilm-student", "onnx"))
    assert expected and names(built("entities-minilm-student", format)) == expected


@pytest.mark.parametrize("format", LARGEST_DIFFERENCE)
def test_scores_and_words_support_stay_within_what_a_format_may_lose(built, format: str):
    request = {"query": "storm in kyiv", "documents": TEXTS, "words": [{"start": 0, "end": 5}, {"start": 9, "end": 13}]}

    def answer(folder: Path) -> tuple[np.ndarray, np.ndarray]:
        facts = json.loads((folder / "model.json").read_text("utf-8"))
        found = LateInteraction(folder, facts).answer(request)
        return np.array(found["scores"]), np.array(found["support"])

    expected = answer(built("rerank-late-interaction", "onnx"))
    found = answer(built("rerank-late-interaction", format))
    for numbers, others in zip(expected, found, strict=True):
        assert np.abs(numbers - others).max() < LARGEST_DIFFERENCE[format]


@pytest.mark.parametrize("name", ["entities-distilbert", "rerank-ms-marco-minilm"])
def test_the_hub_models_answer_the_same_as_torchscript(name: str, tmp_path: Path):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    requests = {
        "entities-distilbert": (EntityTagger, {"texts": ["the minister spoke in new york", "kyiv"]}, "entities"),
        "rerank-ms-marco-minilm": (CrossEncoder, {"query": "the minister", "documents": ["kyiv", "a to 's"]}, "scores"),
    }
    endpoint, request, field = requests[name]
    weights = random_weights(read_packages([name])[0])
    answers = []
    for format in ("onnx", "torchscript"):
        (tmp_path / format).mkdir()
        folder = hub_archive(name, tmp_path / format, weights, format) / name
        assert (folder / "model.pt").exists() == (format == "torchscript")
        found = endpoint(folder, json.loads((folder / "model.json").read_text("utf-8"))).answer(request)[field]
        scores = [entity["score"] for text in found for entity in text] if name.startswith("entities") else found
        answers.append(np.array(scores))
    assert len(answers[0]) > 0 and answers[1] == pytest.approx(answers[0], abs=1e-5)


@pytest.mark.parametrize("name", ["entities-minilm-student", "embed-minilm"])
def test_a_text_in_eight_bits_is_answered_the_same_whatever_it_comes_with(built, name: str):
    """Ranges of activations that are found over a whole run would let a text change its neighbours' answers."""
    folder = built(name, "onnx-int8-dynamic")
    endpoint = (Embedder if name == "embed-minilm" else EntityTagger)(
        folder, json.loads((folder / "model.json").read_text("utf-8"))
    )
    assert not endpoint.shares_runs
    key = "vectors" if name == "embed-minilm" else "entities"
    together = endpoint.answer({"texts": TEXTS})[key]
    assert together == [endpoint.answer({"texts": [text]})[key][0] for text in TEXTS]
    jobs = [endpoint.read({"texts": [text]}) for text in TEXTS]
    assert [answer[key][0] for answer in endpoint.run(jobs)] == together


def test_a_graph_that_mixes_rows_says_so_and_the_others_share_their_runs(built):
    for format in ("onnx", "onnx-fp16", "onnx-int8-static"):
        folder = built("embed-minilm", format)
        assert Embedder(folder, json.loads((folder / "model.json").read_text("utf-8"))).shares_runs, format


@pytest.mark.parametrize("format", QUANTIZED)
def test_eight_bits_halve_the_graph_and_more(built, format: str):
    fp32, int8 = ((built("embed-minilm", each) / "model.onnx").stat().st_size for each in ("onnx", format))
    assert int8 < 0.7 * fp32


def test_torchscript_built_in_another_process_has_the_same_bytes(weights_dir: Path, tmp_path: Path):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    first, second = (built_apart("embed-minilm", "torchscript", tmp_path / turn, weights_dir) for turn in "ab")
    assert first == second


def test_a_format_built_twice_has_the_same_bytes(weights_dir: Path):
    (package,) = read_packages(["embed-minilm"])
    files = fetch_weights(package.source, weights_dir)
    for format in ("onnx-fp16", *QUANTIZED):
        assert formats.contents_in(format, package, files) == formats.contents_in(format, package, files), format


@pytest.mark.parametrize("name", package_names())
def test_every_package_ships_in_a_format_that_it_knows_and_has_fp32_to_compare_with(name: str):
    (package,) = read_packages([name])
    known = formats.formats_of(package)
    assert known[0] == "onnx" and package.format in known and len(known) == len(set(known)) > 1


@pytest.mark.parametrize("name", package_names())
def test_a_package_that_ships_in_another_format_than_fp32_has_the_record_that_allows_it(name: str):
    (package,) = read_packages([name])
    if package.format == "onnx":
        return
    kept = [each for each in package.facts["parity"]["variants"] if each["format"] == package.format]
    assert kept and all(each["isShipped"] and each["timesAsFast"] > 1 for each in kept)
    assert all(each["qualityDelta"] >= -LARGEST_LOSS * each["quality"] for each in kept)


def test_a_format_that_a_package_does_not_have_is_named():
    (package,) = read_packages(["embed-minilm"])
    assert isinstance(package, ModelPackage)
    with pytest.raises(PackagingFailed, match="has no format 'tensorflow'"):
        formats.contents_in("tensorflow", package, {})
