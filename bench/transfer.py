"""What the benches of push and pull share: shards of finite bf16, and a Hub of its own for every measurement.

A Hub keeps objects by their digest and takes none twice; so each measured command gets an empty Hub, or new bytes.
"""
import contextlib
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

BLOCK_BYTES = 1 << 20


def finite_block():
    block = bytearray(os.urandom(BLOCK_BYTES))
    block[1::2] = bytes(b & 0x3F for b in block[1::2])  # exponents small: finite numbers
    return bytes(block)


def write_shards(folder, gigabytes, shards):
    """A folder of equal bf16 shards, no two alike, with their index and a small config."""
    folder.mkdir(parents=True)
    rows = int(gigabytes * 1e9 / shards) // 2048
    names = [f"model-{i + 1:05}-of-{shards:05}.safetensors" for i in range(shards)]
    for i, name in enumerate(names):
        header = json.dumps({"__metadata__": {"format": "pt"}, f"layers.{i}.weight": {
            "dtype": "BF16", "shape": [rows, 1024], "data_offsets": [0, rows * 2048]}}).encode()
        header += b" " * (-len(header) % 8)
        block = finite_block()
        with open(folder / name, "wb") as out:
            out.write(struct.pack("<Q", len(header)) + header)
            for left in range(rows * 2048, 0, -BLOCK_BYTES):
                out.write(block[:left])
    index = {"metadata": {"total_size": rows * 2048 * shards},
             "weight_map": {f"layers.{i}.weight": name for i, name in enumerate(names)}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")
    (folder / "config.json").write_text('{\n  "model_type": "llama"\n}\n')
    return sum((folder / name).stat().st_size for name in names)


@contextlib.contextmanager
def work_folder(where="/dev/shm"):
    work = pathlib.Path(tempfile.mkdtemp(prefix="slipway-bench-", dir=where))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextlib.contextmanager
def hub(program, root):
    """An embedded Hub; yields the environment of its clients, with a Hub cache of their own."""
    server = subprocess.Popen([program, "hub", "serve", "--root", str(root), "--port", "0", "--json"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield dict(os.environ, HF_ENDPOINT=json.loads(server.stdout.readline())["endpoint"], HF_HOME=str(root) + "-home",
                   HF_HUB_DISABLE_XET="1", HF_HUB_DISABLE_PROGRESS_BARS="1", HF_HUB_DISABLE_TELEMETRY="1",
                   HF_HUB_DISABLE_UPDATE_CHECK="1")
    finally:
        server.terminate()
        server.wait()


def stock_client():
    """The `hf` program beside the Python that runs the bench."""
    return str(pathlib.Path(sys.executable).parent / "hf")
