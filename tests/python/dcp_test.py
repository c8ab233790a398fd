#!/usr/bin/env python3
"""Distributed checkpoints that two ranks of the real torch write, beside what the stock converters make of them.

    dcp_test.py PROGRAM   (run by the Python of an era's venv)
"""
import functools
import json
import os
import pathlib
import shutil
import subprocess
import sys

from ground import PROGRAM, ROOT, WORK, check, hub, run_checks, slipway as program

SECONDS = 240
HERE = pathlib.Path(__file__).parent


def launch(worker, *words):
    torchrun = pathlib.Path(sys.executable).with_name("torchrun")
    command = [torchrun, "--standalone", "--nproc-per-node", "2", HERE / worker, *words]

    def once():
        return subprocess.run(command, cwd=WORK, timeout=SECONDS, capture_output=True, text=True, check=False)

    done = once()
    if done.returncode != 0:  # torch's ranks, not ours: once more, aloud
        print("note: torch had to train again:", " ".join(done.stderr[-300:].split()))
        done = once()
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-6000:]


@functools.cache
def written():
    launch("dcp_worker.py", WORK / "written")
    return WORK / "written"


def saved(folder, *words):
    """What `save` makes of the folder, as torch tensors."""
    from safetensors.torch import load_file
    out = WORK / f"saved-{len(list(WORK.glob('saved-*')))}"
    program("save", folder, "--out", out, *words)
    return load_file(out / "model.safetensors")


def converted(folder):
    """What dcp_to_torch_save makes of it."""
    import torch
    from torch.distributed.checkpoint.format_utils import dcp_to_torch_save
    dcp_to_torch_save(folder, WORK / "converted.pt")
    return torch.load(WORK / "converted.pt", weights_only=True)


def assert_same_bits(ours, theirs):
    import torch
    assert ours.keys() == theirs.keys(), ours.keys() ^ theirs.keys()
    for name, tensor in theirs.items():
        assert ours[name].dtype == tensor.dtype and ours[name].shape == tensor.shape, name
        raw = [one.contiguous().reshape(-1).view(torch.uint8) for one in (ours[name], tensor)]
        assert torch.equal(*raw), name


def refused(folder):
    done = subprocess.run([PROGRAM, "save", folder, "--out", WORK / "refused"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 or done.returncode == 5, (done.returncode, done.stderr)
    return done.stderr


def bent(name):
    """A copy to be broken."""
    shutil.copytree(written() / name, WORK / "bent", dirs_exist_ok=False)
    return WORK / "bent"


@check
def fsdp2_is_what_the_stock_converters_make_of_it():
    from accelerate.utils.fsdp_utils import merge_fsdp_weights
    from safetensors.torch import load_file
    ours = saved(written() / "fsdp2")
    assert_same_bits(ours, converted(written() / "fsdp2/pytorch_model_fsdp_0")["model"])
    merge_fsdp_weights(written() / "fsdp2/pytorch_model_fsdp_0", WORK / "merged")
    assert_same_bits(ours, load_file(WORK / "merged/model.safetensors"))


@check
def fsdp1_is_read_without_its_optimizer():
    assert_same_bits(saved(written() / "fsdp1"), converted(written() / "fsdp1")["model"])


@check
def every_dtype_and_every_way_to_cut_comes_out_bit_for_bit():
    theirs = converted(written() / "plain")
    assert len(theirs) == 24
    assert_same_bits(saved(written() / "plain"), theirs)


@check
def safetensors_shards_are_put_together():
    import torch
    assert_same_bits(saved(written() / "hf"), torch.load(written() / "hf.pt", weights_only=True))


@check
def a_save_that_did_not_end_is_refused_by_name():
    folder = bent("fsdp2")
    try:
        (folder / "pytorch_model_fsdp_0/.metadata").unlink()
        said = refused(folder)
        assert "pytorch_model_fsdp_0/.metadata" in said and "did not end" in said, said
    finally:
        shutil.rmtree(folder)


@check
def a_rank_whose_file_is_elsewhere_is_named():
    folder = bent("plain")
    try:
        (folder / "__1_0.distcp").unlink()
        assert "__1_0.distcp" in refused(folder)
        (folder / "__1_0.distcp").write_bytes((written() / "plain/__1_0.distcp").read_bytes()[:-100])
        assert "__1_0.distcp" in refused(folder)
    finally:
        shutil.rmtree(folder)


@functools.cache
def trained():
    """RUN as the handbook leaves it, and the release of it that one command made."""
    launch("dcp_training_worker.py", PROGRAM)
    base = ROOT / "examples/bases/tiny-qwen"
    return program("publish", WORK / "run", "--base", base, "--out", WORK / "release", "--to", "me/trained"), WORK / "release"


@check
def the_handbooks_sharded_run_has_no_weights_of_its_own():
    trained()
    assert not list((WORK / "run").glob("*.safetensors")) and not list((WORK / "run").glob("*.bin")), os.listdir(WORK / "run")
    assert (WORK / "run/checkpoint-3/pytorch_model_fsdp_0/.metadata").exists()


@check
def one_command_publishes_it_and_says_which_checkpoint():
    result, _ = trained()
    codes = {each["code"] for each in result["warnings"]} | {each["code"] for each in result["fixes"]}
    assert {"checkpoint-picked", "weights-converted", "weights-cast", "file-borrowed"} <= codes, codes
    picked = next(each["message"] for each in result["warnings"] if each["code"] == "checkpoint-picked")
    assert "checkpoint-3" in picked, picked
    inspected = program("inspect", WORK / "run")
    assert inspected["format"] == "dcp" and inspected["path"].endswith("checkpoint-3"), inspected


@check
def it_loads_with_the_logits_of_the_stock_tools_output():
    import torch
    from accelerate.utils.fsdp_utils import merge_fsdp_weights
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM, AutoTokenizer
    _, release = trained()
    pulled = WORK / "pulled"
    program("pull", "me/trained", "--out", pulled)
    merge_fsdp_weights(WORK / "run/checkpoint-3/pytorch_model_fsdp_0", WORK / "stock")
    stock = AutoModelForCausalLM.from_pretrained(ROOT / "examples/bases/tiny-qwen", dtype=torch.bfloat16)
    before = stock.model.embed_tokens.weight.clone()
    weights = load_file(WORK / "stock/model.safetensors")
    assert all(tensor.dtype == torch.float32 for tensor in weights.values())
    stock.load_state_dict({name: tensor.to(torch.bfloat16) for name, tensor in weights.items()}, strict=False)
    assert not torch.equal(before, stock.model.embed_tokens.weight), "the training changed nothing"
    ours, info = AutoModelForCausalLM.from_pretrained(pulled, dtype="auto", output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"], info
    assert ours.dtype == torch.bfloat16
    ids = AutoTokenizer.from_pretrained(pulled)("What is a slipway?", return_tensors="pt").input_ids
    with torch.no_grad():
        assert torch.equal(ours(ids).logits, stock(ids).logits)


@check
def a_half_written_checkpoint_is_passed_over_for_the_one_before():
    trained()
    (WORK / "run/checkpoint-3/pytorch_model_fsdp_0/.metadata").rename(WORK / "metadata")
    try:
        found = program("inspect", WORK / "run")
        assert found["path"].endswith("checkpoint-2"), found["path"]
        assert any(each["code"] == "checkpoint-passed-over" and "checkpoint-3" in each["message"] for each in found["problems"]), found["problems"]
    finally:
        (WORK / "metadata").rename(WORK / "run/checkpoint-3/pytorch_model_fsdp_0/.metadata")


@check
def a_push_of_shards_says_that_the_weights_stay():
    trained()
    folder = WORK / "run/checkpoint-3"
    done = subprocess.run([PROGRAM, "push", folder, "me/shards"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "nothing to push" in done.stderr and "slipway publish" in done.stderr, done
    shutil.copy(WORK / "run/config.json", folder)
    try:
        done = subprocess.run([PROGRAM, "push", folder, "me/shards"], capture_output=True, text=True, check=False)
        assert done.returncode == 0 and "weights-stay-here" in done.stderr and "stays here:" in done.stdout, done
        assert [file["path"] for file in program("push", folder, "me/shards")["files"]] == ["config.json"]
    finally:
        (folder / "config.json").unlink()


# Each trained under FSDP2 by two ranks; what peft has to save beside the factors differs.
ADAPTERS = {
    "plain": {"r": 4},
    "every-kind": {"r": 4, "use_dora": True, "modules_to_save": ["norm"], "bias": "lora_only"},
}


@functools.cache
def adapter_trained(kind):
    launch("dcp_training_worker.py", PROGRAM, f"adapter-{kind}", json.dumps(ADAPTERS[kind]))
    return WORK / f"adapter-{kind}"


def lora_config(kind):
    sys.path.insert(0, str(ROOT / "examples"))
    from tiny import trainers
    return trainers.adapter(**ADAPTERS[kind])


def with_its_config(kind):
    """Nothing that the training leaves holds the adapter's settings; who trained it has them."""
    lora_config(kind).save_pretrained(adapter_trained(kind))
    return adapter_trained(kind)


def base_model(folder=ROOT / "examples/bases/tiny-qwen"):
    from transformers import AutoModelForCausalLM
    return AutoModelForCausalLM.from_pretrained(folder, dtype="auto")


def stock_adapter(kind):
    """The base with the adapter that torch's own converter takes out of the checkpoint."""
    from peft import get_peft_model, set_peft_model_state_dict
    model = get_peft_model(base_model(), lora_config(kind))
    weights = converted(adapter_trained(kind) / "checkpoint-3/pytorch_model_fsdp_0")["model"]
    assert any(tensor.abs().max() > 0 for name, tensor in weights.items() if "lora_B" in name), "the training changed nothing"
    assert not set_peft_model_state_dict(model, weights).unexpected_keys
    return model.eval()


def logits(model):
    import torch
    with torch.no_grad():
        return model(torch.arange(20).reshape(2, 10)).logits


@check
def an_adapters_sharded_run_is_refused_until_its_config_is_there():
    said = refused(adapter_trained("plain"))
    assert "adapter_config.json" in said and "lora_" in said and "checkpoint-3" in said, said
    done = subprocess.run([PROGRAM, "push", adapter_trained("plain") / "checkpoint-3", "me/shards"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "adapter_config.json" in done.stderr, done


@check
def with_its_config_every_adapter_is_published_and_loads_with_the_same_logits():
    import torch
    from peft import PeftModel
    for kind in ADAPTERS:
        pulled = WORK / f"adapter-{kind}-pulled"
        program("publish", with_its_config(kind), "--out", WORK / f"adapter-{kind}-release", "--to", f"me/adapter-{kind}")
        program("pull", f"me/adapter-{kind}", "--out", pulled)
        ours = PeftModel.from_pretrained(base_model(), pulled).eval()
        assert torch.equal(logits(ours), logits(stock_adapter(kind))) and not torch.equal(logits(ours), logits(base_model())), kind


@check
def merged_it_is_a_model_and_no_adapter():
    import torch
    for kind in ADAPTERS:
        out = WORK / f"adapter-{kind}-merged"
        program("save", with_its_config(kind), "--out", out, "--merge", "--base", ROOT / "examples/bases/tiny-qwen")
        assert not list(out.glob("adapter*")), os.listdir(out)
        assert torch.equal(logits(base_model(out)), logits(stock_adapter(kind).merge_and_unload())), kind


def main():
    with hub():
        program("push", ROOT / "examples/bases/tiny-qwen", "slipway-lab/tiny-qwen", "--public")
        return run_checks()


if __name__ == "__main__":
    sys.exit(main())
