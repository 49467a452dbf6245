"""Builds the model archives that Wirescope's endpoints serve, from published weights, without torch."""
