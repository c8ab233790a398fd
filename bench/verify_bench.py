#!/usr/bin/env python3
"""What a clean release costs to verify, beside one SHA-256 pass over the same files in the same run.

    bench/verify_bench.py PROGRAM [--gb N] [--rounds N] [--dir DIR]

The release is N GB of bf16 in four shards of random, finite values, written to DIR (/var/tmp) and removed afterwards, with an index, the
small files of an example base, and a manifest of their digests: every byte is read, hashed, compared and looked at for NaN. Both sides
in turn, medians; the files are in the page cache of both. Bound: at least 90 % of the pass's bytes a second, by wall and by CPU.
"""
import argparse
import hashlib
import json
import os
import pathlib
import shutil
import statistics
import struct
import tempfile

from watched import watched

PARSER = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
PARSER.add_argument("program")
PARSER.add_argument("--gb", type=float, default=4)
PARSER.add_argument("--rounds", type=int, default=3)
PARSER.add_argument("--dir", default="/var/tmp")
ARGS = PARSER.parse_args()
ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = str(pathlib.Path(ARGS.program).resolve())
SHARDS, WIDTH, INNER, ROWS = 4, 4096, 11008, 387
FINITE = bytes(byte & 0xBF for byte in range(256))  # the exponent is never all ones
MATRICES = {"self_attn.q_proj": (WIDTH, WIDTH), "self_attn.k_proj": (WIDTH, WIDTH), "self_attn.v_proj": (WIDTH, WIDTH),
            "self_attn.o_proj": (WIDTH, WIDTH), "mlp.gate_proj": (INNER, WIDTH), "mlp.up_proj": (INNER, WIDTH), "mlp.down_proj": (WIDTH, INNER)}
NORMS = ("input_layernorm", "post_attention_layernorm")


def random_values(count):
    values = bytearray(os.urandom(2 * count))
    values[1::2] = values[1::2].translate(FINITE)
    return values


def layer(number):
    return {f"model.layers.{number}.{name}.weight": shape for name, shape in {**MATRICES, **dict.fromkeys(NORMS, (WIDTH,))}.items()}


def write_shard(path, tensors):
    header, end = {}, 0
    for name, shape in tensors.items():
        size = 2 * shape[0] * (shape[1] if len(shape) > 1 else 1)
        header[name], end = {"dtype": "BF16", "shape": shape, "data_offsets": [end, end + size]}, end + size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    digest = hashlib.sha256()
    with open(path, "wb") as out:
        for piece in (struct.pack("<Q", len(text)) + text, *(random_values(min(1 << 23, end - at) // 2) for at in range(0, end, 1 << 23))):
            out.write(piece)
            digest.update(piece)
    return digest.hexdigest()


def write_release(folder):
    shutil.copytree(ROOT / "examples/bases/tiny-llama", folder)
    (folder / "model.safetensors").unlink()
    of_layer = 2 * sum(shape[0] * (shape[1] if len(shape) > 1 else 1) for shape in layer(0).values())
    layers = max(SHARDS, round(ARGS.gb * 1e9 / of_layer))
    config = json.loads((folder / "config.json").read_text())
    config.update(hidden_size=WIDTH, intermediate_size=INNER, num_hidden_layers=layers)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    shards = [{} for _ in range(SHARDS)]
    shards[0].update({"lm_head.weight": (ROWS, WIDTH), "model.embed_tokens.weight": (ROWS, WIDTH)})
    for number in range(layers):
        shards[number * SHARDS // layers].update(layer(number))
    shards[-1]["model.norm.weight"] = (WIDTH,)
    names = [f"model-{number + 1:05}-of-{SHARDS:05}.safetensors" for number in range(SHARDS)]
    digests = {name: write_shard(folder / name, tensors) for name, tensors in zip(names, shards)}
    index = {"metadata": {}, "weight_map": {tensor: name for name, tensors in zip(names, shards) for tensor in tensors}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")
    digests.update({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.name not in digests})
    (folder / ".slipway.json").write_text(json.dumps({"version": 1, "plan": "", "parent": "", "files": digests}))
    return [folder / name for name in names]


def show(name, costs, size):
    wall, cpu = statistics.median(cost.wall for cost in costs), statistics.median(cost.cpu for cost in costs)
    print(f"{name:34} {wall:6.2f} s  {size / 1e9 / wall:5.2f} GB/s  {cpu / (size / 1e9):5.3f} s of CPU a GB  "
          f"{max(cost.memory_bytes for cost in costs) / 1e6:4.0f} MB", flush=True)
    return wall, cpu


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="slipway-bench-", dir=ARGS.dir))
    try:
        shards = write_release(work / "release")
        size = sum(path.stat().st_size for path in shards)
        commands = {"openssl dgst -sha256, one pass": ["openssl", "dgst", "-sha256", *shards],
                    "slipway verify": [PROGRAM, "verify", work / "release", "--json", "-q"],
                    "slipway verify --jobs 1": [PROGRAM, "verify", work / "release", "--json", "-q", "--jobs", "1"]}
        costs = {name: [] for name in commands}
        for _ in range(ARGS.rounds):
            for name, command in commands.items():
                costs[name].append(watched(list(map(str, command))))
        seen = json.loads(costs["slipway verify"][0].out.splitlines()[-1])
        assert seen["findings"] == [] and seen["bytes"] >= size, seen
        print(f"{size / 1e9:.2f} GB of bf16 in {len(shards)} shards; medians of {ARGS.rounds}")
        results = [show(name, costs[name], size) for name in commands]
        for name, (wall, cpu) in zip(list(commands)[1:], results[1:]):
            print(f"{name}: {results[0][0] / wall:.2f} of the pass's bytes a second, {results[0][1] / cpu:.2f} of its bytes a second of CPU")
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
