"""The two production models from the hub: what their archives answer is what their weights say."""

from pathlib import Path

import numpy as np
import pytest
import small_bert
from hub_archive import hub_archive, random_weights
from serving import Served
from tokenizers import Tokenizer

from wirescope_models.failures import PackagingFailed
from wirescope_models.packages import read_packages


def test_distilbert_finds_the_entities_that_its_logits_name(tmp_path: Path):
    (package,) = read_packages(["entities-distilbert"])
    labels = package.facts["labels"]
    weights = random_weights(package)
    model = Served(hub_archive(package.name, tmp_path, weights) / package.name)
    text = "the minister spoke in new york"
    answer = model.answer({"texts": [text]})
    tokenizer = Tokenizer.from_file(str(tmp_path / "unpacked" / package.name / "tokenizer.json"))
    logits = small_bert.distilbert_logits(weights, tokenizer.encode(text).ids)[1:-1]
    probabilities = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    expected = []
    for word, row in zip(text.split(), probabilities, strict=True):
        by_type = {
            kind: sum(float(p) for label, p in zip(labels, row, strict=True) if label.endswith(kind))
            for kind in ("PER", "ORG", "LOC", "MISC")
        }
        by_type["O"] = float(row[0])
        best = max(by_type, key=by_type.__getitem__)
        if best != "O":
            expected.append((word, best, by_type[best]))
    found = answer["entities"][0]
    words = [(word, entity["label"]) for entity in found for word in entity["text"].split()]
    assert words == [(word, label) for word, label, _ in expected] and words
    for entity in found:
        scores = [score for word, _, score in expected if word in entity["text"].split()]
        assert entity["score"] == pytest.approx(np.mean(scores), abs=1e-4)
    assert (answer["model"], answer["version"]) == ("entities-distilbert", package.version)


def test_the_cross_encoder_scores_each_pair(tmp_path: Path):
    (package,) = read_packages(["rerank-ms-marco-minilm"])
    weights = random_weights(package)
    model = Served(hub_archive(package.name, tmp_path, weights) / package.name)
    documents = ["new york", "the minister spoke in lancashire .", "kyiv"]
    scores = model.answer({"query": "the minister", "documents": documents})["scores"]
    tokenizer = Tokenizer.from_file(str(tmp_path / "unpacked" / package.name / "tokenizer.json"))
    for document, score in zip(documents, scores, strict=True):
        pair = tokenizer.encode("the minister", document)
        expected = small_bert.cross_encoder_probability(weights, pair.ids, pair.type_ids)
        assert score == pytest.approx(expected, abs=1e-5)


def test_a_pair_longer_than_the_model_reads_is_cut_not_refused(tmp_path: Path):
    model = Served(hub_archive("rerank-ms-marco-minilm", tmp_path) / "rerank-ms-marco-minilm")
    (score,) = model.answer({"query": "kyiv", "documents": ["the minister spoke " * 400]})["scores"]
    assert 0 < score < 1


def test_weights_of_another_architecture_are_refused_by_name(tmp_path: Path):
    (package,) = read_packages(["entities-distilbert"])
    weights = random_weights(package)
    del weights["distilbert.transformer.layer.1.ffn.lin2.bias"]
    with pytest.raises(PackagingFailed, match=r"lack encoder\.layer\.1\.output\.dense\.bias"):
        hub_archive(package.name, tmp_path, weights)
