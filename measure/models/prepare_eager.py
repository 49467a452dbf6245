"""`python prepare_eager.py PACKAGE PAD_TO OUT`: a folder with the weights of a package, for eager/handler.py to serve.

PAD_TO is a number of tokens, or 0 for texts of their own length. The weights are those that the package's graph is
built from.
"""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file
from wirescope_models import adapter
from wirescope_models.builders import SERVING_DIR
from wirescope_models.cli import STATE_DIR
from wirescope_models.minilm_onnx import bert_names
from wirescope_models.packages import read_packages
from wirescope_models.weights import fetch_weights

HERE = Path(__file__).resolve().parent


def main(name: str, pad_to: int, out: Path) -> None:
    (package,) = read_packages([name])
    files = fetch_weights(package.source, STATE_DIR / "weights")
    by_suffix = {Path(file).suffix: path for file, path in files.items()}
    weights = bert_names(load_file(by_suffix[".safetensors"]))
    if "adapter" in package.facts:
        weights = adapter.merge(weights, load_file(package.folder / package.facts["adapter"]["file"]))
    facts = {**package.facts, "padTo": pad_to or None}
    if pad_to:
        facts["limits"] = {**facts["limits"], "maxTokens": pad_to}
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    (out / "model.json").write_text(json.dumps(facts), "utf-8")
    shutil.copy(by_suffix[".json"], out / "tokenizer.json")
    shutil.copy(HERE / "eager" / "handler.py", out / "handler.py")
    shutil.copytree(SERVING_DIR, out / "wirescope_serving", ignore=shutil.ignore_patterns("__pycache__"))
    kept = {key: np.ascontiguousarray(value) for key, value in weights.items() if not key.startswith("pooler.")}
    save_file(kept, out / "weights.safetensors")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
