"""The endpoints that are deployed here: kept on disk, loaded, invoked, removed."""

import asyncio
import json
import logging
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from local.models.archives import ArchiveStore
from local.models.backends import Answer, Backend, Backends
from local.models.errors import EndpointError, EndpointNotFound, InvalidEndpoint, PayloadTooLarge, ServiceUnavailable

log = logging.getLogger(__name__)

MAX_PAYLOAD_BYTES = 6 * 1024 * 1024
"""A real-time endpoint's limit in SageMaker."""

MAX_WAITING_REQUESTS = 32
INVOCATION_TIMEOUT_SECONDS = 60
"""SageMaker's own limit for an answer."""


@dataclass(frozen=True)
class EndpointDescription:
    """One endpoint as the template names it; only the first variant serves, as there is only one machine."""

    name: str
    variant: str
    image: str
    model_data_url: str
    environment: Mapping[str, str]
    asynchronous: Mapping[str, Any] | None = None
    """CloudFormation's AsyncInferenceConfig; without it the endpoint answers at once."""

    @classmethod
    def parse(cls, name: str, body: object) -> "EndpointDescription":
        """Reads the body of `PUT /endpoints/{name}`. Raises InvalidEndpoint."""
        variants = body.get("variants") if isinstance(body, dict) else None
        if not isinstance(variants, list) or not variants or not isinstance(variants[0], dict):
            raise InvalidEndpoint(f"Endpoint {name} names no variant.")
        variant = variants[0]
        for field in ("variantName", "image", "modelDataUrl"):
            if not isinstance(variant.get(field), str) or not variant[field]:
                raise InvalidEndpoint(f"Endpoint {name}: its variant has no {field}.")
        asynchronous = body.get("asyncInference")
        if asynchronous is not None and not (asynchronous.get("OutputConfig") or {}).get("S3OutputPath"):
            raise InvalidEndpoint(f"Endpoint {name}: its AsyncInferenceConfig has no S3OutputPath.")
        return cls(
            name,
            variant["variantName"],
            variant["image"],
            variant["modelDataUrl"],
            variant.get("environment") or {},
            asynchronous,
        )


@dataclass(frozen=True)
class StoredEndpoint:
    """What endpoint.json keeps, so that a restart serves the same archive without being told again."""

    description: EndpointDescription
    etag: str
    sha256: str
    size_bytes: int


class Deployment:
    """One endpoint while the server runs."""

    def __init__(self, stored: StoredEndpoint, backend: Backend) -> None:
        self.stored = stored
        self.backend = backend
        self.failure: str | None = None
        self.is_loaded = False
        self._waiting = 0

    async def invoke(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Raises PayloadTooLarge, ServiceUnavailable, and ModelFailed where the model answers anything but 2xx."""
        name = self.stored.description.name
        if self.stored.description.asynchronous is not None:
            raise InvalidEndpoint(f"Endpoint {name} is asynchronous: invoke it with InvokeEndpointAsync.")
        if len(body) > MAX_PAYLOAD_BYTES:
            raise PayloadTooLarge(f"HTTP content length exceeded {MAX_PAYLOAD_BYTES} bytes.")
        if not self.is_loaded:
            raise ServiceUnavailable(self.failure or f"Endpoint {name} is still loading its model.")
        if self._waiting >= MAX_WAITING_REQUESTS:
            raise ServiceUnavailable(f"Endpoint {name} already has {self._waiting} requests waiting; try again later.")
        self._waiting += 1
        try:
            return await asyncio.wait_for(self.backend.invoke(body, headers), INVOCATION_TIMEOUT_SECONDS)
        except TimeoutError:
            raise ServiceUnavailable(f"Endpoint {name} did not answer within {INVOCATION_TIMEOUT_SECONDS} s.") from None
        finally:
            self._waiting -= 1

    async def serves(self, description: EndpointDescription, etag: str) -> bool:
        """Whether this very archive already answers under this description."""
        is_same = self.stored.description == description and self.stored.etag == etag
        return is_same and self.is_loaded and await self.backend.is_ready()

    async def state(self) -> dict[str, Any]:
        """What `GET /health` says of it."""
        if self.failure is not None:
            return {"status": "failed", "message": self.failure}
        is_ready = self.is_loaded and await self.backend.is_ready()
        return {"status": "ready" if is_ready else "loading"}


class Deployments:
    """All endpoints, by name. Changes to one endpoint wait for each other."""

    def __init__(self, state_dir: Path, archives: ArchiveStore, backends: Backends) -> None:
        self._folder = state_dir / "endpoints"
        self._archives = archives
        self._backends = backends
        self._by_name: dict[str, Deployment] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def restore(self) -> None:
        """Loads what an earlier run had deployed; a failure is kept as that endpoint's state."""
        restored = []
        for path in sorted(self._folder.glob("*/endpoint.json")):
            try:
                kept = json.loads(path.read_text("utf-8"))
                stored = StoredEndpoint(EndpointDescription(**kept.pop("description")), **kept)
                deployment = Deployment(stored, self._backends.of(stored.description))
            except (OSError, ValueError, TypeError, KeyError, EndpointError) as failure:
                log.warning("%s is not used: %s", path, failure)
                continue
            self._by_name[stored.description.name] = deployment
            restored.append(deployment)
        for deployment in restored:
            async with self._lock(deployment.stored.description.name):
                if self._by_name.get(deployment.stored.description.name) is deployment:
                    await self._load_or_note(deployment)

    async def put(self, description: EndpointDescription) -> Deployment:
        """Fetches the archive, loads the model and returns once it answers. Raises EndpointError."""
        async with self._lock(description.name):
            backend = self._backends.of(description)
            current = self._by_name.get(description.name)
            etag = await asyncio.to_thread(self._archives.etag_of, description.model_data_url)
            if current is not None and await current.serves(description, etag):
                return current
            stored = await asyncio.to_thread(self._fetch, description)
            deployment = Deployment(stored, backend)
            if current is not None:
                await current.backend.unload()
            try:
                await self._load(deployment)
            except EndpointError:
                await self._return_to(current, instead_of=deployment)
                raise
            self._by_name[description.name] = deployment
            self._keep(stored)
            return deployment

    async def delete(self, name: str) -> None:
        """Raises EndpointNotFound."""
        async with self._lock(name):
            deployment = self.get(name)
            await deployment.backend.unload()
            del self._by_name[name]
            shutil.rmtree(self._folder / name, ignore_errors=True)

    def get(self, name: str) -> Deployment:
        """Raises EndpointNotFound."""
        if name not in self._by_name:
            raise EndpointNotFound(name)
        return self._by_name[name]

    def all(self) -> list[Deployment]:
        return [self._by_name[name] for name in sorted(self._by_name)]

    def _fetch(self, description: EndpointDescription) -> StoredEndpoint:
        """Blocking. An archive's file is named after its content, so an update never touches what serves now."""
        folder = self._folder / description.name
        folder.mkdir(parents=True, exist_ok=True)
        arriving = folder / "arriving.tar.gz"
        fetched = self._archives.fetch(description.model_data_url, arriving)
        arriving.replace(folder / _archive_name(fetched.sha256))
        return StoredEndpoint(description, fetched.etag, fetched.sha256, fetched.size_bytes)

    def _keep(self, stored: StoredEndpoint) -> None:
        """Writes the record that a restart reads, then drops archives that it does not name."""
        folder = self._folder / stored.description.name
        unfinished = folder / ".endpoint.json.unfinished"
        unfinished.write_text(json.dumps(asdict(stored), indent=2) + "\n", "utf-8")
        unfinished.replace(folder / "endpoint.json")
        for archive in folder.glob("*.tar.gz"):
            if archive.name != _archive_name(stored.sha256):
                archive.unlink()

    async def _return_to(self, previous: Deployment | None, *, instead_of: Deployment) -> None:
        """After an update that did not load: what served before serves again; a first attempt leaves nothing."""
        description = instead_of.stored.description
        await instead_of.backend.unload()
        if previous is None:
            shutil.rmtree(self._folder / description.name, ignore_errors=True)
            return
        await self._load_or_note(previous)
        self._keep(previous.stored)

    async def _load_or_note(self, deployment: Deployment) -> None:
        try:
            await self._load(deployment)
        except EndpointError as failure:
            log.error("%s", failure.message)

    async def _load(self, deployment: Deployment) -> None:
        stored = deployment.stored
        deployment.failure = None
        try:
            await deployment.backend.load(self._folder / stored.description.name / _archive_name(stored.sha256))
        except EndpointError as failure:
            deployment.failure = failure.message
            raise
        deployment.is_loaded = True

    def _lock(self, name: str) -> asyncio.Lock:
        return self._locks.setdefault(name, asyncio.Lock())


def _archive_name(sha256: str) -> str:
    return f"{sha256[:16]}.tar.gz"
