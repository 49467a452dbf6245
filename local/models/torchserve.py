"""One TorchServe process as our child: started, watched, given models, ended with everything it started."""

import asyncio
import contextlib
import json
import logging
import os
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path

from local.models.child import die_with_parent, end_group
from local.models.errors import ModelDidNotLoad
from local.models.model_server_client import RESPONSE_TIMEOUT_SECONDS, ModelServerAway, ModelServerClient, Reply

log = logging.getLogger(__name__)

START_TIMEOUT_SECONDS = 60
REGISTER_TIMEOUT_SECONDS = 120
JOB_QUEUE_SIZE = 100
JVM_OPTIONS = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:MaxMetaspaceSize=96m")
STAND_IN_DIR = Path(__file__).resolve().parents[2] / "model-packaging" / "images" / "torchserve" / "torch_stand_in"
SOCKETS_DIR = "/tmp"
"""Where the workers' sockets lie: a socket's path may have at most 107 bytes, and a state folder may lie deep."""


class TorchServe:
    """Ports: `port` for inference, the two after it for management and metrics, two more for gRPC."""

    def __init__(self, port: int, state_dir: Path) -> None:
        self._inference = ModelServerClient(f"http://127.0.0.1:{port}")
        self._management = ModelServerClient(f"http://127.0.0.1:{port + 1}")
        self._ports = range(port, port + 5)
        self._state_dir = state_dir
        self._store = state_dir / "model-store"
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._models: dict[str, str] = {}
        self._is_up = asyncio.Event()
        self._starting = asyncio.Lock()
        self._is_stopping = False
        self._scratch = Path(tempfile.mkdtemp(prefix="wirescope-ts-", dir=SOCKETS_DIR))

    async def stop(self) -> None:
        """Ends the process group: java and every worker."""
        self._is_stopping = True
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        await self._end_process()
        await self._inference.close()
        await self._management.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    async def register(self, name: str, archive: Path) -> None:
        """Loads an archive under `name` with one worker, replacing what had that name; the first one starts TorchServe.

        Raises ModelDidNotLoad.
        """
        await self._start_once()
        stored = self._store / f"{name}.tar.gz"
        stored.unlink(missing_ok=True)
        os.link(archive, stored)
        await self._wait_until_up()
        await self._unregister(name)
        await self._register(name, stored.name)
        self._models[name] = stored.name

    async def unregister(self, name: str) -> None:
        stored = self._models.pop(name, None)
        if stored is not None:
            await self._unregister(name)
            (self._store / stored).unlink(missing_ok=True)

    async def predict(self, name: str, body: bytes, content_type: str) -> Reply:
        """The model's own answer, whatever its status. Raises ModelServerAway."""
        return await self._inference.request("POST", f"/predictions/{name}", body=body, content_type=content_type)

    async def is_ready(self, name: str) -> bool:
        """Whether the model's worker is up."""
        try:
            answer = await self._management.request("GET", f"/models/{name}", timeout_seconds=2)
            workers = json.loads(answer.body)[0]["workers"] if answer.status == 200 else []
        except (ModelServerAway, ValueError, LookupError):
            return False
        return any(worker["status"] == "READY" for worker in workers)

    async def _start_once(self) -> None:
        """Begins to run and keep running TorchServe. Raises ModelDidNotLoad where java is missing."""
        async with self._starting:
            if self._watch is not None:
                return
            if shutil.which("java") is None:
                raise ModelDidNotLoad("TorchServe needs Java 17 or later; install it so that `java` is on the PATH.")
            self._store.mkdir(parents=True, exist_ok=True)
            await self._launch()
            self._watch = asyncio.create_task(self._keep_running())

    async def _wait_until_up(self) -> None:
        try:
            await asyncio.wait_for(self._is_up.wait(), START_TIMEOUT_SECONDS)
        except TimeoutError:
            raise ModelDidNotLoad(f"TorchServe did not start ({self._last_words()}); its log is in {self._log_dir}.") from None

    async def _register(self, name: str, stored: str) -> None:
        query = {
            "url": stored,
            "model_name": name,
            "initial_workers": 1,
            "synchronous": "true",
            "batch_size": 1,
            "response_timeout": RESPONSE_TIMEOUT_SECONDS,
        }
        try:
            answer = await self._management.request("POST", "/models", query=query, timeout_seconds=REGISTER_TIMEOUT_SECONDS)
        except ModelServerAway as cause:
            raise ModelDidNotLoad(f"TorchServe did not answer while loading {name} ({cause}).") from cause
        if answer.status != 200:
            await self._unregister(name)
            raise ModelDidNotLoad(f"TorchServe could not load {name} ({_message(answer)}); its log is in {self._log_dir}.")

    async def _unregister(self, name: str) -> None:
        with contextlib.suppress(ModelServerAway):
            await self._management.request("DELETE", f"/models/{name}", timeout_seconds=REGISTER_TIMEOUT_SECONDS)

    async def _launch(self) -> None:
        self._log_dir.mkdir(parents=True, exist_ok=True)
        config = self._state_dir / "config.properties"
        config.write_text(self._config(), "utf-8")
        frontend = Path(sysconfig.get_paths()["purelib"]) / "ts" / "frontend" / "*"
        command = ["java", *JVM_OPTIONS, f"-Dmodel_server_home={frontend.parents[2]}"]
        command += [f"-Djava.io.tmpdir={self._scratch}", "-cp", str(frontend), "org.pytorch.serve.ModelServer"]
        command += ["--python", sys.executable, "-f", str(config), "-s", str(self._store)]
        command += ["-ncs", "--disable-token-auth"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TS_")}
        environment |= {
            "PYTHONPATH": str(STAND_IN_DIR),
            "PYTHONDONTWRITEBYTECODE": "1",
            "OMP_NUM_THREADS": "1",
            # glibc otherwise keeps what a large request freed: 200 MB a worker
            "MALLOC_ARENA_MAX": "2",
            "MALLOC_MMAP_THRESHOLD_": "4194304",
            "MALLOC_TRIM_THRESHOLD_": "16777216",
            "LOG_LOCATION": str(self._log_dir),
            "METRICS_LOCATION": str(self._log_dir),
            "TS_DECODE_INPUT_REQUEST": "false",
        }
        with self._console.open("wb") as console:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                cwd=self._state_dir,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=console,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    async def _keep_running(self) -> None:
        failures = 0
        while True:
            process = self._process
            assert process is not None
            if await self._answers_ping(process):
                failures = 0
                for name, stored in list(self._models.items()):
                    try:
                        await self._register(name, stored)
                    except ModelDidNotLoad as failure:
                        log.error("%s", failure.message)
                self._is_up.set()
            await process.wait()
            self._is_up.clear()
            failures += 1
            log.warning("TorchServe ended with status %s; starting it again.", process.returncode)
            await self._end_process()
            await asyncio.sleep(min(30, failures))
            await self._launch()

    async def _answers_ping(self, process: asyncio.subprocess.Process) -> bool:
        for _ in range(START_TIMEOUT_SECONDS * 10):
            if process.returncode is not None:
                return False
            with contextlib.suppress(ModelServerAway):
                if (await self._inference.request("GET", "/ping", timeout_seconds=2)).status == 200:
                    return True
            await asyncio.sleep(0.1)
        return False

    async def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await end_group(process)

    def _last_words(self) -> str:
        said = self._console.read_text("utf-8", "replace").strip().splitlines()
        return said[-1] if said else "it said nothing"

    @property
    def _console(self) -> Path:
        return self._log_dir / "console.log"

    @property
    def _log_dir(self) -> Path:
        return self._state_dir / "logs"

    def _config(self) -> str:
        inference, management, metrics, grpc_inference, grpc_management = self._ports
        settings = {
            "inference_address": f"http://127.0.0.1:{inference}",
            "management_address": f"http://127.0.0.1:{management}",
            "metrics_address": f"http://127.0.0.1:{metrics}",
            "grpc_inference_address": "127.0.0.1",
            "grpc_inference_port": grpc_inference,
            "grpc_management_address": "127.0.0.1",
            "grpc_management_port": grpc_management,
            "enable_model_api": "true",
            "decode_input_request": "false",  # as SageMaker's container sets it: handlers get bytes
            "default_workers_per_model": 1,
            "default_response_timeout": RESPONSE_TIMEOUT_SECONDS,
            "job_queue_size": JOB_QUEUE_SIZE,
            "number_of_netty_threads": 1,
            "netty_client_threads": 1,
            "disable_system_metrics": "true",
            "install_py_dep_per_model": "false",
        }
        return "".join(f"{name}={value}\n" for name, value in settings.items())


def _message(answer: Reply) -> str:
    try:
        return str(json.loads(answer.body)["message"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {answer.status}"
