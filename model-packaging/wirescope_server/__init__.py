"""A model archive served over HTTP by FastAPI and ONNX Runtime: what stands in TorchServe's place.

The archive's own handler and serving code answer, as they do inside TorchServe. `/ping` and `/invocations` are
SageMaker's contract: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""
