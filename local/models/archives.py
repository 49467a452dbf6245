"""Fetches model archives from the local S3."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlparse

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.models.errors import ArchiveUnavailable, InvalidEndpoint


@dataclass(frozen=True)
class FetchedArchive:
    """`etag` is S3's, to see whether the object has changed since; `sha256` is of the bytes that arrived."""

    etag: str
    sha256: str
    size_bytes: int


class ArchiveStore:
    """Blocking: call it from a thread."""

    def __init__(self, s3_endpoint: str) -> None:
        self._endpoint = s3_endpoint
        self._s3 = boto3.client(
            "s3",
            endpoint_url=s3_endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(
                s3={"addressing_style": "path"},
                connect_timeout=5,
                read_timeout=60,
                retries={"total_max_attempts": 3, "mode": "standard"},
            ),
        )

    def etag_of(self, url: str) -> str:
        """Raises InvalidEndpoint for a URL that is not s3://bucket/key, ArchiveUnavailable when it is not there."""
        bucket, key = split_location(url)
        try:
            return self._s3.head_object(Bucket=bucket, Key=key)["ETag"]
        except (ClientError, BotoCoreError) as cause:
            raise self._unavailable(url, cause) from cause

    def fetch(self, url: str, path: Path) -> FetchedArchive:
        """Writes the object to `path`, which appears only when complete. Raises as `etag_of` does."""
        bucket, key = split_location(url)
        unfinished = path.with_name(f".{path.name}.unfinished")
        digest, size_bytes = hashlib.sha256(), 0
        try:
            response = self._s3.get_object(Bucket=bucket, Key=key)
            with unfinished.open("wb") as file:
                for chunk in response["Body"].iter_chunks(1 << 20):
                    file.write(chunk)
                    digest.update(chunk)
                    size_bytes += len(chunk)
        except (ClientError, BotoCoreError, OSError) as cause:
            unfinished.unlink(missing_ok=True)
            raise self._unavailable(url, cause) from cause
        unfinished.replace(path)
        return FetchedArchive(response["ETag"], digest.hexdigest(), size_bytes)

    def _unavailable(self, url: str, cause: Exception) -> ArchiveUnavailable:
        if isinstance(cause, ClientError) and cause.response["Error"]["Code"] in {"404", "NoSuchKey", "NoSuchBucket"}:
            return ArchiveUnavailable(f"The model archive {url} does not exist.")
        return ArchiveUnavailable(f"The model archive {url} could not be fetched from {self._endpoint}: {cause}")


def split_location(url: str) -> tuple[str, str]:
    parts = urlparse(url)
    if parts.scheme != "s3" or not parts.netloc or not parts.path.strip("/"):
        raise InvalidEndpoint(f"ModelDataUrl must look like s3://bucket/key, not {url!r}.")
    return parts.netloc, parts.path.lstrip("/")
