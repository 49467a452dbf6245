"""Canaries: S3's events on the bus, redriving a dead-letter queue, and alarms on metric math."""

import json
import time

import pytest
from botocore.exceptions import ClientError

from local.emulator.tests.conftest import Emulator, eventually


def test_an_event_names_the_version_that_was_written(emulator: Emulator, outputs):
    version = emulator.client("s3").put_object(Bucket=outputs["Bucket"], Key="versioned.txt", Body=b"1")["VersionId"]
    sqs = emulator.client("sqs")

    def event() -> dict | None:
        received = sqs.receive_message(QueueUrl=outputs["EventsUrl"], MaxNumberOfMessages=10, VisibilityTimeout=0)
        details = [json.loads(message["Body"])["detail"] for message in received.get("Messages", [])]
        return next((detail for detail in details if detail["object"]["key"] == "versioned.txt"), None)

    assert eventually(event)["object"]["version-id"] == version


def test_dead_letters_go_back_to_where_they_came_from(emulator: Emulator, outputs):
    sqs = emulator.client("sqs")
    sqs.send_message(QueueUrl=outputs["SourceUrl"], MessageBody="again")

    def is_dead() -> bool:
        sqs.receive_message(QueueUrl=outputs["SourceUrl"])
        counts = sqs.get_queue_attributes(QueueUrl=outputs["DeadLetterUrl"], AttributeNames=["ApproximateNumberOfMessages"])
        return counts["Attributes"]["ApproximateNumberOfMessages"] != "0"

    eventually(is_dead)
    sqs.start_message_move_task(SourceArn=outputs["DeadLetterArn"])
    task = sqs.list_message_move_tasks(SourceArn=outputs["DeadLetterArn"])["Results"][0]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"] >= 1) == ("COMPLETED", True)
    bodies = [
        message["Body"] for message in sqs.receive_message(QueueUrl=outputs["SourceUrl"], MaxNumberOfMessages=10)["Messages"]
    ]
    assert "again" in bodies


def test_only_a_dead_letter_queue_can_be_redriven(emulator: Emulator, outputs):
    with pytest.raises(ClientError, match="Dead Letter Queue"):
        emulator.client("sqs").start_message_move_task(SourceArn=outputs["SourceArn"])


def test_an_alarm_on_metric_math_follows_its_expression(emulator: Emulator, outputs):
    cloudwatch = emulator.client("cloudwatch")
    dimensions = [{"Name": "service", "Value": "canary"}]
    data = [{"MetricName": name, "Dimensions": dimensions, "Value": value} for name, value in (("Total", 10), ("Failed", 4))]
    cloudwatch.put_metric_data(Namespace="Canary", MetricData=data)
    queries = [
        {"Id": "share", "Expression": "100 * failed / total"},
        *(
            {
                "Id": name,
                "MetricStat": {
                    "Metric": {"Namespace": "Canary", "MetricName": name.title(), "Dimensions": dimensions},
                    "Period": 60,
                    "Stat": "Sum",
                },
            }
            for name in ("failed", "total")
        ),
    ]
    answered = cloudwatch.get_metric_data(MetricDataQueries=queries, StartTime=time.time() - 300, EndTime=time.time() + 60)
    values = {result["Id"]: result["Values"] for result in answered["MetricDataResults"]}
    assert values["share"] == [40]

    def is_alarm() -> bool:
        described = cloudwatch.describe_alarms(AlarmNames=["canary-failing-share"])["MetricAlarms"]
        return described[0]["StateValue"] == "ALARM"

    eventually(is_alarm)
