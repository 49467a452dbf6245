"""Every patch of MiniStack, one a file, in the order in which they are applied.

A patch is a module with NAME and `apply(settings)`; it asserts what it relies on through `fit.Fit` first.
"""

from importlib import import_module

from local.emulator.settings import Settings

ORDER = (
    "interrupted_deployment",
    "recorded_resources",
    "composite_alarm",
    "sagemaker_endpoint",
    "sagemaker_runtime",
    "search_collection",
    "search_index",
    "bucket_deployment",
    "table_time_to_live",
    "http_api_cors",
    "api_metrics",
    "bucket_cors",
    "distribution_https",
    "object_version_in_events",
    "object_version_ranges",
    "queue_message_move",
    "notification_retries",
    "lambda_worker_death",
    "lambda_error_name",
    "lambda_log_end",
    "lambda_worker_url",
    "lambda_parallelism",
    "log_line_metrics",
    "function_metrics",
    "state_machine_paths",
    "state_machine_tokens",
    "state_machine_timeouts",
    "execution_metrics",
    "execution_resume",
    "queue_metrics",
    "metric_math",
    "alarm_evaluation",
)


def apply_all(settings: Settings) -> None:
    """Apply every patch. Raises PatchDoesNotFit where MiniStack is another version than the one patched."""
    for name in ORDER:
        import_module(f"{__name__}.{name}").apply(settings)
