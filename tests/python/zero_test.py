#!/usr/bin/env python3
"""Real DeepSpeed trainings on the CPU: `slipway save` gives, bit for bit, what DeepSpeed's own zero_to_fp32 gives.

    zero_test.py PROGRAM   (the slipway program; run by the Python of scripts/oracles.sh deepspeed)

Buffers, which zero_to_fp32 turns into 32 bits, keep the type that they have; so do frozen parameters.
"""
import pathlib
import shutil
import subprocess
import sys

from ground import WORK, check, run_checks, slipway

import torch
from deepspeed.utils.zero_to_fp32 import get_fp32_state_dict_from_zero_checkpoint
from safetensors.torch import load_file

WORKER = pathlib.Path(__file__).with_name("zero_worker.py")
RANK_SECONDS = 300


def train(name, stage, world, kind):
    """The ranks that did not end well, with the last that they said."""
    ranks = []
    for rank in range(world):
        words = [sys.executable, str(WORKER), *map(str, (rank, world, stage, kind, WORK / f"{name}-meet", WORK / name))]
        with open(WORK / f"{name}-{rank}.log", "w", encoding="utf-8") as log:
            ranks.append(subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT))
    codes = [rank.wait(timeout=RANK_SECONDS) for rank in ranks]
    return [f"rank {rank} of {name} ended {code}: " + (WORK / f"{name}-{rank}.log").read_text(encoding="utf-8")[-3000:]
            for rank, code in enumerate(codes) if code]


def trained(name, stage, world, kind="bf16"):
    if wrong := train(name, stage, world, kind):  # its ranks, not ours: once more, aloud
        print("note: DeepSpeed had to train again:", " ".join(wrong[0].split())[:300])
        print(*wrong, sep="\n")
        shutil.rmtree(WORK / name, ignore_errors=True)
        (WORK / f"{name}-meet").unlink(missing_ok=True)
        wrong = train(name, stage, world, kind)
        assert not wrong, wrong
    return WORK / name


def saved(source, *words):
    out = WORK / f"{source.name}-out{len(words)}"
    slipway("save", source, "--out", out, "--keep-tied", "--allow-nan", *words)
    return load_file(out / "model.safetensors")


def bits(tensor):
    """Equal bits, NaN included: now and then DeepSpeed's stage 3 on the CPU trains one."""
    tensor = tensor.contiguous()
    return tensor.view(torch.uint8) if tensor.ndim else tensor.reshape(1).view(torch.uint8)


def expect_the_stock_tools_masters(source, ours):
    stock = get_fp32_state_dict_from_zero_checkpoint(str(source))
    more = set(ours) - set(stock)  # of stage 1 the stock tool loses what was frozen
    assert set(stock) <= set(ours) and all(name.startswith("frozen") for name in more), set(ours) ^ set(stock)
    for name, tensor in stock.items():
        assert ours[name].shape == tensor.shape, name
        assert torch.equal(bits(ours[name].float()), bits(tensor.float())), name
    trained_names = [name for name in stock if not name.startswith(("frozen", "steps", "scale"))]
    assert len(trained_names) >= 7 and all(ours[name].dtype == torch.float32 for name in trained_names)
    assert ours["steps"].dtype == torch.int64


def module_of(source, file):
    tag = (source / "latest").read_text().strip()
    return torch.load(source / tag / file, weights_only=False)["module"]


@check
def stages_1_and_2_give_the_masters_and_without_a_wish_the_models_own_weights():
    for name, stage, world, kind in (("one", 1, 2, "bf16"), ("two", 2, 3, "bf16"), ("robin", 2, 2, "robin")):
        source = trained(name, stage, world, kind)
        expect_the_stock_tools_masters(source, saved(source, "--dtype", "float32"))
        ours, module = saved(source), module_of(source, "mp_rank_00_model_states.pt")
        assert set(ours) == set(module)
        for tensor_name, tensor in module.items():
            assert ours[tensor_name].dtype == tensor.dtype and torch.equal(bits(ours[tensor_name]), bits(tensor)), tensor_name


@check
def stage_3_is_put_together_from_all_ranks_and_buffers_keep_their_type():
    for name, world, kind in (("three", 3, "bf16"), ("alone", 1, "bf16"), ("wide", 2, "fp32")):
        source = trained(name, 3, world, kind)
        ours = saved(source)
        expect_the_stock_tools_masters(source, ours)
        module = module_of(source, "zero_pp_rank_0_mp_rank_00_model_states.pt")
        assert ours["scale"].dtype == module["scale"].dtype
        if kind == "bf16":
            assert ours["frozen.weight"].dtype == torch.bfloat16


@check
def the_bf16_optimizers_padding_is_left_out():
    source = trained("masters", 1, 2, "masters")
    ours, module = saved(source, "--dtype", "float32"), module_of(source, "mp_rank_00_model_states.pt")
    for name, tensor in module.items():
        assert torch.equal(bits(ours[name].to(tensor.dtype)), bits(tensor)), name
    assert any(not torch.equal(ours[name], module[name].float()) for name in module if module[name].is_floating_point())


if __name__ == "__main__":
    sys.exit(run_checks())
