"""StartMessageMoveTask and ListMessageMoveTasks: redriving a dead-letter queue."""

import json
import time
from typing import Any
from uuid import uuid4

from local.emulator.fit import Fit
from local.emulator.settings import Settings

NAME = "queue message move"

_tasks: dict[str, list[dict[str, Any]]] = {}


def apply(_settings: Settings) -> None:
    from ministack.core import concurrency
    from ministack.services import sqs

    fit = Fit(NAME)
    fit.needs(sqs, "_HANDLERS", "_queues", "_queues_lock", "_queue_by_arn", "_Err", "_ensure_msg_fields")
    fit.needs(concurrency, "esm_wake")
    fit.holds("StartMessageMoveTask" not in sqs._HANDLERS, "no StartMessageMoveTask of its own (drop ours)")

    def source_of(arn: str) -> dict[str, Any]:
        queue = sqs._queue_by_arn(arn)
        if queue is None:
            message = "The resource that you specified for the SourceArn parameter doesn't exist."
            raise sqs._Err("ResourceNotFoundException", message)
        return queue

    def fed_by(dead_letter_arn: str) -> list[str]:
        policies = {
            queue["attributes"]["QueueArn"]: json.loads(queue["attributes"].get("RedrivePolicy") or "{}")
            for queue in sqs._queues.values()
        }
        return [arn for arn, policy in policies.items() if policy.get("deadLetterTargetArn") == dead_letter_arn]

    def start(request: dict[str, Any], _queue_url: str) -> dict[str, Any]:
        source = source_of(request.get("SourceArn", ""))
        feeding = fed_by(request["SourceArn"])
        if not feeding and not request.get("DestinationArn"):
            raise sqs._Err("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
        moved = 0
        with sqs._queues_lock:
            for message in list(source["messages"]):
                sqs._ensure_msg_fields(message)
                came_from = message["sys"].get("DeadLetterQueueSourceArn")
                destination = sqs._queue_by_arn(request.get("DestinationArn") or came_from or feeding[0])
                if message["visible_at"] > time.time() or destination is None or destination is source:
                    continue
                source["messages"].remove(message)
                message["sys"].pop("DeadLetterQueueSourceArn", None)
                message.update(receive_count=0, receipt_handle=None, visible_at=0, first_receive_at=None)
                destination["messages"].append(message)
                moved += 1
        concurrency.esm_wake.set()
        task = {
            "TaskHandle": str(uuid4()),
            "Status": "COMPLETED",
            "SourceArn": request["SourceArn"],
            "ApproximateNumberOfMessagesMoved": moved,
            "ApproximateNumberOfMessagesToMove": moved,
            "StartedTimestamp": int(time.time() * 1000),
        }
        if request.get("DestinationArn"):
            task["DestinationArn"] = request["DestinationArn"]
        _tasks.setdefault(request["SourceArn"], []).insert(0, task)
        return {"TaskHandle": task["TaskHandle"]}

    def list_tasks(request: dict[str, Any], _queue_url: str) -> dict[str, Any]:
        source_of(request.get("SourceArn", ""))
        limit = int(request.get("MaxResults") or 1)
        return {"Results": _tasks.get(request["SourceArn"], [])[:limit]}

    sqs._HANDLERS.update({"StartMessageMoveTask": start, "ListMessageMoveTasks": list_tasks})
