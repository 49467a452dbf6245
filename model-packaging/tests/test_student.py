"""The `entities` student as it ships and in fp32, against PyTorch's answers on the same merged weights."""

import tarfile
from pathlib import Path

import numpy as np
import pytest
from serving import Served

from wirescope_models import archive, formats
from wirescope_models.packages import read_packages
from wirescope_models.weights import fetch_weights

PACKAGE = "entities-minilm-student"
# Hugging Face's BertForTokenClassification (transformers 5.23, torch 2.15, eager): text, label, start, score.
GOLDEN = {
    "okafor scores twice for nigeria as arsenal lose in kyiv": [
        ("okafor", "PER", 0, 0.925205),
        ("nigeria", "LOC", 24, 0.922991),
        ("arsenal", "ORG", 35, 0.96365),
        ("kyiv", "LOC", 51, 0.95804),
    ],
    "Angela Merkel met Emmanuel Macron in Berlin on Tuesday.": [
        ("Angela Merkel", "PER", 0, 0.999515),
        ("Emmanuel Macron", "PER", 18, 0.998764),
        ("Berlin", "LOC", 37, 0.990169),
    ],
    "new york times and reuters photo of the super bowl": [
        ("new york times", "ORG", 0, 0.987884),
        ("reuters", "ORG", 19, 0.859411),
        ("super bowl", "MISC", 40, 0.664981),
    ],
    "são paulo 😀 flood, petrobras says": [
        ("são paulo 😀", "LOC", 0, 0.957968),
        ("petrobras", "PER", 19, 0.819325),
    ],
    "only rain and a fish market": [],
    "": [],
}
SENTENCE = "okafor scored in lagos and flew to berlin with angela merkel. "
SENTENCE_ENTITIES = [("okafor", "PER", 0), ("lagos", "LOC", 17), ("berlin", "LOC", 35), ("angela merkel", "PER", 47)]
# The same over 120 tokens, of which a window holds 94: eight times four scores.
WINDOW_SCORES = np.array(
    [
        0.996928,
        0.995954,
        0.991628,
        0.999032,
        0.996804,
        0.9956,
        0.992063,
        0.999315,
        0.995748,
        0.994666,
        0.9933,
        0.999017,
        0.996241,
        0.990896,
        0.992648,
        0.999184,
        0.994112,
        0.994836,
        0.992548,
        0.999177,
        0.997137,
        0.996681,
        0.992177,
        0.999427,
        0.997161,
        0.996157,
        0.990739,
        0.99935,
        0.99606,
        0.995021,
        0.991861,
        0.999391,
    ]
)
GOLDEN[SENTENCE * 8] = [
    (text, label, start + 62 * (index // 4), float(WINDOW_SCORES[index]))
    for index, (text, label, start) in enumerate(SENTENCE_ENTITIES * 8)
]

FP32_TOLERANCE = 2e-5
INT8_TOLERANCE = 0.15
"""What ships holds its weights in 8 bits: that moves a score by up to 0.1 here; model.json has the F1 over many."""


@pytest.fixture(scope="module")
def student(unpacked) -> Served:
    return Served(unpacked(PACKAGE))


@pytest.fixture(scope="module")
def in_fp32(tmp_path_factory: pytest.TempPathFactory, weights_dir: Path) -> Served:
    (package,) = read_packages([PACKAGE])
    folder = tmp_path_factory.mktemp("fp32")
    archive.write_archive(
        folder / "model.tar.gz", formats.contents_in("onnx", package, fetch_weights(package.source, weights_dir))
    )
    with tarfile.open(folder / "model.tar.gz") as packed:
        packed.extractall(folder, filter="data")
    return Served(folder / PACKAGE)


@pytest.fixture(
    scope="module", params=[("in_fp32", FP32_TOLERANCE), ("student", INT8_TOLERANCE)], ids=["fp32", "as it ships"]
)
def judged(request: pytest.FixtureRequest) -> tuple[Served, float]:
    name, tolerance = request.param
    return request.getfixturevalue(name), tolerance


def entities(model: Served, texts: list[str]) -> list[list[dict]]:
    return model.answer({"texts": texts})["entities"]


def test_entities_are_those_of_the_weights_in_pytorch(judged: tuple[Served, float]):
    model, tolerance = judged
    for (text, expected), found in zip(GOLDEN.items(), entities(model, list(GOLDEN)), strict=True):
        names = [[entity["text"], entity["label"], entity["start"]] for entity in found]
        assert names == [name for *name, _ in expected]
        assert all(entity["text"] == text[entity["start"] : entity["end"]] for entity in found)
        scores = [entity["score"] for entity in found]
        assert scores == pytest.approx([score for *_, score in expected], abs=tolerance)


def test_a_batch_gives_what_single_texts_give_in_the_same_order(judged: tuple[Served, float]):
    model, _ = judged
    texts = ["", *GOLDEN, "kyiv " * 200, "😀"]
    alone = [entities(model, [text])[0] for text in texts]
    for together, single in zip(entities(model, texts), alone, strict=True):
        assert [(each["text"], each["label"], each["start"]) for each in together] == [
            (each["text"], each["label"], each["start"]) for each in single
        ]
        assert [each["score"] for each in together] == pytest.approx([each["score"] for each in single], abs=1e-5)
