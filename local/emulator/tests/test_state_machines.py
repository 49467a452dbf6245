"""Canaries: what Step Functions does with errors, tokens, paths and time limits."""

import json
import time
from typing import Any

import pytest

from local.emulator.tests.canary_stack import ROLE
from local.emulator.tests.conftest import Emulator, create_function, eventually


@pytest.fixture
def run(emulator: Emulator, request: pytest.FixtureRequest):
    """Run a definition to its end and return the described execution."""
    states = emulator.client("stepfunctions")

    def run_definition(definition: dict[str, Any], state_input: Any = None, seconds: float = 15) -> dict[str, Any]:
        name = f"{request.node.name[:60]}-{time.time_ns()}"
        machine = states.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)["stateMachineArn"]
        execution = states.start_execution(stateMachineArn=machine, input=json.dumps(state_input or {}))["executionArn"]

        def ended() -> dict[str, Any] | None:
            described = states.describe_execution(executionArn=execution)
            return described if described["status"] != "RUNNING" else None

        return eventually(ended, seconds)

    return run_definition


def one(state: dict[str, Any], **others: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": {**state, "End": True}, **others}}


def invoke(function: str, payload: Any, resource: str = "arn:aws:states:::lambda:invoke") -> dict[str, Any]:
    return {"Type": "Task", "Resource": resource, "Parameters": {"FunctionName": function, "Payload": payload}}


def test_an_error_is_caught_by_its_name(run, outputs):
    catch = [{"ErrorEquals": ["TooEarly"], "Next": "B"}]
    ended = run(one({**invoke(outputs["Function"], {"throwName": "x"}), "Catch": catch}, B={"Type": "Pass", "End": True}))
    assert (ended["status"], json.loads(ended["output"])["Error"]) == ("SUCCEEDED", "TooEarly")


def test_a_function_that_throws_under_a_token_fails_its_task_at_once(run, outputs):
    task = invoke(outputs["Function"], {"throwName": "x"}, "arn:aws:states:::lambda:invoke.waitForTaskToken")
    started = time.monotonic()
    ended = run(one({**task, "TimeoutSeconds": 60}))
    assert (ended["status"], ended["error"]) == ("FAILED", "TooEarly")
    assert time.monotonic() - started < 10


def test_a_dying_function_is_tried_again_by_the_name_of_its_crash_and_then_caught(run, emulator: Emulator, tmp_path):
    runs = tmp_path / "runs"
    note = f"require('fs').appendFileSync({str(runs)!r}, 'x');"
    code = f"exports.handler = async () => {{ {note} process.kill(process.pid, 'SIGKILL'); }};"
    retry = [{"ErrorEquals": ["Runtime.ExitError"], "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 2}]
    task = {**invoke(create_function(emulator, "always-dying", code), {}), "Retry": retry}
    caught = {**task, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}]}
    ended = run(one(caught, B={"Type": "Pass", "End": True}), seconds=40)
    assert (ended["status"], json.loads(ended["output"])["Error"]) == ("SUCCEEDED", "Runtime.ExitError")
    assert runs.read_text() == "xxx"


def test_a_path_that_finds_nothing_fails_the_state(run, outputs):
    ended = run(one(invoke(outputs["Function"], {"asset.$": "$.asset.id"})), {"asset": {}})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")
    assert "$.asset.id" in ended["cause"]


def test_a_missing_heartbeat_fails_a_waiting_task(run, emulator: Emulator):
    queue = emulator.client("sqs").create_queue(QueueName="heartbeats")["QueueUrl"]
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": queue, "MessageBody": {"token.$": "$$.Task.Token"}},
        "HeartbeatSeconds": 1,
        "TimeoutSeconds": 60,
    }
    ended = run(one(task))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.HeartbeatTimeout")


def test_a_state_machine_ends_at_its_own_time_limit(run):
    ended = run({**one({"Type": "Wait", "Seconds": 3}), "TimeoutSeconds": 1})
    assert ended["status"] == "TIMED_OUT"
    assert (ended["stopDate"] - ended["startDate"]).total_seconds() < 2.5


def test_executions_are_counted_by_how_they_ended(run, emulator: Emulator):
    ended = run(one({"Type": "Pass"}))
    statistics = emulator.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/States",
        MetricName="ExecutionsSucceeded",
        Dimensions=[{"Name": "StateMachineArn", "Value": ended["stateMachineArn"]}],
        StartTime=time.time() - 600,
        EndTime=time.time() + 60,
        Period=3600,
        Statistics=["Sum"],
    )
    assert [point["Sum"] for point in statistics["Datapoints"]] == [1]
