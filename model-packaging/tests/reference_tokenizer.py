"""BERT's tokenisation as its authors published it (google-research/bert, tokenization.py), written again for tests.

Uncased: text is cleaned, CJK characters stand alone, words are lower-cased and lose their accents, punctuation is split
off, and each word becomes the longest pieces that the vocabulary holds.
"""

import unicodedata
from collections.abc import Mapping

MAX_WORD_CHARACTERS = 100
CJK_RANGES = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)
ASCII_PUNCTUATION = ((33, 47), (58, 64), (91, 96), (123, 126))


def reference_ids(text: str, vocabulary: Mapping[str, int]) -> list[int]:
    """The ids of a text's pieces, without [CLS] and [SEP]."""
    words = [word for part in _cleaned(text).split() for word in _split_punctuation(_without_accents(part.lower()))]
    return [vocabulary[piece] for word in words for piece in _pieces(word, vocabulary)]


def _cleaned(text: str) -> str:
    return "".join(_cleaned_character(character) for character in text)


def _cleaned_character(character: str) -> str:
    if character in "\t\n\r" or unicodedata.category(character) == "Zs":
        return " "
    if character in "\0\ufffd" or unicodedata.category(character).startswith("C"):
        return ""
    return f" {character} " if _is_within(character, CJK_RANGES) else character


def _without_accents(word: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFD", word) if unicodedata.category(each) != "Mn")


def _split_punctuation(word: str) -> list[str]:
    parts: list[str] = []
    begins = True
    for character in word:
        if _is_within(character, ASCII_PUNCTUATION) or unicodedata.category(character).startswith("P"):
            parts.append(character)
            begins = True
        elif begins:
            parts.append(character)
            begins = False
        else:
            parts[-1] += character
    return parts


def _pieces(word: str, vocabulary: Mapping[str, int]) -> list[str]:
    if len(word) > MAX_WORD_CHARACTERS:
        return ["[UNK]"]
    pieces: list[str] = []
    start = 0
    while start < len(word):
        marks = "##" if start else ""
        ends = range(len(word), start, -1)
        end = next((end for end in ends if marks + word[start:end] in vocabulary), None)
        if end is None:
            return ["[UNK]"]
        pieces.append(marks + word[start:end])
        start = end
    return pieces


def _is_within(character: str, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= ord(character) <= last for first, last in ranges)
