"""Canaries: how Lambdas run, fail, log and are measured."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

from local.emulator.tests.conftest import Emulator, create_function, eventually


def test_functions_run_on_the_projects_node(emulator: Emulator, outputs):
    assert emulator.invoke(outputs["Function"])["node"].startswith("v24.")


def test_the_name_of_a_thrown_error_is_its_error_type(emulator: Emulator, outputs):
    answer = emulator.invoke(outputs["Function"], {"throwName": "not yet"})
    assert (answer["errorType"], answer["errorMessage"]) == ("TooEarly", "not yet")
    assert "TooEarly: not yet" in answer["trace"][0]


def test_a_function_whose_process_dies_ends_as_lambda_says_it_and_runs_again(emulator: Emulator, outputs):
    code = "exports.handler = async (event) => { if (event.die) process.kill(process.pid, 'SIGKILL'); return 'alive'; };"
    function = create_function(emulator, "dying", code)
    dead = emulator.invoke(function, {"die": True})
    assert dead["errorType"] == "Runtime.ExitError"
    assert "Runtime exited with error: signal: killed" in dead["errorMessage"]
    assert emulator.invoke(function, {}) == "alive"


def test_a_notification_comes_again_until_its_third_time_where_the_function_dies(emulator: Emulator, outputs, tmp_path):
    deliveries = tmp_path / "deliveries"
    code = f"""
        const {{ appendFileSync, readFileSync }} = require('node:fs');
        exports.handler = async (event) => {{
            appendFileSync({json.dumps(str(deliveries))}, event.Records[0].Sns.Message + '\\n');
            if (readFileSync({json.dumps(str(deliveries))}, 'utf8').split('\\n').length < 4) process.kill(process.pid, 'SIGKILL');
        }};
    """
    function = emulator.client("lambda").get_function(FunctionName=create_function(emulator, "notified", code))
    sns = emulator.client("sns")
    topic = sns.create_topic(Name="notified")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function["Configuration"]["FunctionArn"])
    sns.publish(TopicArn=topic, Message="once")
    eventually(lambda: deliveries.exists() and deliveries.read_text().split() == ["once"] * 3)


def test_every_line_of_a_function_is_in_its_log_when_it_has_answered(emulator: Emulator, outputs):
    lines = [f"line {number} {'x' * 200}" for number in range(300)]
    emulator.invoke(outputs["Function"], {"log": lines})
    events = emulator.client("logs").filter_log_events(logGroupName=outputs["FunctionLog"], limit=10000)["events"]
    logged = [event["message"].strip() for event in events]
    assert [line for line in lines if line not in logged] == []


def test_a_function_that_logs_nothing_does_not_wait_for_a_log(emulator: Emulator, outputs):
    emulator.invoke(outputs["Function"])
    seconds = []
    for _ in range(10):
        started = time.monotonic()
        emulator.invoke(outputs["Function"])
        seconds.append(time.monotonic() - started)
    assert min(seconds) < 0.045


def test_a_functions_log_holds_what_the_function_wrote_and_no_warning_of_the_worker(emulator: Emulator, outputs):
    function = create_function(emulator, "own-log", "exports.handler = async () => { console.log('mine'); };")
    emulator.invoke(function)
    events = emulator.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
    lines = [event["message"].strip() for event in events]
    assert [line for line in lines if not line.startswith(("START", "END", "REPORT"))] == ["mine"]


def test_functions_that_invoke_each_other_do_not_wait_for_their_own_places(emulator: Emulator, outputs):
    function = emulator.client("lambda")
    for _ in range(6):
        function.invoke(FunctionName=outputs["Function"], InvocationType="Event", Payload=json.dumps({"invokeSelf": True}))
    started = time.monotonic()
    with ThreadPoolExecutor(4) as callers:
        answers = list(callers.map(lambda _: emulator.invoke(outputs["Function"], {"invokeSelf": True}), range(4)))
    assert all(answer["nested"]["node"].startswith("v24.") for answer in answers)
    assert time.monotonic() - started < 15


def test_a_burst_of_events_runs_no_more_functions_at_once_than_allowed(emulator: Emulator, outputs):
    sqs_url = emulator.client("sqs").create_queue(QueueName="burst")["QueueUrl"]
    arn = emulator.client("sqs").get_queue_attributes(QueueUrl=sqs_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    code = "exports.handler = async () => { await new Promise((done) => setTimeout(done, 300)); return {}; };"
    function = create_function(emulator, "burst", code)
    client = emulator.client("lambda")
    mapping = client.create_event_source_mapping(EventSourceArn=arn, FunctionName=function, BatchSize=1)["UUID"]
    for number in range(12):
        emulator.client("sqs").send_message(QueueUrl=sqs_url, MessageBody=str(number))
    most = 0
    for _ in range(40):
        most = max(most, sum("burst" in command for command in emulator.children()))
        time.sleep(0.05)
    client.delete_event_source_mapping(UUID=mapping)
    assert 1 <= most <= 2


def test_embedded_metrics_become_metrics_with_their_dimensions(emulator: Emulator, outputs):
    directive = {"Namespace": "Canary", "Dimensions": [["service"]], "Metrics": [{"Name": "Admitted", "Unit": "Count"}]}
    line = {
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]},
        "service": "admit",
        "Admitted": [3, 4],
    }
    emulator.invoke(outputs["Function"], {"log": [json.dumps(line)]})
    statistics = emulator.client("cloudwatch").get_metric_statistics(
        Namespace="Canary",
        MetricName="Admitted",
        Dimensions=[{"Name": "service", "Value": "admit"}],
        StartTime=time.time() - 600,
        EndTime=time.time() + 60,
        Period=3600,
        Statistics=["Sum", "SampleCount"],
    )
    assert [(point["Sum"], point["SampleCount"]) for point in statistics["Datapoints"]] == [(7, 2)]


def test_a_metric_filter_counts_the_lines_it_matches_and_no_others(emulator: Emulator, outputs):
    lines = [{"level": "ERROR", "status": 503}, {"level": "ERROR", "status": 404}, {"level": "INFO", "status": 503}]
    emulator.invoke(outputs["Function"], {"log": [json.dumps(line) for line in lines]})

    def total() -> float:
        statistics = emulator.client("cloudwatch").get_metric_statistics(
            Namespace="Canary",
            MetricName="FilteredErrors",
            StartTime=time.time() - 600,
            EndTime=time.time() + 60,
            Period=3600,
            Statistics=["Sum"],
        )
        return sum(point["Sum"] for point in statistics["Datapoints"])

    assert eventually(total) == 1


def test_every_invocation_is_measured_once_however_it_came_about(emulator: Emulator, outputs):
    function = create_function(emulator, "measured", "exports.handler = async () => { throw new Error('no'); };")
    client = emulator.client("lambda")
    client.put_function_event_invoke_config(FunctionName=function, MaximumRetryAttempts=0)
    emulator.invoke(function)
    client.invoke(FunctionName=function, InvocationType="Event", Payload=b"{}")

    def total(metric: str) -> float:
        statistics = emulator.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=[{"Name": "FunctionName", "Value": function}],
            StartTime=time.time() - 600,
            EndTime=time.time() + 60,
            Period=3600,
            Statistics=["Sum"],
        )
        return sum(point["Sum"] for point in statistics["Datapoints"])

    eventually(lambda: total("Errors") >= 2)
    time.sleep(0.5)
    assert (total("Invocations"), total("Errors")) == (2, 2)
