"""Trains the student for a given time and writes its adapter.

    python -m training.train --data DIR --base FOLDER --seconds N --out adapter.safetensors
    python -m training.train ... --start adapter.safetensors --peak-rate 0.0008 --seed 21

DIR holds the corpora and what training.label wrote; FOLDER holds the base's model.safetensors and
tokenizer.json. The learning rate falls to zero over the N seconds, so a longer time is a better student.
"""

import argparse
import hashlib
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer
from torch.nn import functional

from . import corpora, label
from .names import gather
from .queries import TUNING_QUERIES, read_queries
from .spans import Score, Sentence, score
from .student import Student
from .synthesis import mixture
from .tokens import IGNORED, classes_of, decode, tokenizer_at

BATCH_SENTENCES = 32
SORTED_TOGETHER_BATCHES = 24  # batches cut from one sorted draw, so that a short text is not padded to a long one's
PEAK_LEARNING_RATE = 1.5e-3
WARM_UP_SHARE = 0.03
WEIGHT_DECAY = 0.01
GRADIENT_NORM_LIMIT = 1.0
QUERIES_SHARE = 0.35
REPORTS_PER_RUN = 8
TUNING_SENTENCES = 600  # of each tuning corpus: enough to see a trend, and quick
WEIGHTS = {"wikinews": 0.42, "broad-twitter": 0.26, "wnut": 0.12, "wikigold": 0.2}


def training_corpora(folder: Path) -> tuple[dict[str, list[Sentence]], dict[str, list[Sentence]]]:
    """What is learnt from and what is tuned on, by corpus."""
    articles = label.read(folder / "wikinews-labelled.jsonl")
    held = len({group for group, _ in articles}) - corpora.WIKINEWS_TUNING_ARTICLES
    learnt = {
        "wikinews": [sentence for group, sentence in articles if int(group) < held],
        "broad-twitter": [sentence for _, sentence in label.read(folder / "broad-twitter-doubts.jsonl")],
        "wnut": corpora.wnut(folder, "train"),
        "wikigold": corpora.wikigold(folder)[0],
    }
    tuned = {
        "wnut-dev": corpora.wnut(folder, "dev"),
        "queries-tuning": read_queries(TUNING_QUERIES),
        "wikinews-tuning": [sentence for group, sentence in articles if int(group) >= held],
    }
    return learnt, tuned


def padded(rows: Sequence[Sequence[int]], filler: int) -> torch.Tensor:
    """Rows of unequal length as one int64 [B, S]."""
    longest = max(len(row) for row in rows)
    return torch.tensor([[*row, *[filler] * (longest - len(row))] for row in rows])


def predict(student: Student, tokenizer: Tokenizer, sentences: Sequence[Sentence]) -> Score:
    """Exact-span score of the student as it stands."""
    student.eval()
    encodings = tokenizer.encode_batch([sentence.text for sentence in sentences])
    order = sorted(range(len(encodings)), key=lambda number: len(encodings[number]))
    total = Score()
    for first in range(0, len(order), BATCH_SENTENCES):
        rows = order[first : first + BATCH_SENTENCES]
        ids = padded([encodings[row].ids for row in rows], 0)
        mask = padded([encodings[row].attention_mask for row in rows], 0).bool()
        with torch.inference_mode():
            best = student(ids, mask).argmax(-1).tolist()
        for row, classes in zip(rows, best, strict=True):
            encoding = encodings[row]
            found = decode(encoding.offsets, encoding.word_ids, classes[: len(encoding)])
            total += score([sentences[row].spans], [found])
    student.train()
    return total


def learning_rate(progress: float, peak: float) -> float:
    """At `progress` in [0, 1] of the run: a short rise to `peak`, then a cosine to zero."""
    rise = min(1.0, progress / WARM_UP_SHARE + 0.01)
    return peak * rise * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


def batches(
    draw: Callable[[], Sentence], tokenizer: Tokenizer, chance: random.Random
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Endless batches of drawn texts: ids, mask and classes, each [B, S]."""
    while True:
        drawn = [draw() for _ in range(BATCH_SENTENCES * SORTED_TOGETHER_BATCHES)]
        encodings = tokenizer.encode_batch([sentence.text for sentence in drawn])
        order = sorted(range(len(drawn)), key=lambda number: len(encodings[number]))
        groups = [order[first : first + BATCH_SENTENCES] for first in range(0, len(order), BATCH_SENTENCES)]
        chance.shuffle(groups)
        for rows in groups:
            ids = padded([encodings[row].ids for row in rows], 0)
            mask = padded([encodings[row].attention_mask for row in rows], 0).bool()
            yield ids, mask, padded([classes_of(encodings[row], drawn[row]) for row in rows], IGNORED)


def optimiser_of(student: Student, rate: float) -> torch.optim.Optimizer:
    """AdamW that lets only matrices decay."""
    matrices = [value for value in student.parameters() if value.ndim > 1]
    vectors = [value for value in student.parameters() if value.ndim == 1]
    groups = [{"params": matrices, "weight_decay": WEIGHT_DECAY}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, rate)


def train(
    student: Student,
    stream: Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]],
    *,
    seconds: float,
    peak_rate: float,
    report: Callable[[int, float], None],
) -> int:
    """Trains for `seconds` and returns how many texts were seen.

    Calls `report(texts seen, mean loss since the last report)` now and then.
    """
    optimiser = optimiser_of(student, peak_rate)
    started = time.monotonic()
    seen, progress, due = 0, 0.0, 1
    losses: list[float] = []
    while progress < 1:
        ids, mask, classes = next(stream)
        loss = functional.cross_entropy(student(ids, mask).flatten(0, 1), classes.flatten(), ignore_index=IGNORED)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(student.parameters(), GRADIENT_NORM_LIMIT)
        progress = (time.monotonic() - started) / seconds
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(progress, peak_rate)
        optimiser.step()
        seen += len(ids)
        losses.append(loss.item())
        if progress >= due / REPORTS_PER_RUN:
            due += 1
            report(seen, sum(losses) / len(losses))
            losses.clear()
    return seen


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True)
    arguments.add_argument("--base", type=Path, required=True)
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--seconds", type=float, required=True)
    arguments.add_argument("--rank", type=int, default=16)
    arguments.add_argument("--start", type=Path, help="an adapter to go on from, instead of from the base")
    arguments.add_argument("--peak-rate", type=float, default=PEAK_LEARNING_RATE)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--seed", type=int, default=20)
    given = arguments.parse_args()

    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    chance = random.Random(given.seed)
    weights = given.base / "model.safetensors"
    student = Student(load_file(weights), given.rank)
    if given.start:
        student.restore(load_file(given.start))
    student.train()
    tokenizer = tokenizer_at(given.base / "tokenizer.json")
    learnt, tuned = training_corpora(given.data)
    print({name: len(sentences) for name, sentences in (learnt | tuned).items()}, flush=True)
    names = gather([sentence for sentences in learnt.values() for sentence in sentences], given.seed)
    weighted = [(learnt[name], weight) for name, weight in WEIGHTS.items()]

    def report(seen: int, loss: float) -> None:
        scores = {
            name: round(100 * predict(student, tokenizer, held[:TUNING_SENTENCES]).f1, 1)
            for name, held in tuned.items()
        }
        print({"texts": seen, "loss": round(loss, 3)} | scores, flush=True)

    def draw() -> Sentence:
        return mixture(weighted, names, queries=QUERIES_SHARE, chance=chance)

    stream = batches(draw, tokenizer, chance)
    seen = train(student, stream, seconds=given.seconds, peak_rate=given.peak_rate, report=report)
    base_digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    facts = {"base_sha256": base_digest, "rank": str(given.rank), "texts_seen": str(seen), "seed": str(given.seed)}
    save_file(student.adapter_arrays(), given.out, facts)


if __name__ == "__main__":
    main()
