"""Uploading the file assets of a synthesised cloud assembly: each once by its hash, several at a time, never whole in memory."""

import json
import os
import tempfile
import zipfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.emulator.settings import ACCOUNT_ID, REGION

PARALLEL_UPLOADS = 4
# Already compressed or native files gain nothing from deflate, and a layer with ffmpeg would take seconds.
STORED_ABOVE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class FileAsset:
    bucket: str
    key: str
    source: Path
    is_zipped: bool


def resolve_pseudo_parameters(text: str) -> str:
    """Fill in the account, region and partition an environment-agnostic assembly leaves open."""
    for name, value in (("AccountId", ACCOUNT_ID), ("Region", REGION), ("Partition", "aws")):
        text = text.replace(f"${{AWS::{name}}}", value)
    return text


def file_assets(assembly: Path, asset_manifests: Iterable[str]) -> list[FileAsset]:
    """Every file asset of the manifests, each once, although several stacks may share it."""
    assets: dict[tuple[str, str], FileAsset] = {}
    for manifest in asset_manifests:
        for file in json.loads((assembly / manifest).read_text()).get("files", {}).values():
            is_zipped = file["source"].get("packaging") == "zip"
            for destination in file["destinations"].values():
                bucket, key = (resolve_pseudo_parameters(destination[part]) for part in ("bucketName", "objectKey"))
                assets[bucket, key] = FileAsset(bucket, key, assembly / file["source"]["path"], is_zipped)
    return list(assets.values())


def prepare_bucket(s3: Any, bucket: str) -> bool:
    """Make the bucket where it is missing; says whether it was."""
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError:
        s3.create_bucket(Bucket=bucket)
        return True
    return False


def upload(s3: Any, assets: list[FileAsset]) -> int:
    """Upload what is not there yet and return how many that were. Assets are named by their content, so presence is enough."""
    present = {(bucket, key) for bucket in {asset.bucket for asset in assets} for key in _keys(s3, bucket)}
    missing = [asset for asset in assets if (asset.bucket, asset.key) not in present]
    with ThreadPoolExecutor(PARALLEL_UPLOADS) as uploads:
        list(uploads.map(lambda asset: _upload_one(s3, asset), missing))
    return len(missing)


def _keys(s3: Any, bucket: str) -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [listed["Key"] for page in pages for listed in page.get("Contents", [])]


def _upload_one(s3: Any, asset: FileAsset) -> None:
    if not asset.is_zipped:
        with asset.source.open("rb") as content:
            s3.put_object(Bucket=asset.bucket, Key=asset.key, Body=content)
        return
    with tempfile.TemporaryFile() as archive:
        zip_folder(asset.source, archive)
        archive.seek(0)
        s3.put_object(Bucket=asset.bucket, Key=asset.key, Body=archive)


def zip_folder(folder: Path, archive: Any) -> None:
    """Zip a folder into an open file, following links, with every file's permissions kept (a layer may hold programs)."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as entries:
        for parent, folders, names in os.walk(folder, followlinks=True):
            folders.sort()
            for path in (Path(parent) / name for name in sorted(names)):
                method = zipfile.ZIP_STORED if path.stat().st_size > STORED_ABOVE_BYTES else zipfile.ZIP_DEFLATED
                entries.write(path, path.relative_to(folder), compress_type=method)
