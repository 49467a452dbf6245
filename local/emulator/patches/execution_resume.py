"""Executions that ran when the emulator stopped run again after it has started, from their first state.

AWS would carry on where they were; MiniStack marks them failed. Steps that find their own claim make the two alike.
"""

import contextvars
import threading

from local.emulator.fit import Fit
from local.emulator.settings import Settings
from local.emulator.start_up import after_start

NAME = "execution resume"


def apply(_settings: Settings) -> None:
    from ministack.core import responses
    from ministack.services import stepfunctions

    fit = Fit(NAME)
    fit.needs(stepfunctions, "_restore_state", "_executions", "_run_execution")
    fit.needs(responses, "set_request_account_id", "set_request_region")
    restore = stepfunctions._restore_state

    def restore_state(data):
        stored = (data or {}).get("executions")
        running = [] if stored is None else [arn for (*_, arn), found in stored._data.items() if found.get("status") == "RUNNING"]
        restore(data)
        for arn in running:
            after_start(lambda arn=arn: start_again(arn))

    def start_again(arn: str) -> None:
        _, _, _, region, account_id, *_ = arn.split(":")
        context = contextvars.copy_context()
        context.run(responses.set_request_account_id, account_id)
        context.run(responses.set_request_region, region)
        context.run(rerun, arn, context)

    def rerun(arn: str, context: contextvars.Context) -> None:
        execution = stepfunctions._executions.get(arn)
        if execution is None:
            return
        for name in ("error", "cause"):
            execution.pop(name, None)
        execution.update(status="RUNNING", stopDate=None, events=execution["events"][:1])
        threading.Thread(target=context.copy().run, args=(stepfunctions._run_execution, arn), daemon=True).start()

    stepfunctions._restore_state = restore_state
