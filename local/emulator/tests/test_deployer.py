"""The deployer of synthesised assemblies."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local.emulator.assets import zip_folder
from local.emulator.deployer import DeploymentFailed, deploy
from local.emulator.tests.assembly import write_assembly
from local.emulator.tests.canary_stack import ROLE, function, queue, ref
from local.emulator.tests.conftest import REPOSITORY, Emulator


def producer_and_consumer() -> dict[str, dict]:
    output = {"Name": {"Value": ref("Queue"), "Export": {"Name": "producer-queue"}}}
    consumer = queue(Tags=[{"Key": "of", "Value": {"Fn::ImportValue": "producer-queue"}}])
    return {
        "Consumer": {"Resources": {"Queue": consumer}, "Outputs": {"Name": {"Value": ref("Queue")}}},
        "Producer": {"Resources": {"Queue": queue()}, "Outputs": output},
    }


def run_deployer(emulator: Emulator, folder: Path, *arguments: str) -> tuple[subprocess.CompletedProcess[str], float]:
    command = [sys.executable, "-m", "local.emulator.deployer", str(folder), "--endpoint", emulator.url, *arguments]
    started = time.monotonic()
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False), time.monotonic() - started


def test_stacks_go_in_dependency_order_and_their_outputs_are_written(emulator: Emulator, tmp_path: Path):
    write_assembly(tmp_path, producer_and_consumer(), dependencies={"Consumer": ["Producer"]})
    first, _ = run_deployer(emulator, tmp_path, "--outputs", str(tmp_path / "outputs.json"))
    assert first.returncode == 0, first.stderr
    assert [line.split(" in ")[0] for line in first.stdout.splitlines()[-2:]] == ["Producer: created", "Consumer: created"]
    assert json.loads((tmp_path / "outputs.json").read_text()).keys() == {"Producer", "Consumer"}
    again, seconds = run_deployer(emulator, tmp_path)
    assert [line.split(" in ")[0] for line in again.stdout.splitlines()] == ["Producer: unchanged", "Consumer: unchanged"]
    assert seconds < 1.5


def test_only_the_named_stacks_are_deployed(emulator: Emulator, tmp_path: Path):
    write_assembly(tmp_path, {"One": {"Resources": {"Queue": queue()}}, "Two": {"Resources": {"Queue": queue()}}})
    assert deploy(tmp_path, emulator.url, {"Two"}, 30).keys() == {"Two"}
    with pytest.raises(DeploymentFailed, match="no stack Three; it has One, Two"):
        deploy(tmp_path, emulator.url, {"Three"}, 30)


def test_a_failing_resource_is_named_with_its_reason_and_the_exit_status_is_one(emulator: Emulator, tmp_path: Path):
    bad = {"Resources": {"Machine": {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"AlarmRule": 'ALARM("nowhere")'}}}}
    write_assembly(tmp_path, {"Bad": bad})
    failed, _ = run_deployer(emulator, tmp_path)
    assert failed.returncode == 1
    assert "Bad ended as ROLLBACK_COMPLETE." in failed.stderr
    assert "Machine (AWS::CloudWatch::CompositeAlarm): " in failed.stderr
    assert "nowhere" in failed.stderr
    write_assembly(tmp_path, {"Bad": {"Resources": {"Machine": queue()}}})
    assert run_deployer(emulator, tmp_path)[0].returncode == 0


def test_a_folder_without_an_assembly_is_one_sentence(emulator: Emulator, tmp_path: Path):
    failed, _ = run_deployer(emulator, tmp_path)
    assert (failed.returncode, failed.stderr.strip()) == (1, f"{tmp_path} holds no cloud assembly: run `npx cdk synth` first.")


def test_a_function_and_its_layer_are_uploaded_once_and_the_layers_native_module_loads(emulator: Emulator, tmp_path: Path):
    code, layer = tmp_path / "code", tmp_path / "layer"
    (code).mkdir()
    (code / "admit.js").write_text("exports.handler = async () => ({ vips: require('sharp').versions.vips });")
    modules = layer / "nodejs" / "node_modules"
    modules.mkdir(parents=True)
    installed = REPOSITORY / "node_modules"
    for package in ("sharp", "@img", "detect-libc", "semver"):
        (modules / package).symlink_to(installed / package)
    bucket = {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"}
    resources = {
        "Layer": {
            "Type": "AWS::Lambda::LayerVersion",
            "Properties": {"Content": {"S3Bucket": bucket, "S3Key": "layer.zip"}, "CompatibleRuntimes": ["nodejs24.x"]},
        },
        "Admit": function(
            Code={"S3Bucket": bucket, "S3Key": "code.zip"}, Handler="admit.handler", Layers=[ref("Layer")], Role=ROLE
        ),
    }
    template = {"Resources": resources, "Outputs": {"Name": {"Value": ref("Admit")}}}
    write_assembly(tmp_path, {"Native": template}, folders={"code.zip": code, "layer.zip": layer})
    name = deploy(tmp_path, emulator.url, set(), 60)["Native"]["Name"]
    assert emulator.invoke(name)["vips"]
    uploaded = emulator.client("s3").head_object(Bucket="cdk-hnb659fds-assets-000000000000-us-east-1", Key="layer.zip")
    deploy(tmp_path, emulator.url, set(), 60)
    again = emulator.client("s3").head_object(Bucket="cdk-hnb659fds-assets-000000000000-us-east-1", Key="layer.zip")
    assert uploaded["LastModified"] == again["LastModified"]


def test_a_zipped_folder_keeps_what_is_executable(tmp_path: Path):
    import zipfile

    program = tmp_path / "folder" / "bin" / "ffmpeg"
    program.parent.mkdir(parents=True)
    program.write_bytes(os.urandom(10))
    program.chmod(0o755)
    with (tmp_path / "folder.zip").open("w+b") as archive:
        zip_folder(tmp_path / "folder", archive)
        with zipfile.ZipFile(archive) as entries:
            assert entries.getinfo("bin/ffmpeg").external_attr >> 16 & 0o111
