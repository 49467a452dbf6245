"""all-MiniLM-L6-v2 as it ships: published numbers, order, batches, limits."""

import json

import numpy as np
import pytest
from serving import Served

# Hugging Face's BertModel (transformers 5.23, torch 2.15, eager) on the same weights: every 48th number of a vector.
GOLDEN = {
    "harbour at dawn": [0.0241855, 0.0877351, -0.0369959, 0.0823655, 0.0690927, 0.1503805, 0.0301498, 0.0193856],
    "Okafor overjoyed after the final in Kyiv, 2026": [
        *(-0.0470499, 0.0319108, -0.0158253, -0.0117969, -0.0228736, -0.0009232, 0.0482012, -0.0259762)
    ],
    "émigré café 😀 東京": [0.0753453, -0.0040842, 0.0025792, 0.0225006, 0.0129667, 0.1289048, 0.0141803, -0.00371],
    "storm surge hits the fish market " * 60: [
        *(-0.0799396, 0.0256566, -0.0295689, 0.008369, 0.0812849, 0.0752549, 0.0198199, -0.0618695)
    ],
}
HAPPY = ["That is a happy person", "That is a happy dog", "That is a very happy person", "Today is a sunny day"]


@pytest.fixture(scope="module")
def embedder(unpacked) -> Served:
    return Served(unpacked("embed-minilm"))


def vectors(embedder: Served, texts: list[str]) -> np.ndarray:
    return np.array(embedder.answer({"texts": texts})["vectors"])


def test_vectors_are_those_of_the_published_model_in_pytorch(embedder: Served):
    found = vectors(embedder, list(GOLDEN))
    assert found[:, ::48] == pytest.approx(np.array(list(GOLDEN.values())), abs=2e-5)


def test_similarities_are_those_of_the_published_model(embedder: Served):
    """The model card's own example: 0.695, 0.943 and 0.257."""
    found = vectors(embedder, HAPPY)
    assert found[1:] @ found[0] == pytest.approx([0.695, 0.943, 0.257], abs=5e-4)


def test_vectors_are_unit_vectors_of_the_dimension_in_model_json(embedder: Served, unpacked):
    facts = json.loads((unpacked("embed-minilm") / "model.json").read_text())
    found = vectors(embedder, HAPPY)
    assert found.shape == (4, facts["dimension"])
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(4), abs=1e-5)


def test_a_batch_gives_what_single_texts_give_in_the_same_order(embedder: Served):
    texts = ["a", "Kyiv " * 200, *HAPPY, "😀", "", "the harbour at dawn " * 12, "b"]
    together = vectors(embedder, texts)
    alone = np.concatenate([vectors(embedder, [text]) for text in texts])
    assert np.abs(together - alone).max() < 1e-5


def test_a_text_that_is_cut_is_named(embedder: Served):
    answer = embedder.answer({"texts": ["short", "word " * 300, "word " * 254]})
    assert answer["truncated"] == [1]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"", "MalformedJson"),
        (b"{", "MalformedJson"),
        (b"\xff\xfe", "MalformedJson"),
        (b"[" * 100_000, "MalformedJson"),
        (b'["texts"]', "MalformedJson"),
        (b"{}", "MissingField"),
        (b'{"texts": "one"}', "MissingField"),
        (b'{"texts": []}', "MissingField"),
        (b'{"texts": [null]}', "MissingField"),
        (b'{"texts": [7]}', "InvalidText"),
        (b'{"texts": ["\\ud800"]}', "InvalidText"),
        (json.dumps({"texts": ["a"] * 65}).encode(), "TooManyTexts"),
        (json.dumps({"texts": ["a" * 100_001]}).encode(), "TextTooLong"),
        (b'{"texts": ["' + b"a" * (6 * 1024 * 1024) + b'"]}', "PayloadTooLarge"),
    ],
)
def test_a_bad_request_is_refused_with_a_name_and_a_sentence(embedder: Served, body: bytes, name: str):
    status, answer = embedder.post(body)
    assert (status, answer["error"]["name"]) == (400, name)
    assert answer["error"]["message"].endswith(".")


# By its definition over Hugging Face's BertModel (transformers 5.23, torch 2.15, eager) on the same weights, one text
# at a time: the score, and the support of each of the query's three words.
LATE_QUERY = "São Paulo flood"
LATE_GOLDEN = {
    "Rain floods the streets of São Paulo.": (0.869472, [0.950029, 0.940926, 0.80585]),
    "The skyline of São Paulo at dusk.": (0.678095, [0.93654, 0.908458, 0.212219]),
    "50,000 died after quakes struck southern Turkey and Syria.": (0.208815, [0.10101, 0.132019, 0.241501]),
    "😀 東京": (0.229907, [0.224251, 0.201872, 0.042532]),
    "storm surge hits the fish market " * 60: (0.264648, [0.102833, 0.106016, 0.431097]),
}


def test_late_interaction_scores_as_the_published_models_vectors_in_pytorch_do(unpacked):
    reranker = Served(unpacked("rerank-late-interaction"))
    words = [{"start": 0, "end": 3}, {"start": 4, "end": 9}, {"start": 10, "end": 15}]
    answer = reranker.answer({"query": LATE_QUERY, "documents": list(LATE_GOLDEN), "words": words})
    assert answer["scores"] == pytest.approx([score for score, _ in LATE_GOLDEN.values()], abs=2e-5)
    assert np.array(answer["support"]) == pytest.approx(np.array([row for _, row in LATE_GOLDEN.values()]), abs=2e-5)


def test_late_interaction_puts_the_document_about_the_query_first(unpacked):
    reranker = Served(unpacked("rerank-late-interaction"))
    documents = [
        "Turkey raised interest rates to fight inflation.",
        "More than 50,000 people died after quakes struck southern Turkey and Syria.",
        "An earthquake of magnitude 5 shook Japan, no casualties.",
        "Turkey is a popular Thanksgiving dish.",
    ]
    scores = reranker.answer({"query": "earthquake death toll Turkey", "documents": documents})["scores"]
    assert scores.index(max(scores)) == 1
    alone = [
        reranker.answer({"query": "earthquake death toll Turkey", "documents": [document]})["scores"][0]
        for document in documents
    ]
    assert scores == pytest.approx(alone, abs=1e-5)
    backwards = reranker.answer({"query": "earthquake death toll Turkey", "documents": documents[::-1]})["scores"]
    assert scores == pytest.approx(backwards[::-1], abs=1e-5)


def test_late_interaction_says_how_far_a_document_bears_each_word_out(unpacked):
    reranker = Served(unpacked("rerank-late-interaction"))
    query = "São Paulo flood"
    documents = ["Rain floods the streets of São Paulo.", "The skyline of São Paulo at dusk."]
    words = [{"start": 0, "end": 3}, {"start": 4, "end": 9}, {"start": 10, "end": 15}]
    answer = reranker.answer({"query": query, "documents": documents, "words": words})
    flooded, dry = answer["support"]
    assert flooded[2] > dry[2] + 0.2
    assert min(flooded[:2]) > 0.7 and min(dry[:2]) > 0.7
    assert answer["scores"] == pytest.approx(
        reranker.answer({"query": query, "documents": documents})["scores"], abs=1e-6
    )
    assert "support" not in reranker.answer({"query": query, "documents": documents})


def test_a_word_beyond_what_the_model_reads_has_no_support(unpacked):
    reranker = Served(unpacked("rerank-late-interaction"))
    query = "rain " * 300
    words = [{"start": 0, "end": 4}, {"start": len(query) - 5, "end": len(query) - 1}]
    ((first, last),) = reranker.answer({"query": query, "documents": ["rain"], "words": words})["support"]
    assert first > 0 and last is None


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("all", "InvalidSpan"),
        ([3], "InvalidSpan"),
        ([{"start": 0}], "InvalidSpan"),
        ([{"start": True, "end": 2}], "InvalidSpan"),
        ([{"start": 2, "end": 2}], "InvalidSpan"),
        ([{"start": 0, "end": 99}], "InvalidSpan"),
        ([{"start": 0, "end": 1}] * 101, "TooManySpans"),
    ],
)
def test_words_that_are_no_spans_of_the_query_are_refused(unpacked, words: object, name: str):
    reranker = Served(unpacked("rerank-late-interaction"))
    status, answer = reranker.post({"query": "rain", "documents": ["rain"], "words": words})
    assert (status, answer["error"]["name"]) == (400, name)
