"""What answers an endpoint: TorchServe, the onnx-server, or TF Serving's contract over ONNX Runtime; the image's name
decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from local.models.errors import InvalidEndpoint, ModelFailed, ServiceUnavailable
from local.models.model_server_client import ModelServerAway, Reply
from local.models.onnx_server import OnnxServer
from local.models.tensorflow_serving import TransNetModel
from local.models.torchserve import TorchServe
from local.models.window_workers import WindowWorkers

if TYPE_CHECKING:
    from local.models.deployments import EndpointDescription

JSON = "application/json"


@dataclass(frozen=True)
class Answer:
    body: bytes
    content_type: str


class Backend(Protocol):
    """One endpoint's model."""

    async def load(self, archive: Path) -> None:
        """Returns once the model answers. Raises EndpointError."""

    async def unload(self) -> None: ...

    async def is_ready(self) -> bool: ...

    async def invoke(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Raises ModelFailed where the model answers anything but 2xx, ServiceUnavailable where it is away."""

    async def invoke_large(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """As `invoke`, for a request of any size that nobody waits for: others may be answered in between."""


class Backends:
    """Makes the backend that an endpoint's image stands for."""

    def __init__(self, torchserve: TorchServe) -> None:
        self._torchserve = torchserve
        self._workers = WindowWorkers()
        self.tensorflow_models: dict[str, TransNetModel] = {}

    async def predict(self, model: TransNetModel, body: bytes) -> tuple[int, bytes]:
        """TF Serving's status and body for a predict request."""
        return await self._workers.answer(model, body)

    def of(self, description: "EndpointDescription") -> Backend:
        """Raises InvalidEndpoint for an image that nothing here stands in for."""
        image = description.image.lower()
        if "tensorflow" in image:
            return TensorFlowServingBackend(self._workers, self.tensorflow_models)
        if "onnx-server" in image:
            return OnnxServerBackend(description.environment)
        if "torchserve" in image or "pytorch" in image:
            return TorchServeBackend(self._torchserve, description.name)
        raise InvalidEndpoint(
            f"Endpoint {description.name} wants the image {description.image}, but only tensorflow-inference, "
            "pytorch-inference, torchserve and onnx-server images have a local counterpart."
        )


class TorchServeBackend:
    def __init__(self, torchserve: TorchServe, name: str) -> None:
        self._torchserve = torchserve
        self._name = name

    async def load(self, archive: Path) -> None:
        await self._torchserve.register(self._name, archive)

    async def unload(self) -> None:
        await self._torchserve.unregister(self._name)

    async def is_ready(self) -> bool:
        return await self._torchserve.is_ready(self._name)

    async def invoke(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        try:
            answer = await self._torchserve.predict(self._name, body, headers.get("content-type", JSON))
        except ModelServerAway as cause:
            raise ServiceUnavailable(f"TorchServe is not answering ({cause}).") from cause
        return _answer_of(answer)

    async def invoke_large(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        return await self.invoke(body, headers)


class OnnxServerBackend:
    """A server of its own for each endpoint, since it serves one archive."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = settings
        self._server: OnnxServer | None = None

    async def load(self, archive: Path) -> None:
        await self.unload()
        self._server = OnnxServer()
        await self._server.start(archive, self._settings)

    async def unload(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            await server.stop()

    async def is_ready(self) -> bool:
        return self._server is not None and await self._server.is_ready()

    async def invoke(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        if self._server is None:
            raise ServiceUnavailable("The model is not loaded.")
        try:
            answer = await self._server.invoke(body, headers.get("content-type", JSON))
        except ModelServerAway as cause:
            raise ServiceUnavailable(f"The onnx-server is not answering ({cause}).") from cause
        return _answer_of(answer)

    async def invoke_large(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        return await self.invoke(body, headers)


class TensorFlowServingBackend:
    """Runs the graph in this process."""

    def __init__(self, workers: WindowWorkers, models: dict[str, TransNetModel]) -> None:
        self._workers = workers
        self._models = models
        self._model: TransNetModel | None = None

    async def load(self, archive: Path) -> None:
        self._model = await self._workers.run(lambda: TransNetModel(archive))
        self._models[self._model.name] = self._model

    async def unload(self) -> None:
        if self._model is not None:
            self._models.pop(self._model.name, None)
            self._model = None

    async def is_ready(self) -> bool:
        return self._model is not None

    async def invoke(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        if self._model is None:
            raise ServiceUnavailable("The model is not loaded.")
        status, answer = await self._workers.answer(self._model, body)
        if status != 200:
            raise ModelFailed(status, answer.decode())
        return Answer(answer, JSON)

    async def invoke_large(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        return await self.invoke(body, headers)


def _answer_of(reply: Reply) -> Answer:
    """Raises ModelFailed for anything but 2xx."""
    if reply.is_success:
        return Answer(reply.body, reply.content_type or JSON)
    raise ModelFailed(reply.status, reply.text)
