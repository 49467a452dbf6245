"""MiniStack evaluates composite alarms but cannot create one from a template."""

from local.emulator.fit import Fit
from local.emulator.resource_types import Attributes, Properties, arn, name_of, register
from local.emulator.settings import Settings

NAME = "composite alarm"


def apply(_settings: Settings) -> None:
    from ministack.services import cloudwatch

    Fit(NAME).needs(cloudwatch, "_put_composite_alarm", "_composite_alarms", "_evaluate_parent_alarms")

    def put(logical_id: str, properties: Properties, stack: str) -> tuple[str, Attributes]:
        name = name_of(properties, "AlarmName", stack, logical_id)
        status, _headers, body = cloudwatch._put_composite_alarm({}, {**properties, "AlarmName": name}, False, True)
        if status >= 300:
            raise ValueError(body.decode() if isinstance(body, bytes) else str(body))
        return name, {"Arn": arn("cloudwatch", f"alarm:{name}")}

    def delete(physical_id: str, _properties: Properties) -> None:
        cloudwatch._composite_alarms.pop(physical_id, None)

    register("AWS::CloudWatch::CompositeAlarm", put, delete)
