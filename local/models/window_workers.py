"""Runs the windows of all requests, a few side by side, each on whichever cores are free.

A request's memory is that of the windows being run, however many it holds, and a live feed's window is judged in half
the time that one core takes.
"""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from local.models import freed_memory
from local.models.tensorflow_serving import WINDOWS_AT_ONCE, PredictRefused, TransNetModel

Result = TypeVar("Result")

REST_SECONDS = 60.0
"""Without a request for so long, memory is given back: windows that follow each other take what the last one took.

A live feed asks every two seconds, and a video's next chunk comes when it is decoded, within a minute at 1080p. To take
the memory of two windows anew costs half a core-second and more, as much as three seconds of video do.
"""


class WindowWorkers:
    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(WINDOWS_AT_ONCE, "transnetv2")
        self._requests = 0
        self._rest: asyncio.TimerHandle | None = None
        self._releasing: asyncio.Task[None] | None = None

    async def run(self, call: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._executor, call)

    async def answer(self, model: TransNetModel, body: bytes) -> tuple[int, bytes]:
        """The HTTP status and JSON body that TF Serving answers a predict request with.

        A request has no more windows waiting than are run at once, so that another one's next window waits for a window
        of it at most.
        """
        self._begin()
        try:
            return await self._answer(model, body)
        finally:
            self._end(model)

    def _begin(self) -> None:
        self._requests += 1
        if self._rest is not None:
            self._rest.cancel()

    def _end(self, model: TransNetModel) -> None:
        self._requests -= 1
        if self._requests == 0:
            self._rest = asyncio.get_running_loop().call_later(REST_SECONDS, self._release, model)

    def _release(self, model: TransNetModel) -> None:
        def release() -> None:
            model.release()
            freed_memory.give_back()

        self._releasing = asyncio.get_running_loop().create_task(self.run(release))

    async def _answer(self, model: TransNetModel, body: bytes) -> tuple[int, bytes]:
        try:
            request = await asyncio.to_thread(model.read, body)
        except PredictRefused as refusal:
            return 400, json.dumps({"error": str(refusal)}).encode()
        places = asyncio.Semaphore(WINDOWS_AT_ONCE)

        async def run_window(index: int):
            async with places:
                return await self.run(lambda: model.run(request.frames[index]))

        outputs = await asyncio.gather(*(run_window(index) for index in range(len(request.frames))))
        return 200, await asyncio.to_thread(lambda: json.dumps(model.answer(request, outputs)).encode())
