"""Where the program lies that came with this package."""
import pathlib


def bundle_program():
    return str(pathlib.Path(__file__).resolve().parent / "_bundle" / "bin" / "slipway")
