"""One launched emulator for the session, on a port and in a folder of its own, with the canary stack deployed to it."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local.emulator import deployer
from local.emulator.tests import canary_stack
from local.emulator.tests.assembly import write_assembly
from local.emulator.tests.servers import ModelServer, SearchServer

REPOSITORY = Path(__file__).resolve().parents[3]
START_SECONDS = 30


class Emulator:
    """A launched emulator and clients for it."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = environment
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        path = f"{REPOSITORY / 'node_modules' / '.bin'}{os.pathsep}{os.environ['PATH']}"
        environment = {
            **os.environ,
            "PATH": path,
            "GATEWAY_PORT": str(self.port),
            "STATE_DIR": str(self.folder / "state"),
            "S3_DATA_DIR": str(self.folder / "s3"),
            "TMPDIR": str(self.folder / "tmp"),
            "PERSIST_STATE": "1",
            "S3_PERSIST": "1",
            "ALARM_SECONDS": "1",
            **self.environment,
        }
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "local.emulator.launcher"]
            self.process = subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=1):
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"The emulator did not start:\n{self.log()}")

    def stop(self, with_signal: int = signal.SIGTERM) -> int:
        assert self.process
        self.process.send_signal(with_signal)
        return self.process.wait(timeout=20)

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def children(self) -> list[str]:
        """Command lines of the processes that the emulator started and that still run."""
        return self._processes("args=")

    def child_ids(self) -> list[int]:
        return [int(number) for number in self._processes("pid=")]

    def _processes(self, column: str) -> list[str]:
        assert self.process
        command = ["ps", "-ww", "-o", column, "--ppid", str(self.process.pid)]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, inject_host_prefix=False),
        )

    def deploy(self, folder: Path, **stacks: dict[str, Any]) -> dict[str, dict[str, str]]:
        """Deploy templates through the deployer."""
        write_assembly(folder, stacks)
        return deployer.deploy(folder, self.url, set(), timeout_seconds=60)

    def invoke(self, function: str, event: Any = None) -> Any:
        answer = self.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event or {}))
        return json.loads(answer["Payload"].read())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(look: Callable[[], Any], seconds: float = 15) -> Any:
    """The first truthy answer within the time; fails with the last one."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"Nothing within {seconds} s, last seen: {found!r}"
        time.sleep(0.05)
    return found


def create_function(emulator: Emulator, name: str, code: str) -> str:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as entries:
        entries.writestr("index.js", code)
    emulator.client("lambda").create_function(
        FunctionName=name,
        Runtime="nodejs24.x",
        Role=canary_stack.ROLE,
        Handler="index.handler",
        Timeout=20,
        Code={"ZipFile": archive.getvalue()},
    )
    return name


@pytest.fixture(scope="session")
def model_server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture(scope="session")
def search_server() -> Iterator[SearchServer]:
    with SearchServer() as server:
        yield server


@pytest.fixture(scope="session")
def emulator(
    tmp_path_factory: pytest.TempPathFactory, model_server: ModelServer, search_server: SearchServer
) -> Iterator[Emulator]:
    folder = tmp_path_factory.mktemp("emulator")
    running = Emulator(
        folder, {"MODEL_SERVER_URL": model_server.url, "SEARCH_URL": search_server.url, "LOCAL_LAMBDA_PARALLEL": "2"}
    )
    running.start()
    model_server.calls_back_to = search_server.calls_back_to = f"{running.url}/_ministack/health"
    yield running
    model_server.calls_back_to = search_server.calls_back_to = None
    running.stop()


@pytest.fixture(scope="session")
def outputs(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Outputs of the canary stack."""
    return emulator.deploy(tmp_path_factory.mktemp("canary"), Canary=canary_stack.template())["Canary"]
