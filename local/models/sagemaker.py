"""The SageMaker runtime's HTTP contract for InvokeEndpoint.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
"""

import json

from starlette.responses import Response

from local.models.backends import Answer
from local.models.errors import EndpointError, ModelFailed


def answered(answer: Answer, variant: str) -> Response:
    headers = {"x-amzn-invoked-production-variant": variant}
    return Response(answer.body, media_type=answer.content_type, headers=headers)


def refused(failure: EndpointError) -> Response:
    body: dict[str, object] = {"Message": failure.message, "message": failure.message}
    if isinstance(failure, ModelFailed):
        body |= {"OriginalStatusCode": failure.original_status, "OriginalMessage": failure.original_message}
    headers = {"x-amzn-errortype": failure.name}
    return Response(json.dumps(body), failure.status, headers, "application/json")
