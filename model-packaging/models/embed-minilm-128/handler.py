"""TorchServe loads this module and finds one class in it."""

from wirescope_serving import torchserve_handler
from wirescope_serving.embed import Embedder


class Handler(torchserve_handler.JsonHandler):
    endpoint = Embedder
