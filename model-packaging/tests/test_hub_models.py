"""The two production models from the hub, which tests do not reach: the same builders and handlers over a small
randomly initialised model of the same architecture."""

import copy
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
import small_bert
from safetensors.numpy import save_file
from serving import Served
from tokenizers import Tokenizer

from wirescope_models import archive, builders
from wirescope_models.failures import PackagingFailed
from wirescope_models.packages import ModelPackage, read_packages

WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] the kyiv and ##shire new york lanca minister spoke in to a " + "😀 . , ' s"


@pytest.fixture
def vocabulary(tmp_path: Path) -> Path:
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(WORDS.split()) + "\n", "utf-8")
    return path


def served(package: ModelPackage, weights: small_bert.Weights, vocabulary: Path, folder: Path) -> Served:
    """Goes the whole way: weights file, builder, archive, unpacked, handler."""
    facts = copy.deepcopy(package.facts)
    facts["preprocessing"]["attentionHeads"] = small_bert.HEADS
    source = folder / package.name
    source.mkdir()
    (source / "model.json").write_text(json.dumps(facts), "utf-8")
    (source / "handler.py").write_bytes((package.folder / "handler.py").read_bytes())
    save_file(weights, folder / "model.safetensors")
    files = {"model.safetensors": folder / "model.safetensors", "vocab.txt": vocabulary}
    contents = builders.build_contents(ModelPackage(source, facts), files)
    archive.write_archive(folder / "model.tar.gz", contents)
    with tarfile.open(folder / "model.tar.gz") as packed:
        packed.extractall(folder / "unpacked", filter="data")
    return Served(folder / "unpacked" / package.name)


def test_distilbert_finds_the_entities_that_its_logits_name(vocabulary: Path, tmp_path: Path):
    (package,) = read_packages(["entities-distilbert"])
    labels = package.facts["labels"]
    weights = small_bert.distilbert_weights(len(WORDS.split()), len(labels))
    model = served(package, weights, vocabulary, tmp_path)
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


def test_the_cross_encoder_scores_each_pair(vocabulary: Path, tmp_path: Path):
    (package,) = read_packages(["rerank-ms-marco-minilm"])
    weights = small_bert.bert_weights(len(WORDS.split()))
    model = served(package, weights, vocabulary, tmp_path)
    documents = ["new york", "the minister spoke in lancashire .", "kyiv"]
    scores = model.answer({"query": "the minister", "documents": documents})["scores"]
    tokenizer = Tokenizer.from_file(str(tmp_path / "unpacked" / package.name / "tokenizer.json"))
    for document, score in zip(documents, scores, strict=True):
        pair = tokenizer.encode("the minister", document)
        expected = small_bert.cross_encoder_probability(weights, pair.ids, pair.type_ids)
        assert score == pytest.approx(expected, abs=1e-5)


def test_a_pair_longer_than_the_model_reads_is_cut_not_refused(vocabulary: Path, tmp_path: Path):
    (package,) = read_packages(["rerank-ms-marco-minilm"])
    model = served(package, small_bert.bert_weights(len(WORDS.split())), vocabulary, tmp_path)
    (score,) = model.answer({"query": "kyiv", "documents": ["the minister spoke " * 400]})["scores"]
    assert 0 < score < 1


def test_weights_of_another_architecture_are_refused_by_name(vocabulary: Path, tmp_path: Path):
    (package,) = read_packages(["entities-distilbert"])
    weights = small_bert.distilbert_weights(len(WORDS.split()), 9)
    del weights["distilbert.transformer.layer.1.ffn.lin2.bias"]
    with pytest.raises(PackagingFailed, match=r"lack encoder\.layer\.1\.output\.dense\.bias"):
        served(package, weights, vocabulary, tmp_path)
