"""The SageMaker runtime's HTTP contract for InvokeEndpoint and InvokeEndpointAsync.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html
"""

import json

from starlette.responses import Response

from local.models.asynchronous import AsynchronousRequest
from local.models.backends import Answer
from local.models.errors import EndpointError, ModelFailed


def answered(answer: Answer, variant: str) -> Response:
    headers = {"x-amzn-invoked-production-variant": variant}
    return Response(answer.body, media_type=answer.content_type, headers=headers)


def accepted(request: AsynchronousRequest) -> Response:
    headers = {
        "x-amzn-sagemaker-outputlocation": request.output_location,
        "x-amzn-sagemaker-failurelocation": request.failure_location,
    }
    return Response(json.dumps({"InferenceId": request.inference_id}), 202, headers, "application/json")


def refused(failure: EndpointError) -> Response:
    body: dict[str, object] = {"Message": failure.message, "message": failure.message}
    if isinstance(failure, ModelFailed):
        body |= {"OriginalStatusCode": failure.original_status, "OriginalMessage": failure.original_message}
    headers = {"x-amzn-errortype": failure.name}
    return Response(json.dumps(body), failure.status, headers, "application/json")
