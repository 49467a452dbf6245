"""Deploy a synthesised cdk.out to the local AWS: `python -m local.emulator.deployer CDK_OUT --endpoint URL --outputs FILE`.

Stacks go in dependency order, those that do not depend on each other side by side. An unchanged assembly takes a fraction
of a second.
"""

import argparse
import json
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from local.emulator.assets import file_assets, prepare_bucket, resolve_pseudo_parameters, upload
from local.emulator.settings import REGION

BOOTSTRAP_VERSION_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
BOOTSTRAP_VERSION = "30"
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
POLL_SECONDS = 0.03
PARALLEL_STACKS = 8
# A stack in one of these states takes no update: it goes first.
_BEYOND_UPDATE = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")
_SUCCEEDED = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


class DeploymentFailed(RuntimeError):
    """A deployment that did not end well; the message says which resource, and why."""


@dataclass(frozen=True)
class Stack:
    """One stack of the assembly. `dependencies` are artifact ids."""

    artifact_id: str
    name: str
    template_url: str
    parameters: dict[str, str]
    dependencies: list[str] = field(default_factory=list)


def read_assembly(assembly: Path, endpoint: str, only: set[str]) -> tuple[list[Stack], list[str]]:
    """(stacks in dependency order, their asset manifests). Raises DeploymentFailed where the folder is no cloud assembly."""
    try:
        artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    except (OSError, ValueError, KeyError):
        raise DeploymentFailed(f"{assembly} holds no cloud assembly: run `npx cdk synth` first.") from None
    stacks = {
        artifact_id: _read_stack(artifact_id, artifact, artifacts, endpoint)
        for artifact_id, artifact in artifacts.items()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    chosen = {i: stack for i, stack in stacks.items() if not only or only & {i, stack.name}}
    if unknown := only - {part for stack in stacks.values() for part in (stack.artifact_id, stack.name)}:
        raise DeploymentFailed(f"The assembly has no stack {', '.join(sorted(unknown))}; it has {', '.join(sorted(stacks))}.")
    manifests = [artifacts[d]["properties"]["file"] for i in chosen for d in _asset_dependencies(artifacts[i], artifacts)]
    return _in_order(chosen), list(dict.fromkeys(manifests))


def _read_stack(artifact_id: str, artifact: dict[str, Any], artifacts: dict[str, Any], endpoint: str) -> Stack:
    properties = artifact["properties"]
    template = resolve_pseudo_parameters(properties["stackTemplateAssetObjectUrl"]).removeprefix("s3://")
    return Stack(
        artifact_id=artifact_id,
        name=properties.get("stackName", artifact_id),
        template_url=f"{endpoint}/{template}",
        parameters=properties.get("parameters", {}),
        dependencies=[d for d in artifact.get("dependencies", []) if artifacts[d]["type"] == "aws:cloudformation:stack"],
    )


def _asset_dependencies(artifact: dict[str, Any], artifacts: dict[str, Any]) -> list[str]:
    return [d for d in artifact.get("dependencies", []) if artifacts[d]["type"] == "cdk:asset-manifest"]


def _in_order(stacks: dict[str, Stack]) -> list[Stack]:
    ordered: dict[str, Stack] = {}
    while len(ordered) < len(stacks):
        ready = [
            i for i, s in stacks.items() if i not in ordered and all(d in ordered or d not in stacks for d in s.dependencies)
        ]
        if not ready:
            raise DeploymentFailed(
                f"The stacks {', '.join(sorted(stacks.keys() - ordered.keys()))} depend on each other in a circle."
            )
        ordered.update({i: stacks[i] for i in ready})
    return list(ordered.values())


class Deployment:
    """Deploys stacks through one CloudFormation client until a common deadline (seconds of `time.monotonic`)."""

    def __init__(self, cloudformation: Any, deadline: float) -> None:
        self.cloudformation = cloudformation
        self.deadline = deadline
        self.started = time.monotonic()
        self.printing = threading.Lock()

    def run(self, stacks: list[Stack]) -> dict[str, dict[str, str]]:
        """Outputs by stack name. Raises DeploymentFailed for the first stack that failed, after the others have ended."""
        futures: dict[str, Future[dict[str, str]]] = {}
        with ThreadPoolExecutor(PARALLEL_STACKS) as workers:
            for stack in stacks:
                awaited = [futures[d] for d in stack.dependencies if d in futures]
                futures[stack.artifact_id] = workers.submit(self._deploy_after, awaited, stack)
        return {stack.name: futures[stack.artifact_id].result() for stack in stacks}

    def _deploy_after(self, awaited: list[Future[dict[str, str]]], stack: Stack) -> dict[str, str]:
        for future in awaited:
            future.result()
        started = time.monotonic()
        change = self._start(stack)
        described = self._wait(stack.name) if change != "unchanged" else self._describe(stack.name)
        status = described["StackStatus"]
        if status not in _SUCCEEDED and not (change == "unchanged" and status == "UPDATE_ROLLBACK_COMPLETE"):
            raise DeploymentFailed(f"{stack.name} ended as {status}.\n{self._failures(stack.name)}")
        with self.printing:
            sys.stdout.write(f"{stack.name}: {change} in {time.monotonic() - started:.2f} s\n")
            sys.stdout.flush()
        return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}

    def _start(self, stack: Stack) -> str:
        request = {
            "StackName": stack.name,
            "TemplateURL": stack.template_url,
            "Capabilities": CAPABILITIES,
            "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in stack.parameters.items()],
        }
        existing = self._describe(stack.name)
        if existing and existing["StackStatus"].endswith("IN_PROGRESS"):
            self._wait(stack.name)
            existing = self._describe(stack.name)
        if existing and existing["StackStatus"] in _BEYOND_UPDATE:
            self.cloudformation.delete_stack(StackName=stack.name)
            self._wait(stack.name)
            existing = None
        if not existing:
            self.cloudformation.create_stack(**request)
            return "created"
        try:
            self.cloudformation.update_stack(**request)
        except ClientError as refusal:
            if "No updates are to be performed" not in str(refusal):
                raise
            return "unchanged"
        return "updated"

    def _describe(self, name: str) -> dict[str, Any] | None:
        try:
            described = self.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as refusal:
            if "does not exist" not in str(refusal):
                raise
            return None
        return None if described["StackStatus"] == "DELETE_COMPLETE" else described

    def _wait(self, name: str) -> dict[str, Any]:
        while True:
            described = self._describe(name) or {"StackStatus": "DELETE_COMPLETE"}
            if not described["StackStatus"].endswith("IN_PROGRESS"):
                return described
            if time.monotonic() > self.deadline:
                seconds = self.deadline - self.started
                raise DeploymentFailed(f"{name} did not finish within {seconds:.0f} s.\n{self._unfinished(name)}")
            time.sleep(POLL_SECONDS)

    def _failures(self, name: str) -> str:
        events = self.cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        lines = [
            f"  {event['LogicalResourceId']} ({event['ResourceType']}): {event.get('ResourceStatusReason', 'no reason given')}"
            for event in reversed(events)
            if event["ResourceStatus"].endswith("FAILED") and "cancelled" not in event.get("ResourceStatusReason", "")
        ]
        return "\n".join(dict.fromkeys(lines)) or "  No resource gave a reason."

    def _unfinished(self, name: str) -> str:
        latest: dict[str, str] = {}
        for event in self.cloudformation.describe_stack_events(StackName=name)["StackEvents"]:
            latest.setdefault(event["LogicalResourceId"], event["ResourceStatus"])
        lines = [
            f"  still {status}: {resource}" for resource, status in latest.items() if "PROGRESS" in status and resource != name
        ]
        return "\n".join(lines)


def deploy(assembly: Path, endpoint: str, only: set[str], timeout_seconds: float) -> dict[str, dict[str, str]]:
    """Deploy the assembly and return outputs by stack name. Raises DeploymentFailed."""
    started = time.monotonic()
    stacks, manifests = read_assembly(assembly, endpoint, only)
    config = Config(max_pool_connections=32, retries={"total_max_attempts": 2}, request_checksum_calculation="when_required")
    access = {"endpoint_url": endpoint, "region_name": REGION, "aws_access_key_id": "test", "aws_secret_access_key": "test"}
    s3, cloudformation = (boto3.client(name, config=config, **access) for name in ("s3", "cloudformation"))
    assets = file_assets(assembly, manifests)
    was_missing = [prepare_bucket(s3, bucket) for bucket in {asset.bucket for asset in assets}]
    if any(was_missing):
        # What `cdk bootstrap` leaves in an account: the bucket, and its version, which every template asks for.
        parameter = {"Name": BOOTSTRAP_VERSION_PARAMETER, "Value": BOOTSTRAP_VERSION, "Type": "String", "Overwrite": True}
        boto3.client("ssm", config=config, **access).put_parameter(**parameter)
    uploaded = upload(s3, assets)
    if uploaded:
        print(f"{uploaded} assets uploaded in {time.monotonic() - started:.2f} s", flush=True)
    return Deployment(cloudformation, started + timeout_seconds).run(stacks)


def main() -> None:
    parser = argparse.ArgumentParser(description="Deploy a synthesised cloud assembly to the local AWS.")
    parser.add_argument("assembly", type=Path, help="the cdk.out folder")
    parser.add_argument("--endpoint", required=True, help="the emulator, such as http://127.0.0.1:4566")
    parser.add_argument("--outputs", type=Path, help="where to write {stack: {key: value}} as JSON")
    parser.add_argument("--only", default="", help="stacks to deploy, by name, separated by commas")
    parser.add_argument("--timeout", type=float, default=300, help="seconds for the whole deployment")
    arguments = parser.parse_args()
    only = {name.strip() for name in arguments.only.split(",") if name.strip()}
    try:
        outputs = deploy(arguments.assembly, arguments.endpoint.rstrip("/"), only, arguments.timeout)
    except DeploymentFailed as failure:
        sys.exit(str(failure))
    except Exception as failure:
        sys.exit(f"The deployment to {arguments.endpoint} broke off: {failure}")
    if arguments.outputs:
        arguments.outputs.parent.mkdir(parents=True, exist_ok=True)
        arguments.outputs.write_text(json.dumps(outputs, indent=2) + "\n")


if __name__ == "__main__":
    main()
