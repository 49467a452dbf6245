"""Runs the windows of all requests side by side, one thread a core, each window on one of them.

A window keeps one core busy for about two seconds. Two cores that share each window's products wait for each other;
two windows at once do not, and a request's memory is that of the windows being run, however many it holds.
"""

import asyncio
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from local.models import freed_memory
from local.models.tensorflow_serving import PredictRefused, TransNetModel

Result = TypeVar("Result")


class WindowWorkers:
    def __init__(self) -> None:
        self._count = len(os.sched_getaffinity(0))
        self._executor = ThreadPoolExecutor(self._count, "transnetv2")

    async def run(self, call: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._executor, call)

    async def answer(self, model: TransNetModel, body: bytes) -> tuple[int, bytes]:
        """The HTTP status and JSON body that TF Serving answers a predict request with.

        A request has no more windows waiting than there are workers, so that another one's next window waits for a
        window of it at most.
        """
        try:
            request = await asyncio.to_thread(model.read, body)
        except PredictRefused as refusal:
            return 400, json.dumps({"error": str(refusal)}).encode()
        places = asyncio.Semaphore(self._count)

        async def run_window(index: int):
            async with places:
                return await self.run(lambda: model.run(request.frames[index]))

        outputs = await asyncio.gather(*(run_window(index) for index in range(len(request.frames))))
        await asyncio.to_thread(freed_memory.give_back)
        return 200, await asyncio.to_thread(lambda: json.dumps(model.answer(request, outputs)).encode())
