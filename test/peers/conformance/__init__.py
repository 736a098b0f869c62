"""Checks of an Open Inference Protocol server with Triton's own clients; see ../triton_conformance.py."""
