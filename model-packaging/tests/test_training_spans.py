"""Reading spans from tags, counting exact matches, and the way through word pieces and back."""

import random

import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from training.spans import BIO_LABELS, UNKNOWN, Score, Sentence, Span, fold, score, sentence_of
from training.tokens import IGNORED, classes_of, decode


def named(sentence: Sentence) -> list[tuple[str, str]]:
    return [(sentence.text[span.start : span.end], span.label) for span in sentence.spans]


def test_bio_tags_keep_neighbours_of_one_label_apart():
    sentence = sentence_of(["Angela", "Merkel", "Emmanuel", "Macron"], ["B-PER", "I-PER", "B-PER", "I-PER"])
    assert named(sentence) == [("Angela Merkel", "PER"), ("Emmanuel Macron", "PER")]


def test_iob1_tags_open_a_span_with_i():
    sentence = sentence_of(["in", "New", "York", "Reuters"], ["O", "I-LOC", "I-LOC", "I-ORG"])
    assert named(sentence) == [("New York", "LOC"), ("Reuters", "ORG")]


def test_an_outside_tag_ends_a_span():
    assert named(sentence_of(["Kyiv", ",", "Kharkiv"], ["I-LOC", "O", "I-LOC"])) == [
        ("Kyiv", "LOC"),
        ("Kharkiv", "LOC"),
    ]


def test_folding_renames_known_labels_and_drops_others():
    tags = ["B-corporation", "I-corporation", "B-date", "O"]
    assert fold(tags, {"corporation": "ORG"}) == ["B-ORG", "I-ORG", "O", "O"]


def test_lower_case_keeps_offsets_even_where_it_would_be_longer():
    sentence = Sentence("İzmir and KYIV", (Span(10, 14, "LOC"),))
    assert named(sentence.lowered) == [("kyiv", "LOC")]


def test_only_the_exact_span_with_the_exact_label_counts():
    gold = [[Span(0, 4, "LOC"), Span(5, 9, "PER")], [Span(0, 3, "ORG")]]
    found = [[Span(0, 4, "LOC"), Span(5, 8, "PER")], [Span(0, 3, "PER")]]
    assert score(gold, found) == Score(true_positives=1, false_positives=2, false_negatives=2)


def test_labels_that_a_corpus_lacks_are_not_held_against_a_tagger():
    assert score([[]], [[Span(0, 4, "MISC")]], labels=("PER", "ORG", "LOC")) == Score()


def test_f1_is_the_harmonic_mean_of_precision_and_recall():
    total = Score(true_positives=6, false_positives=2, false_negatives=4)
    assert total.precision == 0.75
    assert total.recall == 0.6
    assert total.f1 == pytest.approx(2 * 0.75 * 0.6 / (0.75 + 0.6))
    assert Score().f1 == 0


@pytest.fixture
def tokenizer() -> Tokenizer:
    """Word pieces of at most three letters, so that almost every word is in pieces."""
    letters = "abcdefghijklmnopqrstuvwxyz."
    vocabulary = ["[UNK]", "[CLS]", "[SEP]", *letters, *(f"##{letter}" for letter in letters)]
    tokenizer = Tokenizer(models.WordPiece({t: i for i, t in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    return tokenizer


def test_spans_survive_the_way_to_word_pieces_and_back(tokenizer):
    chance = random.Random(5)
    for _ in range(200):
        words = ["".join(chance.choices("abcdef", k=chance.randint(1, 7))) for _ in range(chance.randint(1, 12))]
        tags = [chance.choice(BIO_LABELS) for _ in words]
        sentence = sentence_of(words, tags)
        encoding = tokenizer.encode(sentence.text)
        classes = [max(0, number) for number in classes_of(encoding, sentence)]
        assert decode(encoding.offsets, encoding.word_ids, classes) == list(sentence.spans)


def test_special_tokens_and_doubtful_places_are_not_learnt(tokenizer):
    encoding = tokenizer.encode("ab cd")
    assert classes_of(encoding, Sentence("ab cd", (Span(0, 2, UNKNOWN),))) == [IGNORED, IGNORED, IGNORED, 0, 0, IGNORED]


def test_an_inside_label_that_continues_nothing_opens_a_span():
    inside = BIO_LABELS.index("I-LOC")
    assert decode([(0, 4), (5, 8)], [0, 1], [0, inside]) == [Span(5, 8, "LOC")]
