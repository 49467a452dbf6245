"""Child processes that end with us, and with everything they started."""

import asyncio
import contextlib
import ctypes
import logging
import os
import signal

log = logging.getLogger(__name__)

STOP_TIMEOUT_SECONDS = 5
PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """For `preexec_fn`: the kernel kills the child when this process ends, however it ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


async def end_group(process: asyncio.subprocess.Process) -> None:
    """Ends a child that leads its own process group, and the group; by force where it takes too long."""
    _signal_group(process.pid, signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), STOP_TIMEOUT_SECONDS)
    except TimeoutError:
        log.warning("Process %s did not end in %s s; killing it.", process.pid, STOP_TIMEOUT_SECONDS)
    _signal_group(process.pid, signal.SIGKILL)  # its own children outlive it by a moment
    await process.wait()


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)
