"""Stopping: on SIGTERM or SIGINT the state is saved at one moment, the Lambda processes end, and so does the emulator.

The moment is taken on the event loop, before anything is torn down. MiniStack itself first closes its gateway and saves later:
in between, workflows that run would see their calls refused, and would be saved as failed.
"""

import asyncio
import os
import signal
import sys
import threading
import time
from pathlib import Path

from local.emulator.fit import Fit
from local.emulator.saving import Saving
from local.emulator.settings import Settings

NAME = "shut down"

# Of the time, so much goes into saving at most: a large archive is saved more seldom.
LARGEST_SHARE = 0.05


def apply(settings: Settings) -> None:
    """Save on a signal, and every `save_seconds` in between. Raises PatchDoesNotFit."""
    import hypercorn.asyncio
    from ministack import app
    from ministack.core import lambda_runtime, persistence

    fit = Fit(NAME)
    fit.needs(app, "_pid_file", "main")
    state = Saving(fit)
    fit.needs(lambda_runtime, "reset")
    fit.needs(hypercorn.asyncio, "serve")
    serve_until_signal = hypercorn.asyncio.serve
    saving = threading.Lock()

    def save() -> None:
        if persistence.PERSIST_STATE:
            with saving:
                state.save()

    def stop() -> None:
        save()
        lambda_runtime.reset()
        Path(app._pid_file(settings.gateway_port)).unlink(missing_ok=True)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)

    def save_now_and_then() -> None:
        taken = 0.0
        while True:
            time.sleep(max(settings.save_seconds, taken / LARGEST_SHARE))
            began = time.monotonic()
            save()
            taken = time.monotonic() - began

    async def serve(application, config, **options):
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
        await serve_until_signal(application, config, shutdown_trigger=asyncio.Event().wait, **options)

    hypercorn.asyncio.serve = serve
    if persistence.PERSIST_STATE:
        threading.Thread(target=save_now_and_then, daemon=True, name="wirescope-save").start()
