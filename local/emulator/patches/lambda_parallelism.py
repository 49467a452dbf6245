"""A bound on how many Lambdas run at once in the background, so that a burst of events does not start a process each.

Calls that somebody waits for (Invoke, an HTTP API, a function URL) are not bounded: a Lambda that invokes another one must
not wait for a place that it holds itself, and a page must not wait behind the pipeline. Whatever still waits too long goes
ahead, so the bound can slow the machine down but never block it.
"""

import logging
import threading
from contextvars import ContextVar

from local.emulator.fit import Fit
from local.emulator.settings import Settings

NAME = "lambda parallelism"
LONGEST_WAIT_SECONDS = 60

logger = logging.getLogger("wirescope.emulator")


def apply(settings: Settings) -> None:
    from ministack.core import concurrency
    from ministack.services import apigateway, apigateway_v1, lambda_svc

    callers = (apigateway, apigateway_v1, lambda_svc)
    fit = Fit(NAME)
    fit.needs(concurrency, "run_reentrant")
    fit.needs(lambda_svc, "_execute_function_warm")
    for caller in callers:
        fit.needs(caller, "run_reentrant")

    run_reentrant, execute_warm = concurrency.run_reentrant, lambda_svc._execute_function_warm
    places = threading.BoundedSemaphore(settings.lambda_parallel)
    is_awaited: ContextVar[bool] = ContextVar("is_awaited", default=False)

    async def run_awaited(work, *arguments, **options):
        token = is_awaited.set(True)
        try:
            # run_reentrant copies the context into the thread it starts.
            return await run_reentrant(work, *arguments, **options)
        finally:
            is_awaited.reset(token)

    def execute(function, event, request_id):
        if is_awaited.get():
            return execute_warm(function, event, request_id)
        has_place = places.acquire(timeout=LONGEST_WAIT_SECONDS)
        if not has_place:
            logger.warning(
                "A Lambda waited %s s for one of %s places and goes ahead.", LONGEST_WAIT_SECONDS, settings.lambda_parallel
            )
        try:
            return execute_warm(function, event, request_id)
        finally:
            if has_place:
                places.release()

    for caller in callers:
        caller.run_reentrant = run_awaited
    lambda_svc._execute_function_warm = execute
