"""Tiny models, their bases, and the stages that real training scripts end with."""
