#!/usr/bin/env python3
"""`slipway save` of every kind of checkpoint, killed at random instants as a real process; the same command then finishes.

    save_kill_test.py PROGRAM [COUNT]   (SLIPWAY_KILLS, 20; run by the Python of an era's venv)

Only kills that hit the command at work count. After each: the output is, byte for byte, that of a save which nobody disturbed; a shard
that was finished by the journal when the kill came keeps its inode and its time.
"""
import collections
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

from ground import PROGRAM, WORK, check, run_checks, slipway

import torch
import torch.distributed.checkpoint as dcp
from safetensors.torch import save_file

SEED = 17
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else int(os.environ.get("SLIPWAY_KILLS", "20"))
KINDS = 5
LAYERS, ROWS, COLUMNS = 12, 2048, 1024
OUT = WORK / "out"
PARTIAL = WORK / "out.partial"
DICE = random.Random(SEED)
HIT, KEPT = collections.Counter(), collections.Counter()


def names():
    return [f"model.layers.{i}.self_attn.q_proj.weight" for i in range(LAYERS)]


def weights(dtype=torch.float32):
    torch.manual_seed(SEED)
    return {name: torch.randn(ROWS, COLUMNS).to(dtype) for name in names()}


def folder(name):
    made = WORK / name
    made.mkdir()
    (made / "config.json").write_text('{"model_type": "olmo", "architectures": ["OlmoForCausalLM"]}\n')
    return made


def finished(partial):
    """The shards that the journal says are whole: path, then inode and time."""
    try:
        journal = (partial / ".slipway-out").read_bytes()
    except FileNotFoundError:
        return {}
    whole = {path.decode() for path in re.findall(rb'"path":"([^"]+\.safetensors)"', journal)}
    return {path: identity(partial / path) for path in whole}


def identity(path):
    stat = path.stat()
    return stat.st_ino, stat.st_mtime_ns


def digests(of):
    return {str(path.relative_to(of)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(of.rglob("*")) if path.is_file()}


def killed(words, after):
    """Whether the command was writing when it was killed, `after` seconds of writing; how long it wrote."""
    with subprocess.Popen([PROGRAM, *words, "-q"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not PARTIAL.exists():
            time.sleep(0.001)
        begin = time.monotonic()
        try:
            process.wait(timeout=after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
    return PARTIAL.exists(), time.monotonic() - begin


def kill_and_finish(kind, source, *more):
    shutil.rmtree(OUT, ignore_errors=True)
    shutil.rmtree(PARTIAL, ignore_errors=True)
    words = ("save", str(source), "--out", str(OUT), "--max-shard-size", "10MB", "--jobs", "2", *map(str, more))
    _, longest = killed(words, after=None)
    wanted = digests(OUT)
    assert sum(path.endswith(".safetensors") for path in wanted) >= LAYERS // 2, wanted.keys()
    for _ in range(20 * COUNT):
        if HIT[kind] >= -(-COUNT // KINDS) and KEPT[kind] > 0:
            break
        shutil.rmtree(OUT)
        hit, _ = killed(words, DICE.uniform(0, longest))
        HIT[kind] += hit
        kept = finished(PARTIAL)
        slipway(*words)
        assert digests(OUT) == wanted and not PARTIAL.exists()
        assert all(identity(OUT / path) == then for path, then in kept.items()), kept
        KEPT[kind] += len(kept)
    assert HIT[kind] >= COUNT // KINDS and KEPT[kind] > 0, (HIT, KEPT)


@check
def safetensors_put_into_other_shards():
    source = folder("safetensors")
    save_file(weights(), source / "model.safetensors", metadata={"format": "pt"})
    kill_and_finish("safetensors", source)


@check
def shards_of_torch():
    source, places = folder("torch"), {}
    for number, half in enumerate((names()[: LAYERS // 2], names()[LAYERS // 2:]), 1):
        file = f"pytorch_model-{number:05}-of-00002.bin"
        torch.save({name: tensor for name, tensor in weights().items() if name in half}, source / file)
        places.update(dict.fromkeys(half, file))
    (source / "pytorch_model.bin.index.json").write_text(json.dumps({"metadata": {}, "weight_map": places}))
    kill_and_finish("torch", source)


@check
def a_distributed_checkpoint():
    source = folder("dcp")
    dcp.save({"model": weights()}, checkpoint_id=source / "pytorch_model_fsdp_0", no_dist=True)
    kill_and_finish("dcp", source)


@check
def two_ranks_of_zero_3():
    source = folder("zero")
    step = source / "global_step1"
    step.mkdir()
    (source / "latest").write_text("global_step1")
    shapes = collections.OrderedDict((name, torch.Size([ROWS, COLUMNS])) for name in names())
    halves = [tensor.flatten().chunk(2) for tensor in weights().values()]
    for rank in (0, 1):
        stubs = collections.OrderedDict((name, torch.empty(0, dtype=torch.bfloat16)) for name in names())
        torch.save({"module": stubs, "buffer_names": [], "param_shapes": [shapes], "frozen_param_shapes": None,
                    "frozen_param_fragments": None, "shared_params": {}, "ds_version": "0.19.6"},
                   step / f"zero_pp_rank_{rank}_mp_rank_00_model_states.pt")
        torch.save({"optimizer_state_dict": {"zero_stage": 3, "partition_count": 2,
                                             "fp32_flat_groups": [torch.cat([half[rank] for half in halves])]}},
                   step / f"bf16_zero_pp_rank_{rank}_mp_rank_00_optim_states.pt")
    kill_and_finish("zero", source)


@check
def an_adapter_merged_into_its_base():
    base, adapter = folder("base"), WORK / "adapter"
    save_file(weights(torch.bfloat16), base / "model.safetensors", metadata={"format": "pt"})
    adapter.mkdir()
    parts = {f"base_model.model.{name.removesuffix('.weight')}.lora_{side}.weight": torch.randn(shape) / 8
             for name in names() for side, shape in (("A", (8, COLUMNS)), ("B", (ROWS, 8)))}
    save_file(parts, adapter / "adapter_model.safetensors", metadata={"format": "pt"})
    (adapter / "adapter_config.json").write_text(json.dumps({
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": "owner/base", "r": 8, "lora_alpha": 8,
        "target_modules": ["q_proj"]}))
    kill_and_finish("merge", adapter, "--merge", "--base", base)


if __name__ == "__main__":
    code = run_checks()
    print(f"{sum(HIT.values())} saves were killed at work, {dict(HIT)}; shards kept: {dict(KEPT)}", file=sys.stderr)
    sys.exit(code)
