#!/usr/bin/env python3
"""Trainings of trl's SFTTrainer under real DeepSpeed ZeRO-3, two ranks on the CPU, ended as the alignment-handbook ends them; published by
one command, beside what DeepSpeed's own zero_to_fp32 makes of the same checkpoint.

    zero_training_test.py PROGRAM   (run by the Python of scripts/oracles.sh deepspeed)

`sharded`: with zero3_save_16bit_model false, where only optimizer shards hold weights; `gathered`: as the handbook has it, true;
`adapter`: a LoRA, `sharded`; `adapter-stage-2`: the same under ZeRO-2, whose state holds the frozen head that is tied to the embeddings.
"""
import functools
import os
import pathlib
import shutil
import subprocess
import sys

from ground import ROOT, WORK, check, hub, run_checks, slipway as program

WORKER = pathlib.Path(__file__).with_name("zero_training_worker.py")
RANK_SECONDS = 150
BASE = ROOT / "examples/bases/tiny-qwen"


@functools.cache
def trained(name):
    """The folder of a training."""
    save_16bit = "true" if name == "gathered" else "false"
    logs = [WORK / f"{name}-{rank}.log" for rank in (0, 1)]
    ranks = []
    for rank, log in enumerate(logs):
        with open(log, "w", encoding="utf-8") as out:
            ranks.append(subprocess.Popen([sys.executable, WORKER, str(rank), name, save_16bit], cwd=WORK, stdout=out, stderr=out))
    try:
        codes = [rank.wait(timeout=RANK_SECONDS) for rank in ranks]
    finally:
        for rank in ranks:
            rank.kill()
    assert not any(codes), "".join(log.read_text(encoding="utf-8")[-3000:] for log in logs)
    return WORK / name


@functools.cache
def published(name):
    """The training's folder and what one command said of it."""
    return trained(name), program("publish", trained(name), "--base", BASE, "--out", WORK / f"{name}-release", "--to", f"me/{name}")


def codes(result):
    return {each["code"] for each in result["warnings"]} | {each["code"] for each in result["fixes"]}


def logits(model, folder):
    import torch
    from transformers import AutoTokenizer
    ids = AutoTokenizer.from_pretrained(folder)("What is a slipway?", return_tensors="pt").input_ids
    with torch.no_grad():
        return model(ids).logits


def stock_model(checkpoint):
    """zero_to_fp32 of the checkpoint, in the 16 bits that the training had, in the base's class."""
    import torch
    from deepspeed.utils.zero_to_fp32 import get_fp32_state_dict_from_zero_checkpoint
    from transformers import AutoModelForCausalLM
    weights = get_fp32_state_dict_from_zero_checkpoint(str(checkpoint))
    model = AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.bfloat16)
    before = model.model.embed_tokens.weight.clone()
    model.load_state_dict({name: tensor.to(torch.bfloat16) for name, tensor in weights.items()}, strict=False)
    assert not torch.equal(before, model.model.embed_tokens.weight), "the training changed nothing"
    return model


def assert_loads_with_the_stock_logits(name, checkpoint):
    import torch
    from transformers import AutoModelForCausalLM
    pulled = WORK / f"{name}-pulled"
    program("pull", f"me/{name}", "--out", pulled)
    ours, info = AutoModelForCausalLM.from_pretrained(pulled, dtype="auto", output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"], info
    assert ours.dtype == torch.bfloat16
    mine = logits(ours, pulled)
    assert torch.isfinite(mine).all() and torch.equal(mine, logits(stock_model(checkpoint), pulled))


@check
def the_sharded_run_has_no_weights_but_those_of_the_optimizer():
    run, _ = published("sharded")
    assert not list(run.glob("*.safetensors")) and not list(run.glob("pytorch_model*")), os.listdir(run)
    assert list(run.glob("global_step3/*_optim_states.pt"))


@check
def one_command_publishes_it():
    run, result = published("sharded")
    assert {"weights-converted", "weights-cast"} <= codes(result), codes(result)
    assert program("inspect", run)["format"] == "zero"
    files = {each["path"] for each in result["files"]}
    assert {"model.safetensors", "config.json", "tokenizer.json", "README.md"} <= files, files
    assert not any("zero" in path or "global_step" in path or path == "latest" for path in files), files


@check
def it_loads_with_the_logits_of_the_stock_tools_output():
    run, _ = published("sharded")
    assert_loads_with_the_stock_logits("sharded", run)


@check
def the_gathered_run_is_published_and_loads_with_the_same_logits_as_its_shards():
    run, result = published("gathered")
    assert "weights-converted" not in codes(result)
    assert_loads_with_the_stock_logits("gathered", run / "checkpoint-3")


@check
def a_last_save_that_did_not_end_is_passed_over_for_the_newest_checkpoint():
    run, _ = published("sharded")
    (run / "latest").rename(WORK / "latest")
    try:
        found = program("inspect", run)
        assert found["path"].endswith("checkpoint-3") and found["format"] == "zero", found["path"]
    finally:
        (WORK / "latest").rename(run / "latest")


def adapter_of(folder):
    from safetensors.torch import load_file
    return load_file(folder / "adapter_model.safetensors")


@functools.cache
def stock_adapter():
    """zero_to_fp32 of the last checkpoint, under the names that peft saves."""
    from deepspeed.utils.zero_to_fp32 import get_fp32_state_dict_from_zero_checkpoint
    weights = get_fp32_state_dict_from_zero_checkpoint(str(trained("adapter") / "checkpoint-3"))
    assert weights and all(".default." in name for name in weights), list(weights)
    return {name.replace(".default.", "."): tensor for name, tensor in weights.items()}


@check
def an_adapters_run_is_published_with_all_that_was_trained():
    import torch
    _, result = published("adapter")
    assert {each["path"] for each in result["files"]} >= {"adapter_model.safetensors", "adapter_config.json"}
    ours = adapter_of(WORK / "adapter-release")
    assert ours.keys() == stock_adapter().keys(), ours.keys() ^ stock_adapter().keys()
    assert any(tensor.abs().max() > 0 for name, tensor in ours.items() if "lora_B" in name), "the training changed nothing"
    assert all(torch.equal(tensor, stock_adapter()[name].to(tensor.dtype)) for name, tensor in ours.items())


@check
def an_adapter_that_only_its_shards_hold_gets_the_names_that_peft_looks_for():
    import torch
    shards = WORK / "shards"
    shutil.copytree(trained("adapter") / "checkpoint-3", shards, ignore=shutil.ignore_patterns("adapter_model*"))
    assert program("inspect", shards)["format"] == "zero"
    result = program("save", shards, "--out", WORK / "from-shards", "--dtype", "keep")
    assert {"names-wrapped", "weights-converted"} <= codes(result), codes(result)
    ours = adapter_of(WORK / "from-shards")
    assert ours.keys() == stock_adapter().keys() and all(torch.equal(ours[name], tensor) for name, tensor in stock_adapter().items())


@check
def of_a_stage_2_state_the_frozen_tied_head_stays_behind():
    import torch
    shards = WORK / "stage-2"
    shutil.copytree(trained("adapter-stage-2") / "checkpoint-3", shards, ignore=shutil.ignore_patterns("adapter_model*"))
    held = torch.load(shards / "global_step3/mp_rank_00_model_states.pt", weights_only=False)["module"]
    assert "base_model.model.lm_head.weight" in held, list(held)
    result = program("save", shards, "--out", WORK / "from-stage-2", "--base", BASE)
    assert "adapter-frozen-left-out" in codes(result), codes(result)
    ours, theirs = adapter_of(WORK / "from-stage-2"), adapter_of(trained("adapter-stage-2") / "checkpoint-3")
    assert ours.keys() == theirs.keys() and all(torch.equal(ours[name], tensor) for name, tensor in theirs.items())


def main():
    with hub():
        program("push", BASE, "slipway-lab/tiny-qwen", "--public")
        return run_checks()


if __name__ == "__main__":
    sys.exit(main())
