"""A stack that was being deployed when the emulator stopped is not stuck in progress for ever."""

from local.emulator.fit import Fit
from local.emulator.settings import Settings

NAME = "interrupted deployment"

# What an operation that nobody carries on with counts as. A stack that was updated takes the next update.
_ENDED_AS = {
    "CREATE_IN_PROGRESS": "CREATE_FAILED",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK_FAILED",
    "DELETE_IN_PROGRESS": "DELETE_FAILED",
}
_UPDATED = "UPDATE_ROLLBACK_COMPLETE"


def ended_status(status: str) -> str:
    return _ENDED_AS.get(status, _UPDATED) if status.endswith("_IN_PROGRESS") else status


def apply(_settings: Settings) -> None:
    from ministack.services import cloudformation

    Fit(NAME).needs(cloudformation, "_restore_state", "_stacks")
    restore = cloudformation._restore_state

    def restore_state(data):
        restore(data)
        for stack in cloudformation._stacks._data.values():
            stack["StackStatus"] = ended_status(stack["StackStatus"])

    cloudformation._restore_state = restore_state
