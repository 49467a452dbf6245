"""CDK's BucketDeployment: its Lambda needs the AWS CLI under /opt, so its work is done here."""

import fnmatch
import mimetypes
import tempfile
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from local.emulator.fit import Fit
from local.emulator.resource_types import Attributes, Properties, register
from local.emulator.settings import REGION, Settings

NAME = "bucket deployment"
PARALLEL_UPLOADS = 4

_SYSTEM_METADATA = {
    "content-type": "ContentType",
    "cache-control": "CacheControl",
    "content-disposition": "ContentDisposition",
    "content-encoding": "ContentEncoding",
    "content-language": "ContentLanguage",
}


def apply(settings: Settings) -> None:
    from ministack.services.cloudformation import provisioners

    Fit(NAME).needs(provisioners, "_RESOURCE_HANDLERS")

    def put(logical_id: str, properties: Properties, stack: str) -> tuple[str, Attributes]:
        deploy(_s3_client(settings), properties)
        bucket = properties["DestinationBucketName"]
        return f"{stack}-{logical_id}", {
            "DestinationBucketArn": f"arn:aws:s3:::{bucket}",
            "SourceObjectKeys": properties["SourceObjectKeys"],
            "DeployedBucket": bucket,
        }

    register("Custom::CDKBucketDeployment", put)


def deploy(s3: Any, properties: Properties) -> None:
    """Unpack every source archive into the destination; with Prune (the default) remove what none of them holds."""
    bucket = properties["DestinationBucketName"]
    prefix = properties.get("DestinationBucketKeyPrefix", "").strip("/")
    metadata = {_SYSTEM_METADATA[k]: v for k, v in (properties.get("SystemMetadata") or {}).items() if k in _SYSTEM_METADATA}
    written: set[str] = set()

    def upload(file: tuple[str, bytes]) -> None:
        name, content = file
        key = f"{prefix}/{name}" if prefix else name
        written.add(key)
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        s3.put_object(**{"Bucket": bucket, "Key": key, "Body": content, "ContentType": kind, **metadata})

    with ThreadPoolExecutor(PARALLEL_UPLOADS) as uploads:
        for source_bucket, source_key, markers in _sources(properties):
            for file in _files(s3, source_bucket, source_key, markers, properties):
                uploads.submit(upload, file).result()
    if str(properties.get("Prune", "true")).lower() == "true":
        _prune(s3, bucket, prefix, written)


def _sources(properties: Properties) -> Iterator[tuple[str, str, dict[str, str]]]:
    keys = properties["SourceObjectKeys"]
    markers = properties.get("SourceMarkers") or [{}] * len(keys)
    return zip(properties["SourceBucketNames"], keys, markers, strict=True)


def _files(s3: Any, bucket: str, key: str, markers: dict[str, str], properties: Properties) -> Iterator[tuple[str, bytes]]:
    with tempfile.TemporaryFile() as archive:
        s3.download_fileobj(bucket, key, archive)
        with zipfile.ZipFile(archive) as entries:
            for entry in entries.infolist():
                if entry.is_dir() or not _is_included(entry.filename, properties):
                    continue
                content = entries.read(entry)
                for marker, value in markers.items():
                    content = content.replace(marker.encode(), str(value).encode())
                yield entry.filename, content


def _is_included(name: str, properties: Properties) -> bool:
    excluded = any(fnmatch.fnmatch(name, pattern) for pattern in properties.get("Exclude") or [])
    return not excluded or any(fnmatch.fnmatch(name, pattern) for pattern in properties.get("Include") or [])


def _prune(s3: Any, bucket: str, prefix: str, written: set[str]) -> None:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for listed in page.get("Contents", []):
            if listed["Key"] not in written:
                s3.delete_object(Bucket=bucket, Key=listed["Key"])


def _s3_client(settings: Settings) -> Any:
    import boto3

    return boto3.client(
        "s3", endpoint_url=settings.gateway_url, aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION
    )
