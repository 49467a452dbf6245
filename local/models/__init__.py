"""Serves on loopback the SageMaker endpoints that the deployed stacks name."""
