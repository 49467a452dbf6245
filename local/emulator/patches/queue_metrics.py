"""AWS/SQS metrics: the depth of every queue and the age of its oldest message, sampled before alarms are evaluated."""

import time

from local.emulator.fit import Fit
from local.emulator.settings import Settings

NAME = "queue metrics"
# Samples come every few seconds for every queue: enough are kept for the longest alarm and a dashboard's view.
KEPT_SECONDS = 3 * 3600


def apply(_settings: Settings) -> None:
    from ministack.services import cloudwatch, sqs

    fit = Fit(NAME)
    fit.needs(sqs, "_queues", "_queues_lock", "_ensure_msg_fields")
    fit.needs(cloudwatch, "record_metric", "_evaluate_all_alarms", "_metric_bucket", "_dims_key")
    evaluate_all = cloudwatch._evaluate_all_alarms
    last_sample_at = 0.0

    def record(name: str, value: float, unit: str, dimensions: dict[str, str], now: float) -> None:
        cloudwatch.record_metric("AWS/SQS", name, value, unit, dimensions)
        samples = cloudwatch._metric_bucket(("AWS/SQS", name, cloudwatch._dims_key(dimensions)))
        while samples and samples[0]["Timestamp"] < now - KEPT_SECONDS:
            samples.pop(0)

    def sample(now: float) -> None:
        for queue in list(sqs._queues.values()):
            with sqs._queues_lock:
                for message in queue["messages"]:
                    sqs._ensure_msg_fields(message)
                messages = list(queue["messages"])
            visible = [message for message in messages if message["visible_at"] <= now]
            oldest = max((now - message["sent_at"] for message in messages), default=0)
            dimensions = {"QueueName": queue["name"]}
            record("ApproximateNumberOfMessagesVisible", len(visible), "Count", dimensions, now)
            record("ApproximateNumberOfMessagesNotVisible", len(messages) - len(visible), "Count", dimensions, now)
            record("ApproximateAgeOfOldestMessage", oldest, "Seconds", dimensions, now)

    def evaluate_all_alarms():
        nonlocal last_sample_at
        now = time.time()
        # PutMetricData evaluates too; one sample a second is enough.
        if now - last_sample_at >= 1:
            last_sample_at = now
            sample(now)
        evaluate_all()

    cloudwatch._evaluate_all_alarms = evaluate_all_alarms
