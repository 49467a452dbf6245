"""The endpoint server as a child process on ports of its own."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).resolve().parents[3]
WAIT_SECONDS = 60
PORTS = 6
"""Its own, and TorchServe's five."""
PORTS_NOBODY_IS_GIVEN = range(20_000, 32_000, PORTS)
"""Below those that Linux gives to outgoing connections (32768-60999): one of these could take a port before java does."""


class RunningServer:
    def __init__(self, state_dir: Path, s3: str) -> None:
        self._state_dir = state_dir
        self._s3 = s3
        self._port = free_ports()
        self._process: subprocess.Popen[bytes] | None = None
        self.torchserve_port = self._port + 1
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self._port}", timeout=120, trust_env=False)

    def start(self) -> None:
        command = [sys.executable, "-m", "local.models.server", "--port", str(self._port)]
        command += ["--torchserve-port", str(self.torchserve_port), "--state-dir", str(self._state_dir)]
        self._process = subprocess.Popen(
            [*command, "--s3-endpoint", self._s3], cwd=ROOT, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        )
        self.wait_until_ready()

    def stop(self) -> dict[str, list[psutil.Process]]:
        """SIGTERM; returns every process it had started by program, for the caller to look at."""
        if self._process is None:
            return {}
        children: dict[str, list[psutil.Process]] = {}
        for child in self.children():
            children.setdefault(child.name(), []).append(child)
        self._process.terminate()
        self._process.wait(WAIT_SECONDS)
        self._process = None
        return children

    def children(self) -> list[psutil.Process]:
        assert self._process is not None
        return psutil.Process(self._process.pid).children(recursive=True)

    def java(self) -> psutil.Process:
        return next(child for child in self.children() if child.name() == "java")

    def memory_bytes(self) -> int:
        """Proportional set size of the server, java and the workers together."""
        assert self._process is not None
        family = [psutil.Process(self._process.pid), *self.children()]
        return sum(process.memory_full_info().pss for process in family)

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            try:
                if self.client.get("/health").json()["ready"]:
                    return
            except httpx.TransportError:
                assert self._process is not None and self._process.poll() is None, "the server ended"
            time.sleep(0.1)
        raise TimeoutError("The server was not ready in time.")

    def put(self, endpoint: str, package: str, image: str) -> httpx.Response:
        variant = {
            "variantName": "AllTraffic",
            "image": f"000000000000.dkr.ecr.us-east-1.amazonaws.com/{image}",
            "modelDataUrl": f"s3://archives/{package}.tar.gz",
            "environment": {},
        }
        return self.client.put(f"/endpoints/{endpoint}", json={"endpointName": endpoint, "variants": [variant]})

    def deploy(self, endpoint: str, package: str, image: str) -> None:
        answer = self.put(endpoint, package, image)
        assert answer.status_code == 200, answer.text

    def invoke(self, endpoint: str, body: object) -> httpx.Response:
        return self.client.post(f"/endpoints/{endpoint}/invocations", json=body)


def free_ports() -> int:
    """The first of six ports in a row that nothing uses."""
    return next(first for first in PORTS_NOBODY_IS_GIVEN if all(_is_free(first + offset) for offset in range(PORTS)))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
