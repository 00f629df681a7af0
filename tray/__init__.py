"""Scribelet: speak, and it is written."""

import os

__version__ = "0.1.0"

# ONNX Runtime would keep a number for this machine and report to its maker; where the disk is full, that kills the ear
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
