"""One `wirescope_server` as our child, on a Unix socket: an endpoint whose image is the onnx-server."""

import asyncio
import contextlib
import os
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

from local.models.child import die_with_parent, end_group
from local.models.errors import ArchiveUnavailable, ModelDidNotLoad
from local.models.model_server_client import ModelServerAway, ModelServerClient, Reply

MODEL_PACKAGING = Path(__file__).resolve().parents[2] / "model-packaging"
START_TIMEOUT_SECONDS = 60
THREADS = 1
"""The other endpoints want the machine's other cores."""


class OnnxServer:
    """Serves one unpacked archive. It starts its own worker again; ended, it takes that along."""

    def __init__(self) -> None:
        # A socket's path may have at most 107 bytes, and a state folder may lie deep.
        self._scratch = Path(tempfile.mkdtemp(prefix="wirescope-onnx-", dir="/tmp"))
        self._socket = self._scratch / "socket"
        self._client = ModelServerClient("http://onnx-server", socket=self._socket)
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, archive: Path, settings: Mapping[str, str]) -> None:
        """Returns once the model answers. Raises ArchiveUnavailable, ModelDidNotLoad."""
        model_dir = self._scratch / "model"
        await asyncio.to_thread(_unpack, archive, model_dir)
        log = (self._scratch / "server.log").open("wb")
        with log:
            self._process = await asyncio.create_subprocess_exec(
                *[sys.executable, "-m", "wirescope_server", "--socket", str(self._socket)],
                cwd=MODEL_PACKAGING,
                env={
                    **os.environ,
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "WIRESCOPE_SERVER_THREADS": str(THREADS),
                    **{name: value for name, value in settings.items() if name.startswith("WIRESCOPE_SERVER_")},
                    "WIRESCOPE_SERVER_MODEL_DIR": str(model_dir),
                },
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        if not await self._answers_ping(self._process):
            said = (self._scratch / "server.log").read_text("utf-8", "replace").strip().splitlines()
            raise ModelDidNotLoad(f"The onnx-server could not load {archive.name}: {said[-1] if said else 'no reason'}")

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await end_group(process)
        await self._client.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    async def is_ready(self) -> bool:
        with contextlib.suppress(ModelServerAway):
            return (await self._client.request("GET", "/ping", timeout_seconds=2)).status == 200
        return False

    async def invoke(self, body: bytes, content_type: str) -> Reply:
        """The model's own answer, whatever its status. Raises ModelServerAway."""
        return await self._client.request("POST", "/invocations", body=body, content_type=content_type)

    async def _answers_ping(self, process: asyncio.subprocess.Process) -> bool:
        for _ in range(START_TIMEOUT_SECONDS * 10):
            if process.returncode is not None:
                return False
            if await self.is_ready():
                return True
            await asyncio.sleep(0.1)
        return False


def _unpack(archive: Path, target: Path) -> None:
    try:
        with tarfile.open(archive, "r:gz") as contents:
            contents.extractall(target, filter="data")
    except (tarfile.TarError, OSError, EOFError) as cause:
        raise ArchiveUnavailable("The model archive is not a readable model.tar.gz.") from cause
