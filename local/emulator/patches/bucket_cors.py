"""A bucket answers browsers by its own CORS configuration; MiniStack does so only with IAM enforcement on, else it allows all."""

from local.emulator.fit import Fit
from local.emulator.settings import Settings

NAME = "bucket cors"


def apply(_settings: Settings) -> None:
    from ministack import app
    from ministack.services import s3

    fit = Fit(NAME)
    fit.needs(app, "_handle_options_request", "_dispatch_service_request", "_s3_cors_target", "detect_service")
    fit.needs(s3, "cors_preflight", "cors_response_headers")
    answer_any_preflight, dispatch = app._handle_options_request, app._dispatch_service_request

    def is_bucket_request(method, path, headers, query_params):
        # A preflight carries no signature, so it looks like S3 only by its path; other services are addressed at "/".
        target = app._s3_cors_target(headers.get("host", ""), path)
        return target if target and app.detect_service(method, path, headers, query_params) == "s3" else None

    def handle_options(method, path, headers, query_params, request_id):
        target = is_bucket_request(method, path, headers, query_params) if method == "OPTIONS" else None
        if not target:
            return answer_any_preflight(method, path, headers, query_params, request_id)
        status, answer_headers, body = s3.cors_preflight(*target, headers)
        return status, {**answer_headers, "x-amz-request-id": request_id}, body

    async def dispatch_request(method, path, headers, body, query_params, request_id):
        answer = await dispatch(method, path, headers, body, query_params, request_id)
        target = is_bucket_request(method, path, headers, query_params)
        if not target:
            return answer
        status, answer_headers, answer_body = answer
        kept = {k: v for k, v in answer_headers.items() if not k.lower().startswith("access-control-")}
        return status, {**kept, **s3.cors_response_headers(target[0], method, headers)}, answer_body

    app._handle_options_request, app._dispatch_service_request = handle_options, dispatch_request
