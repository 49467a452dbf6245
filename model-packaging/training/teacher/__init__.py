"""Labels from Stanford's four-class CRF, run as a program beside this one."""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ..spans import Sentence, fold, sentence_of

CLASSIFIER = "edu/stanford/nlp/models/ner/english.conll.4class.distsim.crf.ser.gz"
CLASSES = {"PERSON": "PER", "ORGANIZATION": "ORG", "LOCATION": "LOC", "MISC": "MISC"}
HEAP = "-Xmx2g"


class TeacherFailed(RuntimeError):
    """The CRF ended with an error, or answered for other tokens than it was asked."""


def label(sentences: Sequence[Sequence[str]], jars: Path) -> list[Sentence]:
    """Labels tokenised sentences. `jars` holds what teacher/pom.xml resolves."""
    with tempfile.TemporaryDirectory() as folder:
        question = Path(folder) / "tokens.tsv"
        question.write_text("\n\n".join("\n".join(f"{t}\tO" for t in tokens) for tokens in sentences) + "\n\n", "utf-8")
        finished = subprocess.run(
            [
                *("java", HEAP, "-cp", f"{jars}/*", "edu.stanford.nlp.ie.crf.CRFClassifier"),
                *("-loadClassifier", CLASSIFIER, "-testFile", str(question), "-map", "word=0,answer=1"),
            ],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
    if finished.returncode:
        raise TeacherFailed(f"The CRF ended with {finished.returncode}: {finished.stderr[-500:]}")
    rows = [line.split("\t") for line in finished.stdout.split("\n") if line.count("\t") == 2]
    if [row[0] for row in rows] != [token for tokens in sentences for token in tokens]:
        raise TeacherFailed("The CRF answered for other tokens than it was asked.")
    answers = iter(rows)
    return [_sentence(tokens, [next(answers)[2] for _ in tokens]) for tokens in sentences]


def _sentence(tokens: Sequence[str], classes: Sequence[str]) -> Sentence:
    # the CRF names classes without positions, so neighbours of one class are one span
    return sentence_of(tokens, fold((f"I-{name}" for name in classes), CLASSES))
