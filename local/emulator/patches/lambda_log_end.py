"""A Node Lambda's log is complete when its answer is: the worker ends it with a mark instead of the reader guessing by time.

Without it a busy machine moves lines to the next invocation or loses them, and a silent function waits 50 ms for nothing.
"""

import queue
import time

from local.emulator.fit import Fit
from local.emulator.settings import Settings

NAME = "lambda log end"
END_MARK = "\u0001end-of-invocation"
# Node writes to a pipe synchronously, so the mark is on its way before the answer; this only bounds a reader that is starved.
MARK_WAIT_SECONDS = 2.0
# A worker whose handler threw is stopped before its log is read: whatever it wrote is in the queue by then.
STOPPED_WAIT_SECONDS = 0.25

_ANSWER = "const settle = (err, res) => {\n        if (settled) return;\n        settled = true;\n"
_THROWN = '    } catch (e) {\n      _realStdoutWrite(JSON.stringify({\n        status: "error", error: e.message,'


def apply(_settings: Settings) -> None:
    from ministack.core import lambda_runtime

    fit = Fit(NAME)
    fit.needs(lambda_runtime, "_NODEJS_WORKER_SCRIPT", "Worker")
    fit.needs(lambda_runtime.Worker, "_drain_stderr_bounded", "invoke")
    script = lambda_runtime._NODEJS_WORKER_SCRIPT
    write_mark = f'_stderrWrite({END_MARK!r} + "\\n");\n'
    for line, replacement in (
        (_ANSWER, _ANSWER + "        " + write_mark),
        (_THROWN, _THROWN.replace("      _real", "      " + write_mark + "      _real", 1)),
    ):
        fit.holds(script.count(line) == 1, f"the Node worker line {line.strip()[:60]!r}")
        script = script.replace(line, replacement)
    lambda_runtime._NODEJS_WORKER_SCRIPT = script
    drain_by_time = lambda_runtime.Worker._drain_stderr_bounded

    def drain(worker, *arguments, **options) -> str:
        if not str(worker.config.get("Runtime", "")).startswith("nodejs"):
            return drain_by_time(worker, *arguments, **options)
        lines: list[str] = []
        deadline = time.monotonic() + (MARK_WAIT_SECONDS if worker._proc else STOPPED_WAIT_SECONDS)
        while (remaining := deadline - time.monotonic()) > 0:
            try:
                line = worker._stderr_queue.get(timeout=remaining)
            except queue.Empty:
                break
            if line == END_MARK:
                break
            lines.append(line)
        return "\n".join(lines)

    lambda_runtime.Worker._drain_stderr_bounded = drain
