"""Moonshine's published weights, rebuilt for integer arithmetic. Needs onnx; run as a child process."""
