"""HeartbeatSeconds of a task that waits for a token, and TimeoutSeconds of the state machine itself."""

import json
import threading
import time
from contextvars import copy_context

from local.emulator.fit import Fit
from local.emulator.settings import Settings

NAME = "state machine timeouts"


def apply(_settings: Settings) -> None:
    from ministack.core.responses import now_iso
    from ministack.services import stepfunctions

    Fit(NAME).needs(
        stepfunctions,
        "_invoke_with_callback",
        "_task_tokens",
        "_run_execution",
        "_fail_execution",
        "_executions",
        "_state_machines",
        "_add_event",
        "_emit_execution_status_event",
    )
    invoke, run, fail = stepfunctions._invoke_with_callback, stepfunctions._run_execution, stepfunctions._fail_execution

    def watch_heartbeat(waiting: dict, heartbeat_seconds: float) -> None:
        seen, since = waiting["heartbeat"], time.monotonic()
        while not waiting["event"].wait(timeout=max(0.01, since + heartbeat_seconds - time.monotonic())):
            if waiting["heartbeat"] != seen:
                seen, since = waiting["heartbeat"], time.monotonic()
            elif time.monotonic() - since >= heartbeat_seconds:
                waiting["error"] = {"Error": "States.HeartbeatTimeout", "Cause": f"No heartbeat for {heartbeat_seconds} seconds"}
                waiting["event"].set()

    def invoke_with_callback(resource, input_data, token, state_definition):
        heartbeat_seconds = state_definition.get("HeartbeatSeconds")
        if not isinstance(heartbeat_seconds, int | float):
            return invoke(resource, input_data, token, state_definition)
        stop_watching = threading.Event()
        tokens = stepfunctions._task_tokens

        def watch(deadline: float) -> None:
            # The token is registered by the call that runs beside this thread.
            while token not in tokens and not stop_watching.wait(0.01) and time.monotonic() < deadline:
                pass
            if waiting := tokens.get(token):
                watch_heartbeat(waiting, heartbeat_seconds)

        context = copy_context()
        threading.Thread(target=context.run, args=(watch, time.monotonic() + heartbeat_seconds), daemon=True).start()
        try:
            return invoke(resource, input_data, token, state_definition)
        finally:
            stop_watching.set()

    def run_execution(execution_arn, *arguments, **options):
        execution = stepfunctions._executions.get(execution_arn)
        machine = stepfunctions._state_machines.get(execution["stateMachineArn"]) if execution else None
        timeout_seconds = _machine_timeout(machine)
        if timeout_seconds is None:
            return run(execution_arn, *arguments, **options)
        timer = threading.Timer(timeout_seconds, copy_context().run, (time_out, execution))
        timer.daemon = True
        timer.start()
        try:
            return run(execution_arn, *arguments, **options)
        finally:
            timer.cancel()

    def time_out(execution: dict) -> None:
        if execution["status"] != "RUNNING":
            return
        execution.update(status="TIMED_OUT", stopDate=now_iso(), error="States.Timeout")
        stepfunctions._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {"error": "States.Timeout"}})
        stepfunctions._emit_execution_status_event(execution)

    def fail_execution(execution, error, cause):
        # A state that ends after the execution was timed out or stopped changes nothing any more.
        if execution["status"] == "RUNNING":
            fail(execution, error, cause)

    stepfunctions._invoke_with_callback = invoke_with_callback
    stepfunctions._run_execution = run_execution
    stepfunctions._fail_execution = fail_execution


def _machine_timeout(machine: dict | None) -> float | None:
    try:
        timeout = json.loads(machine["definition"]).get("TimeoutSeconds") if machine else None
    except ValueError:
        return None
    return timeout if isinstance(timeout, int | float) else None
