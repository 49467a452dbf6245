"""Stopping: on SIGTERM or SIGINT the state is saved at one moment, the Lambda processes end, and so does the emulator.

The moment is taken on the event loop, before anything is torn down. MiniStack itself first closes its gateway and saves later:
in between, workflows that run would see their calls refused, and would be saved as failed.
"""

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.emulator.fit import Fit
from local.emulator.settings import Settings

NAME = "shut down"

COPY_ATTEMPTS = 20

logger = logging.getLogger("wirescope.emulator")


def undisturbed(read_state: Callable[[], Any]) -> Any:
    """The state of a service. Threads go on writing while it is copied, so a copy that met a change is made again."""
    for _ in range(COPY_ATTEMPTS):
        try:
            return read_state()
        except RuntimeError as disturbed:
            logger.debug("State changed while it was copied: %s", disturbed)
    logger.error("A service changed its state too fast to be saved; what was saved of it before stays.")
    return None


def apply(settings: Settings) -> None:
    """Save on a signal, and every `save_seconds` in between. Raises PatchDoesNotFit."""
    import hypercorn.asyncio
    from ministack import app
    from ministack.core import lambda_runtime, persistence

    fit = Fit(NAME)
    fit.needs(app, "_build_persistence_save_dict", "_pid_file", "main")
    fit.needs(persistence, "save_state", "PERSIST_STATE")
    fit.needs(lambda_runtime, "reset")
    fit.needs(hypercorn.asyncio, "serve")
    serve_until_signal = hypercorn.asyncio.serve
    saving = threading.Lock()

    def save() -> None:
        if persistence.PERSIST_STATE:
            with saving:
                for service, read_state in app._build_persistence_save_dict().items():
                    state = undisturbed(read_state)
                    if state is not None:
                        persistence.save_state(service, state)

    def stop() -> None:
        save()
        lambda_runtime.reset()
        Path(app._pid_file(settings.gateway_port)).unlink(missing_ok=True)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)

    def save_now_and_then() -> None:
        while True:
            time.sleep(settings.save_seconds)
            save()

    async def serve(application, config, **options):
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
        await serve_until_signal(application, config, shutdown_trigger=asyncio.Event().wait, **options)

    hypercorn.asyncio.serve = serve
    if persistence.PERSIST_STATE:
        threading.Thread(target=save_now_and_then, daemon=True, name="wirescope-save").start()
