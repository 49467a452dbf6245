"""Work that waits until the emulator answers requests: what a restart takes up again calls back into it."""

import logging
import socket
import threading
import time
from collections.abc import Callable

from local.emulator.settings import Settings

logger = logging.getLogger("wirescope.emulator")

START_SECONDS = 60
_waiting: list[Callable[[], None]] = []


def after_start(work: Callable[[], None]) -> None:
    """Run `work` once the gateway listens. Only calls before the start count: state is loaded by then."""
    _waiting.append(work)


def run_waiting_work(settings: Settings) -> None:
    """Start the thread that waits for the gateway and then does what was left for it."""
    threading.Thread(target=_run_when_listening, args=(settings,), daemon=True, name="wirescope-start-up").start()


def _run_when_listening(settings: Settings) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((settings.bind_host, settings.gateway_port)) == 0:
                break
        time.sleep(0.1)
    while _waiting:
        work = _waiting.pop(0)
        try:
            work()
        except Exception:
            logger.exception("Something that was to be taken up after the start failed")
