"""What runs inside a TorchServe archive: request checks, the encoder, one module per endpoint.

It travels in every archive, so it uses only numpy, onnxruntime, tokenizers and the standard library.
"""
