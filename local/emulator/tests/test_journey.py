"""An upload's way through the local AWS, whole."""

import json
import time

from local.emulator.tests.conftest import Emulator, eventually

KEY = "incoming/sport/Straße 1+2 é.jpg"


def test_an_upload_reaches_the_table_through_event_bus_queue_function_and_state_machine(emulator: Emulator, outputs):
    emulator.client("s3").put_object(Bucket=outputs["Bucket"], Key=KEY, Body=b"bytes")
    table = emulator.client("dynamodb")
    item = eventually(lambda: table.get_item(TableName=outputs["Table"], Key={"pk": {"S": KEY}}).get("Item"))
    assert item["pk"]["S"] == KEY


def test_a_dead_letter_raises_its_alarm_and_the_page_arrives_within_seconds(emulator: Emulator, outputs):
    sqs = emulator.client("sqs")
    sqs.send_message(QueueUrl=outputs["DeadLetterUrl"], MessageBody="poison")
    started = time.monotonic()

    def page() -> dict | None:
        for message in sqs.receive_message(QueueUrl=outputs["PagesUrl"], WaitTimeSeconds=1).get("Messages", []):
            alarm = json.loads(json.loads(message["Body"])["Message"])
            if (alarm["AlarmName"], alarm["NewStateValue"]) == ("canary-dead-letters", "ALARM"):
                return alarm
        return None

    assert eventually(page)["OldStateValue"] in ("OK", "INSUFFICIENT_DATA")
    assert time.monotonic() - started < 8


def test_a_dead_letter_raises_the_composite_alarm_above_its_own(emulator: Emulator, outputs):
    emulator.client("sqs").send_message(QueueUrl=outputs["DeadLetterUrl"], MessageBody="poison")
    cloudwatch = emulator.client("cloudwatch")

    def state() -> bool:
        found = cloudwatch.describe_alarms(AlarmNames=["canary-any"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
        return bool(found) and found[0]["StateValue"] == "ALARM"

    eventually(state)
