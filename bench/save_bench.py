#!/usr/bin/env python3
"""`slipway save` beside save_pretrained's write of the same tensors, in one run.

    save_bench.py PROGRAM [--gb N] [--times N]   (run by the Python of the oracles' venv)

The peer writes a bf16 Llama that it holds in memory: only its save_pretrained call is timed. Ours is a whole
process: it reads the folder that the peer wrote, looks for NaN, writes, syncs and reads back. Both on a memory
disk, in turn. CPU is user + system; memory is RssAnon + RssShmem, sampled every 5 ms. Bound: one copy in, one
copy out, one copy back, a gigabyte each.
"""
import argparse
import gc
import hashlib
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

PARSER = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
PARSER.add_argument("program")
PARSER.add_argument("--gb", type=float, default=2.0)
PARSER.add_argument("--times", type=int, default=3)
ARGS = PARSER.parse_args()
PROGRAM = str(pathlib.Path(ARGS.program).resolve())
SHARD = "1GB"


def make_model(gigabytes):
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.set_default_dtype(torch.bfloat16)
    hidden, layer = 2048, 2 * (4 * 2048 * 2048 + 3 * 2048 * 5632)
    layers = max(1, int(gigabytes * 1e9 / layer))
    config = LlamaConfig(hidden_size=hidden, intermediate_size=5632, num_hidden_layers=layers, num_attention_heads=16,
                         num_key_value_heads=16, vocab_size=8192, tie_word_embeddings=False)
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
    model = model.to_empty(device="cpu")
    for parameter in model.parameters():
        parameter.data.view(torch.int16).random_(0, 0x3F00)
    return model


def tensors(folder):
    """Every tensor's dtype, shape and digest. The shards themselves differ: a folder does not tell in which order the
    model's own state dict held its tensors, so ours are cut in the natural order of names."""
    import torch
    from safetensors import safe_open

    found = {}
    for path in folder.glob("*.safetensors"):
        with safe_open(path, "pt") as file:
            for name in file.keys():
                value = file.get_tensor(name)
                digest = hashlib.sha256(value.contiguous().flatten().view(torch.uint8).numpy()).hexdigest()
                found[name] = (str(value.dtype), tuple(value.shape), digest)
    return found


def watched(command):
    """Wall, CPU and peak of RssAnon + RssShmem of a command."""
    peak = 0
    before, begin = os.times(), time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def watch():
        nonlocal peak
        while process.poll() is None:
            try:
                status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
                peak = max(peak, sum(int(status.split(key)[1].split()[0]) * 1024 for key in ("RssAnon:", "RssShmem:")))
            except (OSError, IndexError):
                pass
            time.sleep(0.005)

    watcher = threading.Thread(target=watch)
    watcher.start()
    _, err = process.communicate()
    watcher.join()
    after = os.times()
    assert process.returncode == 0, err
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - begin, cpu, peak


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="slipway-save-", dir="/dev/shm"))
    try:
        model = make_model(ARGS.gb)
        theirs, ours = [], []
        for turn in range(ARGS.times):
            shutil.rmtree(work / "peer", ignore_errors=True)
            gc.collect()
            before, begin = os.times(), time.perf_counter()
            model.save_pretrained(work / "peer", max_shard_size=SHARD)
            after = os.times()
            theirs.append((time.perf_counter() - begin, after.user + after.system - before.user - before.system))
            shutil.rmtree(work / "ours", ignore_errors=True)
            ours.append(watched([PROGRAM, "save", str(work / "peer"), "--out", str(work / "ours"), "--max-shard-size",
                                 SHARD, "--no-progress", "-q"]))
        size = sum(f.stat().st_size for f in (work / "peer").glob("*.safetensors"))
        same = tensors(work / "ours") == tensors(work / "peer")
        for name, rows in (("save_pretrained's write", theirs), ("slipway save, whole process", ours)):
            wall, cpu = (statistics.median(row[i] for row in rows) for i in (0, 1))
            print(f"{name}: {size / 1e9:.2f} GB, {wall:.2f} s, CPU {cpu:.2f} s ({cpu / size * 1e9:.2f} s/GB)")
        print(f"peak anonymous and shared memory of ours: {max(row[2] for row in ours) / 1e6:.0f} MB; tensors bit-equal: {same}")
    finally:
        shutil.rmtree(work)
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
