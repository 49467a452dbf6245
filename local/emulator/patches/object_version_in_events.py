"""S3 events on EventBridge carry the object's version-id, as AWS sends it for a versioned bucket."""

import json
from contextvars import ContextVar

from local.emulator.fit import Fit
from local.emulator.settings import Settings

NAME = "object version in events"


def apply(_settings: Settings) -> None:
    from ministack.services import eventbridge, s3

    fit = Fit(NAME)
    fit.needs(s3, "_fire_s3_event", "_fire_s3_event_async")
    fit.needs(eventbridge, "_dispatch_event")
    fire, dispatch = s3._fire_s3_event, eventbridge._dispatch_event
    version: ContextVar[str | None] = ContextVar("object_version", default=None)

    def fire_event(*arguments, **options):
        token = version.set(options.get("version_id"))
        try:
            return fire(*arguments, **options)
        finally:
            version.reset(token)

    def dispatch_event(event, *arguments, **options):
        version_id = version.get()
        if version_id and event.get("Source") == "aws.s3":
            detail = json.loads(event["Detail"])
            detail["object"]["version-id"] = version_id
            event = {**event, "Detail": json.dumps(detail)}
        return dispatch(event, *arguments, **options)

    s3._fire_s3_event, eventbridge._dispatch_event = fire_event, dispatch_event
