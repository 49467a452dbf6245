"""Archives of the two production models from the hub, which tests do not reach: the same builders and handlers over a
small randomly initialised model of the same architecture."""

import copy
import json
import tarfile
from pathlib import Path

import small_bert
from safetensors.numpy import save_file

from wirescope_models import archive, formats
from wirescope_models.packages import ModelPackage, read_packages

VOCABULARY = "[PAD] [UNK] [CLS] [SEP] [MASK] the kyiv and ##shire new york lanca minister spoke in to a 😀 . , ' s"
WORDS = VOCABULARY.split(" ")


def random_weights(package: ModelPackage) -> small_bert.Weights:
    if package.facts["endpoint"] == "entities":
        return small_bert.distilbert_weights(len(WORDS), len(package.facts["labels"]))
    return small_bert.bert_weights(len(WORDS))


def hub_archive(name: str, folder: Path, weights: small_bert.Weights | None = None, format: str = "onnx") -> Path:
    """Goes the whole way, weights file, builder, archive, and returns the folder that it is unpacked into."""
    (package,) = read_packages([name])
    facts = copy.deepcopy(package.facts)
    facts["preprocessing"]["attentionHeads"] = small_bert.HEADS
    source = folder / package.name
    source.mkdir()
    (source / "model.json").write_text(json.dumps(facts), "utf-8")
    (source / "handler.py").write_bytes((package.folder / "handler.py").read_bytes())
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n", "utf-8")
    save_file(random_weights(package) if weights is None else weights, folder / "model.safetensors")
    files = {name: folder / name for name in ("model.safetensors", "vocab.txt")}
    contents = formats.contents_in(format, ModelPackage(source, facts), files)
    archive.write_archive(folder / "model.tar.gz", contents)
    with tarfile.open(folder / "model.tar.gz") as packed:
        packed.extractall(folder / "unpacked", filter="data")
    return folder / "unpacked"
