#!/usr/bin/env python3
"""What publishing costs: start-up, CPU, memory and bytes, beside stock tools in the same run.

    bench/publish_bench.py PROGRAM [--gib N]

Questions and bounds: a start costs at most twice `curl --version`. Publishing by LFS reads each weight byte
twice (digest, then upload): CPU a GB is bounded below by one SHA-256 pass and two copies; peak anonymous
memory must not grow with the model. Memory is RssAnon sampled every 5 ms; bytes are rchar of /proc.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time

from watched import mapped_files, watched

PARSER = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
PARSER.add_argument("program")
PARSER.add_argument("--gib", type=float, default=1.0)
ARGS = PARSER.parse_args()
ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = str(pathlib.Path(ARGS.program).resolve())


def start_up(command, times=41):
    rows = []
    for _ in range(times):
        begin = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        rows.append(time.perf_counter() - begin)
    return statistics.median(rows) * 1000


def write_model(folder, gib):
    """A run of one Llama-shaped set of bf16 shards, without numpy: cheap pseudo-random but finite bytes."""
    shutil.copytree(ROOT / "examples/runs/chatml-full", folder)
    for old in folder.glob("model*.safetensors*"):
        old.unlink()
    rows = int(gib * (1 << 30)) // 2 // 1024
    header = json.dumps({"__metadata__": {"format": "pt"}, "lm_head.weight": {
        "dtype": "BF16", "shape": [rows, 1024], "data_offsets": [0, rows * 2048]}}).encode()
    header += b" " * (-len(header) % 8)
    block = bytearray(os.urandom(1 << 20))
    block[1::2] = bytes(b & 0x3F for b in block[1::2])  # exponents small: finite numbers
    with open(folder / "model.safetensors", "wb") as out:
        out.write(struct.pack("<Q", len(header)) + header)
        left = rows * 2048
        while left:
            part = min(left, len(block))
            out.write(block[:part])
            left -= part


def main():
    ours, curl = start_up([PROGRAM, "--version"]), start_up(["curl", "--version"])
    print(f"start-up, median of 41: slipway {ours:.1f} ms, curl {curl:.1f} ms, ratio {ours / curl:.2f} (bound 2)")
    work = pathlib.Path(tempfile.mkdtemp(prefix="slipway-bench-", dir="/dev/shm"))
    server = subprocess.Popen([PROGRAM, "hub", "serve", "--root", str(work / "hub"), "--port", "0", "--json"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    env = dict(os.environ, HF_ENDPOINT=json.loads(server.stdout.readline())["endpoint"])
    try:
        for gib in (ARGS.gib / 4, ARGS.gib):
            run = work / f"run-{gib}"
            write_model(run, gib)
            size = (run / "model.safetensors").stat().st_size
            repo = f"me/bench-{int(gib * 100)}"
            cost = watched([PROGRAM, "publish", str(run), "--to", repo, "--json", "-q"], env)
            print(f"publish {size / 1e9:.2f} GB: {cost.wall:.2f} s, client CPU {cost.cpu / (size / 1e9):.2f} s/GB, "
                  f"peak anonymous and shared memory {cost.memory_bytes / 1e6:.0f} MB, read {cost.read_bytes / size:.2f} N")
            begin = time.perf_counter()
            subprocess.run(["sha256sum", str(run / "model.safetensors")], stdout=subprocess.DEVNULL, check=True)
            print(f"  beside it: sha256sum of the same file {time.perf_counter() - begin:.2f} s")
            mapped = mapped_files([PROGRAM, "publish", str(run), "--to", repo + "-traced", "-q"], ".safetensors", env)
            if mapped is not None:
                print(f"  mmap calls that name a weight file: {mapped[0]} of {mapped[1]}")
            shutil.rmtree(run)
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(work, ignore_errors=True)
    return 0 if ours <= 2 * curl else 1


if __name__ == "__main__":
    sys.exit(main())
