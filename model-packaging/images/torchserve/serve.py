"""The container's entry point: TorchServe for the one archive that SageMaker has unpacked.

SageMaker runs the image with the word `serve` and speaks to port 8080. TorchServe gets no network of its own, installs
nothing, and is replaced by its Java process here, so that signals reach it.
"""

import json
import os
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from pathlib import Path

DEFAULTS = {
    "MODEL_DIR": "/opt/ml/model",
    "HOST": "0.0.0.0",
    "SAGEMAKER_BIND_TO_PORT": "8080",
    "TS_DEFAULT_WORKERS_PER_MODEL": "1",
    "TS_DEFAULT_RESPONSE_TIMEOUT": "60",
    "TS_MAX_REQUEST_SIZE": str(6 * 1024 * 1024),
    "TS_MAX_RESPONSE_SIZE": str(6 * 1024 * 1024),
    "TS_JOB_QUEUE_SIZE": "100",
    "SAGEMAKER_TS_BATCH_SIZE": "1",
    "SAGEMAKER_TS_MAX_BATCH_DELAY": "5",
}
"""On a CPU a batch answers no more tokens a second than single requests do, so a request does not wait for others."""

LOG_CONFIG = Path(__file__).resolve().parent / "log4j2.xml"
STAND_IN = Path(__file__).resolve().parent / "torch_stand_in"


class ArchiveDoesNotServe(Exception):
    """The folder is not one unpacked TorchServe archive."""


def read_manifest(model_dir: Path) -> tuple[str, str]:
    """The archive's name and version. Raises ArchiveDoesNotServe."""
    found = sorted(model_dir.glob("*/MAR-INF/MANIFEST.json"))
    if len(found) != 1:
        raise ArchiveDoesNotServe(f"{model_dir} must hold one TorchServe archive, but holds {len(found)}.")
    model = json.loads(found[0].read_text("utf-8"))["model"]
    return model["modelName"], model["modelVersion"]


def config(settings: Mapping[str, str], name: str, version: str) -> str:
    """config.properties. The ports beside the one that SageMaker calls are of loopback."""
    port = int(settings["SAGEMAKER_BIND_TO_PORT"])
    model = {
        "defaultVersion": True,
        "marName": name,
        "minWorkers": int(settings["TS_DEFAULT_WORKERS_PER_MODEL"]),
        "maxWorkers": int(settings["TS_DEFAULT_WORKERS_PER_MODEL"]),
        "batchSize": int(settings["SAGEMAKER_TS_BATCH_SIZE"]),
        "maxBatchDelay": int(settings["SAGEMAKER_TS_MAX_BATCH_DELAY"]),
        "responseTimeout": int(settings["TS_DEFAULT_RESPONSE_TIMEOUT"]),
    }
    lines = {
        "inference_address": f"http://{settings['HOST']}:{port}",
        "management_address": f"http://127.0.0.1:{port + 1}",
        "metrics_address": f"http://127.0.0.1:{port + 2}",
        "grpc_inference_address": "127.0.0.1",
        "grpc_inference_port": port + 3,
        "grpc_management_address": "127.0.0.1",
        "grpc_management_port": port + 4,
        "load_models": f"{name}={settings['MODEL_DIR']}",
        "models": json.dumps({name: {version: model}}, separators=(",", ":")),
        "default_response_timeout": settings["TS_DEFAULT_RESPONSE_TIMEOUT"],
        "max_request_size": settings["TS_MAX_REQUEST_SIZE"],
        "max_response_size": settings["TS_MAX_RESPONSE_SIZE"],
        "job_queue_size": settings["TS_JOB_QUEUE_SIZE"],
        "decode_input_request": "false",
        "install_py_dep_per_model": "false",
        "disable_token_authorization": "true",
        "disable_system_metrics": "true",
    }
    return "".join(f"{key}={value}\n" for key, value in lines.items())


def java_command(config_file: Path, model_store: Path, scratch: Path) -> list[str]:
    frontend = Path(sysconfig.get_paths()["purelib"]) / "ts" / "frontend" / "*"
    command = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    command += [f"-Dmodel_server_home={frontend.parents[2]}", f"-Djava.io.tmpdir={scratch}"]
    command.append(f"-Dlog4j.configurationFile={LOG_CONFIG}")
    command += ["-cp", str(frontend), "org.pytorch.serve.ModelServer", "--python", sys.executable]
    return [*command, "-f", str(config_file), "-s", str(model_store), "-ncs", "--disable-token-auth"]


def main() -> None:
    settings = {name: os.environ.get(name, default) for name, default in DEFAULTS.items()}
    model_dir = Path(settings["MODEL_DIR"])
    try:
        name, version = read_manifest(model_dir)
    except ArchiveDoesNotServe as failure:
        sys.exit(str(failure))
    scratch = Path(tempfile.mkdtemp(prefix="ts-"))
    config_file = scratch / "config.properties"
    config_file.write_text(config(settings, name, version), "utf-8")
    # Names that TorchServe would take for settings of its own are spent.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TS_")}
    environment |= {
        "LOG_LOCATION": str(scratch),
        "METRICS_LOCATION": str(scratch),
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(STAND_IN),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    os.chdir(scratch)
    command = java_command(config_file, model_dir.parent, scratch)
    os.execvpe(command[0], command, environment)


if __name__ == "__main__":
    main()
