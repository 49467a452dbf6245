"""Writing a cloud assembly as `cdk synth` does, from templates written by hand."""

import hashlib
import json
from pathlib import Path
from typing import Any

BUCKET = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"


def write_assembly(
    folder: Path,
    stacks: dict[str, dict[str, Any]],
    dependencies: dict[str, list[str]] | None = None,
    folders: dict[str, Path] | None = None,
) -> None:
    """`folders` maps an asset's object key to the folder that is zipped for it; every stack's manifest lists them all."""
    artifacts: dict[str, Any] = {}
    for name, template in stacks.items():
        text = json.dumps(template)
        key = f"{hashlib.sha256(text.encode()).hexdigest()}.json"
        (folder / f"{name}.template.json").write_text(text)
        files = {"template": _file(f"{name}.template.json", "file", key)}
        files |= {asset: _file(str(path), "zip", asset) for asset, path in (folders or {}).items()}
        (folder / f"{name}.assets.json").write_text(json.dumps({"version": "44.0.0", "files": files, "dockerImages": {}}))
        artifacts[f"{name}.assets"] = {"type": "cdk:asset-manifest", "properties": {"file": f"{name}.assets.json"}}
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "environment": "aws://unknown-account/unknown-region",
            "properties": {"templateFile": f"{name}.template.json", "stackTemplateAssetObjectUrl": f"s3://{BUCKET}/{key}"},
            "dependencies": [f"{name}.assets", *(dependencies or {}).get(name, [])],
        }
    (folder / "manifest.json").write_text(json.dumps({"version": "44.0.0", "artifacts": artifacts}))


def _file(path: str, packaging: str, key: str) -> dict[str, Any]:
    destination = {"bucketName": BUCKET, "objectKey": key}
    return {"source": {"path": path, "packaging": packaging}, "destinations": {"current": destination}}
