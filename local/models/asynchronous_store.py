"""What an asynchronous inference reads and leaves: objects in S3, messages on SNS, figures in CloudWatch."""

import json
import logging
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.models.archives import split_location
from local.models.errors import EndpointError, InvalidEndpoint, PayloadTooLarge

log = logging.getLogger(__name__)

MAX_INPUT_BYTES = 128 * 1024 * 1024
"""SageMaker takes 1 GiB. Here a request is read whole, and reading it takes up to three times as much memory."""


class InputUnavailable(EndpointError):
    """The request's object cannot be read."""

    status = 400
    name = "ValidationError"


class AsynchronousStore:
    """Blocking: call it from a thread."""

    def __init__(self, endpoint: str) -> None:
        def client(service: str) -> Any:
            return boto3.client(
                service,
                endpoint_url=endpoint,
                region_name="us-east-1",
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=Config(
                    s3={"addressing_style": "path"},
                    connect_timeout=5,
                    read_timeout=60,
                    retries={"total_max_attempts": 5, "mode": "standard"},
                ),
            )

        self._s3, self._sns, self._cloudwatch = client("s3"), client("sns"), client("cloudwatch")

    def get(self, location: str) -> bytes:
        """Raises InputUnavailable, PayloadTooLarge."""
        try:
            bucket, key = split_location(location)
            answer = self._s3.get_object(Bucket=bucket, Key=key)
            if answer["ContentLength"] > MAX_INPUT_BYTES:
                raise PayloadTooLarge(f"The object at {location} has more than {MAX_INPUT_BYTES} bytes.")
            return answer["Body"].read()
        except (ClientError, BotoCoreError, InvalidEndpoint) as cause:
            raise InputUnavailable(f"Unable to download the request from {location}: {cause}") from cause

    def put(self, location: str, content: bytes, content_type: str) -> None:
        bucket, key = split_location(location)
        self._s3.put_object(Bucket=bucket, Key=key, Body=content, ContentType=content_type)

    def publish(self, topic: str, message: Mapping[str, Any]) -> None:
        self._sns.publish(TopicArn=topic, Message=json.dumps(message))

    def measure(self, endpoint: str, metrics: Mapping[str, tuple[float, str]]) -> None:
        """A figure that cannot be written down is no reason to fail an inference."""
        data = [
            {
                "MetricName": name,
                "Value": value,
                "Unit": unit,
                "Dimensions": [{"Name": "EndpointName", "Value": endpoint}],
            }
            for name, (value, unit) in metrics.items()
        ]
        try:
            self._cloudwatch.put_metric_data(Namespace="AWS/SageMaker", MetricData=data)
        except (ClientError, BotoCoreError) as failure:
            log.warning("metrics of %s are lost: %s", endpoint, failure)
