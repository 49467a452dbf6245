"""TorchServe loads this module and finds one class in it."""

from wirescope_serving import torchserve_handler
from wirescope_serving.rerank import CrossEncoder


class Handler(torchserve_handler.JsonHandler):
    endpoint = CrossEncoder
