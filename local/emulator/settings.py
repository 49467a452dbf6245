"""What the emulator reads from its environment, once."""

import os
import tempfile
from collections.abc import MutableMapping
from dataclasses import dataclass

ACCOUNT_ID = "000000000000"
REGION = "us-east-1"


@dataclass(frozen=True)
class Settings:
    """How one emulator runs; README.md of this folder has the table of environment variables."""

    gateway_port: int
    bind_host: str
    state_dir: str
    s3_data_dir: str
    temporary_dir: str
    model_server_url: str | None
    search_url: str | None
    lambda_parallel: int
    alarm_seconds: float
    save_seconds: float

    @property
    def gateway_url(self) -> str:
        return f"http://{self.bind_host}:{self.gateway_port}"


def read_settings(environment: MutableMapping[str, str]) -> Settings:
    """Read the settings. Raises ValueError, naming the variable, where one is not a usable number."""
    temporary_dir = environment.get("TMPDIR") or tempfile.gettempdir()
    return Settings(
        gateway_port=int(_positive_number(environment, "GATEWAY_PORT", 4566)),
        bind_host=environment.get("BIND_HOST") or "127.0.0.1",
        state_dir=os.path.abspath(environment.get("STATE_DIR") or os.path.join(temporary_dir, "wirescope-emulator-state")),
        s3_data_dir=os.path.abspath(environment.get("S3_DATA_DIR") or os.path.join(temporary_dir, "wirescope-emulator-s3")),
        temporary_dir=os.path.abspath(temporary_dir),
        model_server_url=_address(environment, "MODEL_SERVER_URL"),
        search_url=_address(environment, "SEARCH_URL"),
        lambda_parallel=int(_positive_number(environment, "LOCAL_LAMBDA_PARALLEL", 6)),
        alarm_seconds=_positive_number(environment, "ALARM_SECONDS", 5),
        save_seconds=_positive_number(environment, "SAVE_SECONDS", 30),
    )


def ministack_environment(settings: Settings, environment: MutableMapping[str, str]) -> dict[str, str]:
    """The variables MiniStack and its Lambda children read; what the caller set for persistence stays as it is."""
    return {
        "GATEWAY_PORT": str(settings.gateway_port),
        "BIND_HOST": settings.bind_host,
        "MINISTACK_HOST": "localhost",
        "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
        "MINISTACK_REGION": REGION,
        "STATE_DIR": settings.state_dir,
        "S3_DATA_DIR": settings.s3_data_dir,
        "TMPDIR": settings.temporary_dir,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # Lambdas inherit it. No AWS_ENDPOINT_URL_S3 beside it: 127.0.0.1 makes the S3 client use path style.
        "AWS_ENDPOINT_URL": _address(environment, "LAMBDA_ENDPOINT_URL") or settings.gateway_url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": environment.get("LAMBDA_ASYNC_RETRY_BASE_SECONDS", "1"),
        # A burst leaves processes behind; all but one of a function go after this.
        "LAMBDA_WARM_TTL_SECONDS": environment.get("LAMBDA_WARM_TTL_SECONDS", "60"),
        "PERSIST_STATE": environment.get("PERSIST_STATE", "0"),
        "S3_PERSIST": environment.get("S3_PERSIST", "0"),
        "LOG_LEVEL": environment.get("LOG_LEVEL", "WARNING"),
    }


def _positive_number(environment: MutableMapping[str, str], name: str, default: float) -> float:
    text = environment.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        value = 0
    if value <= 0:
        raise ValueError(f"{name} must be a number above zero, not {text!r}.")
    return value


def _address(environment: MutableMapping[str, str], name: str) -> str | None:
    return (environment.get(name) or "").rstrip("/") or None
