"""A notification that a Lambda fails on is delivered twice more, as every asynchronous invocation is.

Stock it is delivered once, so that a worker that dies takes the notification with it.
"""

import time
from types import ModuleType

from local.emulator.fit import Fit
from local.emulator.settings import Settings

NAME = "notification retries"
# Lambda's own number where a function does not say another.
RETRIES = 2


def apply(_settings: Settings) -> None:
    from ministack.services import lambda_svc, sns

    fit = Fit(NAME)
    fit.needs(sns, "_deliver_to_lambda", "_lambda_svc")
    fit.needs(lambda_svc, "_execute_function_with_config_scope", "_LAMBDA_ASYNC_RETRY_BASE_SECONDS")
    fit.holds(sns._lambda_svc is lambda_svc, "sns._lambda_svc, the module lambda_svc")
    sns._lambda_svc = _Retrying(lambda_svc)


class _Retrying:
    """The module as SNS uses it, but for how it runs a function."""

    def __init__(self, lambda_service: ModuleType) -> None:
        self._service = lambda_service

    def __getattr__(self, name: str) -> object:
        return getattr(self._service, name)

    def _execute_function_with_config_scope(self, record: dict, event: dict) -> dict:
        result = self._service._execute_function_with_config_scope(record, event)
        for retry in range(RETRIES):
            if not result.get("error"):
                break
            time.sleep(self._service._LAMBDA_ASYNC_RETRY_BASE_SECONDS * 2**retry)
            result = self._service._execute_function_with_config_scope(record, event)
        return result
