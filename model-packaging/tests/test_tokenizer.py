"""The archives' tokenizer against the published algorithm, on text that nobody would call friendly."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_tokenizer import reference_ids
from tokenizers import Tokenizer

from wirescope_models import builders
from wirescope_serving.encoder import buckets, open_tokenizer

HOSTILE = {
    "emoji": "storm 🌪️ over 👩‍👩‍👧‍👦 Kyiv 😀😀",
    "right to left": "\u202eevil\u202c مرحبا بالعالم שלום עולם",
    "CJK": "東京で地震 3月11日 서울 北京",
    "control characters": "a\x00b\x07c\x1bd\x7fe\u200bf\ufefff\u00adg",
    "ten thousand characters": "a" * 10_000,
    "ten thousand words": "harbour dawn " * 5_000,
    "combining marks": "Z\u0351\u036b\u0343\u036aA\u0300\u0301\u0302L\u0334\u0335G\u0336O\u0337 cafe\u0301 café naïve",
    "whitespace": " \t\n\r\u00a0\u2003\u3000a\u2028b",
    "punctuation": "...!!!¿¡«»„“—–…%$#@&*(){}[]<>^~`|\\/",
    "special tokens as words": "the end. cls sep unk mask pad",
    "special tokens as tokens": "flood[SEP]in [MASK] [CLS] [PAD][UNK] kyiv",
    "markup": "<script>alert('x')</script> ' OR 1=1; -- ${jndi:ldap://a}",
    "case": "İSTANBUL ŁÓDŹ STRAßE ΑΘΗΝΑ ǅ ﬁ",
}
# Scripts that Unicode has had for long: a newer character is unassigned to one side and a letter to the other. Without
# capital sigma, which the tokenizer lower-cases letter by letter, and Python by its place in the word.
RANGES = [
    *((0x00, 0x24F), (0x300, 0x36F), (0x391, 0x3A1), (0x3B1, 0x3C9), (0x410, 0x44F), (0x5D0, 0x5EA), (0x621, 0x64A)),
    *((0x905, 0x939), (0xE01, 0xE30), (0x200B, 0x200F), (0x2010, 0x2027), (0x20A0, 0x20AC), (0x3041, 0x3096)),
    *((0x4E00, 0x4FFF), (0xAC00, 0xAD00), (0xFF01, 0xFF5E), (0x1F600, 0x1F640)),
]
hostile_text = st.text(st.one_of(*(st.characters(min_codepoint=low, max_codepoint=high) for low, high in RANGES)))


@pytest.fixture(
    scope="module", params=["embed-minilm", "entities-minilm-student", "rerank-late-interaction", "vocab.txt"]
)
def tokenizer(request: pytest.FixtureRequest, unpacked, tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    """Each archive's own, and the one that is made for the hub's models, which bring a vocabulary alone."""
    if request.param != "vocab.txt":
        return open_tokenizer(unpacked(request.param) / "tokenizer.json")
    whole = open_tokenizer(unpacked("embed-minilm") / "tokenizer.json").get_vocab()
    folder = tmp_path_factory.mktemp("vocabulary")
    (folder / "vocab.txt").write_text("\n".join(sorted(whole, key=whole.__getitem__)) + "\n", "utf-8")
    (folder / "tokenizer.json").write_bytes(builders.tokenizer_json({"vocab.txt": folder / "vocab.txt"}))
    return open_tokenizer(folder / "tokenizer.json")


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_becomes_the_published_algorithms_pieces(tokenizer: Tokenizer, kind: str):
    found = tokenizer.encode(HOSTILE[kind], add_special_tokens=False).ids
    assert found == reference_ids(HOSTILE[kind], tokenizer.get_vocab())


@settings(max_examples=400, deadline=None)
@given(text=hostile_text)
def test_any_text_of_old_scripts_becomes_the_published_algorithms_pieces(tokenizer: Tokenizer, text: str):
    assert tokenizer.encode(text, add_special_tokens=False).ids == reference_ids(text, tokenizer.get_vocab())


@given(text=hostile_text)
@settings(max_examples=200, deadline=None)
def test_offsets_name_code_points_of_the_text_in_order(tokenizer: Tokenizer, text: str):
    offsets = tokenizer.encode(text, add_special_tokens=False).offsets
    assert all(0 <= start <= end <= len(text) for start, end in offsets)
    assert offsets == sorted(offsets)


@given(lengths=st.lists(st.integers(1, 256), max_size=64), budget=st.integers(1, 2048))
def test_groups_hold_every_row_once_within_the_budget(lengths: list[int], budget: int):
    groups = buckets(lengths, budget)
    assert sorted(row for group in groups for row in group) == list(range(len(lengths)))
    assert all(len(group) == 1 or len(group) * max(lengths[row] for row in group) <= budget for group in groups)
