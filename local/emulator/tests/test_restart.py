"""Stopping and starting again: what was stored is found, and no process is left."""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.emulator.deployer import DeploymentFailed, deploy
from local.emulator.tests import canary_stack
from local.emulator.tests.assembly import write_assembly
from local.emulator.tests.conftest import Emulator, eventually
from local.emulator.tests.servers import ModelServer
from local.emulator.tests.test_template_resources import endpoint_resources


@pytest.fixture
def own_emulator(tmp_path: Path) -> Iterator[Emulator]:
    running = Emulator(tmp_path, {})
    running.start()
    yield running
    if running.process and running.process.poll() is None:
        running.stop()


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_second_start_finds_stacks_objects_items_messages_and_users(own_emulator: Emulator, tmp_path: Path, with_signal: int):
    emulator = own_emulator
    outputs = emulator.deploy(tmp_path, Canary=canary_stack.template())["Canary"]
    emulator.client("s3").put_object(Bucket=outputs["Bucket"], Key="kept.txt", Body=b"kept")
    emulator.client("dynamodb").put_item(TableName=outputs["Table"], Item={"pk": {"S": "kept"}})
    emulator.client("sqs").send_message(QueueUrl=outputs["PagesUrl"], MessageBody="kept")
    emulator.client("cognito-idp").admin_create_user(UserPoolId=outputs["PoolId"], Username="kept", MessageAction="SUPPRESS")
    emulator.invoke(outputs["Function"])
    assert any("_worker.js" in command for command in emulator.children())
    worker = next(folder for folder in (tmp_path / "tmp").iterdir() if "lambda" in folder.name)

    assert emulator.stop(with_signal) == 0
    assert not worker.exists()
    emulator.start()

    assert emulator.deploy(tmp_path, Canary=canary_stack.template())["Canary"] == outputs
    assert emulator.client("s3").get_object(Bucket=outputs["Bucket"], Key="kept.txt")["Body"].read() == b"kept"
    assert emulator.client("dynamodb").get_item(TableName=outputs["Table"], Key={"pk": {"S": "kept"}})["Item"]
    assert emulator.client("sqs").receive_message(QueueUrl=outputs["PagesUrl"])["Messages"][0]["Body"] == "kept"
    assert emulator.client("cognito-idp").admin_get_user(UserPoolId=outputs["PoolId"], Username="kept")["Username"] == "kept"
    assert emulator.invoke(outputs["Function"])["node"].startswith("v24.")


def test_a_stop_does_not_wait_for_what_is_running_and_a_workflow_that_ran_runs_again(own_emulator: Emulator, tmp_path: Path):
    emulator = own_emulator
    outputs = emulator.deploy(tmp_path, Canary=canary_stack.template())["Canary"]
    states = emulator.client("stepfunctions")
    slow = {
        "StartAt": "Slow",
        "States": {
            "Slow": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": {"FunctionName": outputs["Function"], "Payload": {"sleepMs": 4000}},
                "End": True,
            }
        },
    }
    machine = states.create_state_machine(name="slow", definition=json.dumps(slow), roleArn=canary_stack.ROLE)["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]
    long_poll = threading.Thread(target=_poll, args=(emulator, outputs["PagesUrl"]), daemon=True)
    long_poll.start()
    eventually(emulator.children)

    started = time.monotonic()
    assert emulator.stop() == 0
    assert time.monotonic() - started < 4
    long_poll.join()
    emulator.start()

    eventually(lambda: states.describe_execution(executionArn=execution)["status"] == "SUCCEEDED")


def _poll(emulator: Emulator, queue_url: str) -> None:
    try:
        emulator.client("sqs").receive_message(QueueUrl=queue_url, WaitTimeSeconds=20)
    except Exception:
        return


def test_what_was_saved_in_between_survives_a_kill(tmp_path: Path):
    emulator = Emulator(tmp_path, {"SAVE_SECONDS": "0.5"})
    emulator.start()
    try:
        outputs = emulator.deploy(tmp_path, Canary=canary_stack.template())["Canary"]
        emulator.client("s3").put_object(Bucket=outputs["Bucket"], Key="kept.txt", Body=b"kept")
        emulator.client("dynamodb").put_item(TableName=outputs["Table"], Item={"pk": {"S": "kept"}})
        saved = tmp_path / "state" / "dynamodb.json"
        eventually(lambda: saved.exists() and '"kept"' in saved.read_text())
        time.sleep(1)
        emulator.stop(signal.SIGKILL)
        emulator.start()
        assert emulator.deploy(tmp_path, Canary=canary_stack.template())["Canary"] == outputs
        assert emulator.client("dynamodb").get_item(TableName=outputs["Table"], Key={"pk": {"S": "kept"}})["Item"]
        assert emulator.client("s3").get_object(Bucket=outputs["Bucket"], Key="kept.txt")["Body"].read() == b"kept"
    finally:
        emulator.stop()


def test_a_killed_emulator_leaves_no_function_process_behind(own_emulator: Emulator, tmp_path: Path):
    emulator = own_emulator
    outputs = emulator.deploy(tmp_path, Canary=canary_stack.template())["Canary"]
    emulator.invoke(outputs["Function"])
    workers = emulator.child_ids()
    emulator.stop(signal.SIGKILL)
    eventually(lambda: not any(os.path.exists(f"/proc/{worker}") for worker in workers), seconds=5)


def test_a_model_server_that_starts_empty_is_told_its_endpoints_again(model_server: ModelServer, tmp_path: Path):
    emulator = Emulator(tmp_path, {"MODEL_SERVER_URL": model_server.url})
    emulator.start()
    try:
        emulator.deploy(tmp_path, Models={"Resources": endpoint_resources("again")})
        emulator.stop()
        emulator.start()
        first, second = eventually(lambda: len(told := model_server.asked("PUT", "/endpoints/again")) == 2 and told)
        assert first == second
    finally:
        emulator.stop()


def test_a_deployment_that_a_kill_interrupted_can_be_done_again(tmp_path: Path):
    emulator = Emulator(tmp_path, {"SAVE_SECONDS": "0.3"})
    emulator.start()
    # Its function never answers CloudFormation, so the stack stays in progress.
    resources = {
        "Silent": canary_stack.function("exports.handler = async () => ({});"),
        "Queue": canary_stack.queue(),
        "Waiting": {
            "Type": "Custom::Waiting",
            "DependsOn": "Queue",
            "Properties": {"ServiceToken": canary_stack.attribute("Silent", "Arn"), "ServiceTimeout": 3600},
        },
    }
    try:
        write_assembly(tmp_path, {"Interrupted": {"Resources": resources}})
        with pytest.raises(
            DeploymentFailed, match=r"Interrupted did not finish within 5 s\.\n  still CREATE_IN_PROGRESS: Waiting"
        ):
            deploy(tmp_path, emulator.url, set(), timeout_seconds=5)
        emulator.stop(signal.SIGKILL)
        emulator.start()
        resources.pop("Waiting")
        assert "Interrupted" in emulator.deploy(tmp_path, Interrupted={"Resources": resources})
    finally:
        emulator.stop()
