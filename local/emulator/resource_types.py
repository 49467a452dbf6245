"""How a patch adds a CloudFormation resource type to MiniStack."""

from collections.abc import Callable
from functools import partial
from typing import Any

Properties = dict[str, Any]
Attributes = dict[str, Any]


def arn(service: str, resource: str) -> str:
    from ministack.core.responses import get_account_id, get_region

    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"


def name_of(properties: Properties, property_name: str | None, stack: str, logical_id: str) -> str:
    """The name the template gives, or the one CloudFormation would make of stack and logical id."""
    from ministack.services.cloudformation import provisioners

    given = properties.get(property_name) if property_name else None
    return given or provisioners._physical_name(stack, logical_id, max_len=60)


def register(
    resource_type: str,
    put: Callable[[str, Properties, str], tuple[str, Attributes]],
    delete: Callable[[str, Properties], None] | None = None,
    waits_for_others: bool = False,
) -> None:
    """Add a type whose create and update are one idempotent `put(logical_id, properties, stack)` -> (Ref, GetAtt map).

    `delete(physical_id, properties)` must bear with a resource that is already gone. `waits_for_others` keeps the emulator
    answering while the handlers wait for another server, which may call the emulator in turn.
    """
    from ministack.services.cloudformation import provisioners, stacks

    def update(_physical_id: str, _old: Properties, new: Properties, stack: str, logical_id: str) -> tuple[str, Attributes]:
        return put(logical_id, new, stack)

    provisioners._RESOURCE_HANDLERS[resource_type] = {
        "create": put,
        "update": update,
        "update_with_logical_id": True,
        "delete": delete or (lambda _physical_id, _properties: None),
    }
    if waits_for_others:
        runs_on_worker_thread = stacks._runs_on_worker_thread
        stacks._runs_on_worker_thread = lambda kind: kind == resource_type or runs_on_worker_thread(kind)


def wrap_handlers(resource_type: str, **replacements: Callable) -> None:
    """Replace handlers of a type MiniStack has; each replacement gets the old handler as its first argument."""
    from ministack.services.cloudformation import provisioners

    present = provisioners._RESOURCE_HANDLERS[resource_type]
    changed = {verb: partial(new, present[verb]) for verb, new in replacements.items() if verb in present}
    provisioners._RESOURCE_HANDLERS[resource_type] = {**present, **changed}
