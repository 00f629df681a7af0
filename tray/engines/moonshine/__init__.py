"""Moonshine: a small encoder and decoder for speech, run as int8 ONNX."""
