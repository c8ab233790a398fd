#!/usr/bin/env python3
"""Time a file when there are many: small files, and shards of a model, pushed to the embedded Hub, pushed again, and pulled.

    bench/many_files_bench.py PROGRAM

Bound: constant, whether there are a thousand or ten thousand. Over 999 files a release is several commits on a pull request's ref, merged
once. In memory; the Hub's own work is in the wall.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from watched import watched

PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())
KINDS = {"small files": (300, (1_000, 5_000, 10_000)), "shards": (20_000, (250, 1_000))}


def make_folder(folder, files, size, binary):
    for number in range(files):
        path = folder / f"{number // 100:03}" / f"{number}{'.safetensors' if binary else '.txt'}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(size) if binary else f"{files} {number}\n".encode().ljust(size, b"."))


def main():
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="slipway-bench-") as name:
        work = pathlib.Path(name)
        server = subprocess.Popen([PROGRAM, "hub", "serve", "--root", work / "hub", "--port", "0", "--json"], stdout=subprocess.PIPE, text=True)
        try:
            env = {**os.environ, "HF_ENDPOINT": json.loads(server.stdout.readline())["endpoint"]}
            for kind, (size, counts) in KINDS.items():
                for count in counts:
                    folder, repo = work / "folder", f"me/{kind.replace(' ', '-')}-{count}"
                    make_folder(folder, count, size, kind == "shards")
                    push = [PROGRAM, "push", folder, repo, "--json", "-q"]
                    steps = [watched(push, env), watched(push, env), watched([PROGRAM, "pull", repo, "--out", work / "got", "--json", "-q"], env)]
                    times = "  ".join(f"{title} {step.wall:6.2f} s, {1000 * step.wall / count:.2f} ms a file"
                                      for title, step in zip(("push", "again", "pull"), steps))
                    print(f"{count:6} {kind:12} {times}", flush=True)
                    shutil.rmtree(folder)
                    shutil.rmtree(work / "got")
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
