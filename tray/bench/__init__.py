"""Measures how well and how cheaply this machine understands speech; touches no transcript and no clipboard."""
