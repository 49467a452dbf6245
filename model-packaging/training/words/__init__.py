"""Lists that training text is made from, one entry a line.

In places, organisations and others, `{c}` stands for a city, `{n}` a country, `{s}` and `{t}` surnames, `{g}` a
given name. In queries, `{PER}` and its kin stand for a name of that label and `{topic}` for an entry of topics.
"""

from pathlib import Path


def words(name: str) -> tuple[str, ...]:
    """The entries of NAME.txt, in order."""
    return tuple(Path(__file__).with_name(f"{name}.txt").read_text("utf-8").splitlines())
