"""Between viewer, distribution and bucket every step counts as HTTPS: no certificate is here, and templates insist on it."""

from dataclasses import replace

from local.emulator.fit import Fit
from local.emulator.settings import Settings

NAME = "distribution https"
ORIGIN_ACCESS_PRINCIPAL = "cloudfront.amazonaws.com"


def apply(_settings: Settings) -> None:
    from ministack.core import iam_evaluator
    from ministack.services import cloudfront, s3

    fit = Fit(NAME)
    fit.needs(cloudfront, "handle_viewer_request")
    fit.needs(s3, "_cloudfront_origin_allows")
    fit.needs(iam_evaluator, "evaluate_resource_policy", "EvalContext")
    fit.holds("secure_transport" in iam_evaluator.EvalContext.__dataclass_fields__, "EvalContext.secure_transport")
    handle, evaluate = cloudfront.handle_viewer_request, iam_evaluator.evaluate_resource_policy

    async def handle_https_viewer(distribution, method, path, raw_path, raw_query_string, headers, *rest):
        return await handle(
            distribution, method, path, raw_path, raw_query_string, {**headers, "x-forwarded-proto": "https"}, *rest
        )

    def evaluate_policy(policy, context, service=None, **options):
        if service == ORIGIN_ACCESS_PRINCIPAL:
            context = replace(context, secure_transport=True)
        return evaluate(policy, context, service=service, **options)

    cloudfront.handle_viewer_request, iam_evaluator.evaluate_resource_policy = handle_https_viewer, evaluate_policy
