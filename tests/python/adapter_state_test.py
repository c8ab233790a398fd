#!/usr/bin/env python3
"""What the state of an adapter's training holds, as accelerate, torch and its distributed checkpoints leave it: the frozen base beside the
adapter, under the names of the model in memory. Saved, it must be what peft's own save_pretrained gives, key for key and bit for bit.

    adapter_state_test.py PROGRAM   (run by the Python of the newer era's venv)
"""
import functools
import shutil
import subprocess
import sys

from ground import PROGRAM, ROOT, WORK, check, hub, run_checks, slipway as program

import torch
from safetensors.torch import load_file, save_file

BASE = ROOT / "examples/bases/tiny-qwen"
KINDS = {
    "plain": {},
    "head": {"modules_to_save": ["lm_head"]},
    "both": {"modules_to_save": ["embed_tokens", "lm_head"]},
    "norms": {"modules_to_save": ["norm"]},  # each norm of each layer as well
    "rows": {"trainable_token_indices": [3, 7]},
    "dora": {"use_dora": True},
    "bias": {"bias": "lora_only"},
    "embedding": {"target_modules": ["q_proj", "embed_tokens"]},
    "parameter": {"target_modules": [], "target_parameters": ["q_proj.weight"]},
}


@functools.cache
def trained(kind):
    """A peft model with an adapter that changes something, and the folder that save_pretrained makes of it."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM
    torch.manual_seed(1)
    base = AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.float32)
    model = get_peft_model(base, LoraConfig(**{"r": 4, "target_modules": ["q_proj", "v_proj"], "task_type": "CAUSAL_LM", **KINDS[kind]}))
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(torch.randn_like(parameter) * 0.05)
    model.save_pretrained(WORK / f"stock-{kind}")
    return model.eval(), WORK / f"stock-{kind}"


def by_accelerate(model, folder, safe=True):
    from accelerate import Accelerator
    accelerator = Accelerator(cpu=True)
    accelerator.prepare(model)
    accelerator.save_state(folder, safe_serialization=safe)


def by_dcp(model, folder):
    from torch.distributed.checkpoint import save
    save({"model": {name: tensor.contiguous() for name, tensor in model.state_dict().items()}},
         checkpoint_id=folder / "pytorch_model_fsdp_0", no_dist=True)


WRITERS = {
    "model.safetensors": by_accelerate,
    "pytorch_model.bin": functools.partial(by_accelerate, safe=False),
    "pytorch_model_fsdp.bin": lambda model, folder: torch.save(model.state_dict(), folder / "pytorch_model_fsdp.bin"),
    "pytorch_model_fsdp_0": by_dcp,
}


def state(kind, writer, config=True, change=None):
    """The folder of the state; `change` alters it first."""
    model, stock = trained(kind)
    folder = WORK / f"state-{len(list(WORK.glob('state-*')))}"
    folder.mkdir()
    WRITERS[writer](model, folder)
    assert (folder / writer).exists(), list(folder.iterdir())
    if config:
        shutil.copy(stock / "adapter_config.json", folder)
    if change:
        weights = load_file(folder / writer)
        change(weights)
        save_file(weights, folder / writer, {"format": "pt"})
    return folder


def saved(folder, *words):
    out = WORK / f"saved-{len(list(WORK.glob('saved-*')))}"
    return program("save", folder, "--out", out, "--base", BASE, *words), out


def refused(*words):
    done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 1, (done.returncode, done.stderr)
    return done.stderr


def logits(model):
    with torch.no_grad():
        return model(torch.arange(20).reshape(2, 10)).logits


def loaded(adapter):
    from peft import PeftModel
    from transformers import AutoModelForCausalLM
    return PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.float32), adapter).eval()


@check
def every_kind_of_state_is_saved_as_peft_saves_it():
    for kind in KINDS:
        model, stock = trained(kind)
        theirs = load_file(stock / "adapter_model.safetensors")
        for writer in WRITERS:
            result, out = saved(state(kind, writer))
            ours = load_file(out / "adapter_model.safetensors")
            assert ours.keys() == theirs.keys(), (kind, writer, ours.keys() ^ theirs.keys())
            assert all(torch.equal(ours[name], tensor) for name, tensor in theirs.items()), (kind, writer)
            assert "adapter-frozen-left-out" in {each["code"] for each in result["warnings"]}, (kind, writer, result)
        assert torch.equal(logits(loaded(out)), logits(model)), kind


@check
def merged_it_is_what_the_saved_adapter_merges_to():
    for kind in KINDS:
        _, of_state = saved(state(kind, "model.safetensors"), "--merge")
        _, of_stock = saved(trained(kind)[1], "--merge")
        assert (of_state / "model.safetensors").read_bytes() == (of_stock / "model.safetensors").read_bytes(), kind


@check
def without_its_config_no_state_passes_for_a_model():
    for writer in WRITERS:
        folder = state("plain", writer, config=False)
        shutil.copy(BASE / "config.json", folder)
        for command in (("save", folder, "--out", WORK / "none"), ("publish", folder, "--no-push", "--out", WORK / "none")):
            said = refused(*command)
            assert "adapter_config.json" in said and "lora_" in said and writer in said, said
        found = program("inspect", folder)
        assert [each["code"] for each in found["problems"]] == ["adapter-without-config"], found["problems"]


@check
def what_was_trained_beside_the_adapter_and_declared_nowhere_is_not_left_out():
    name = "base_model.model.model.norm.weight"
    folder = state("plain", "model.safetensors", change=lambda weights: weights[name].add_(1))
    said = refused("save", folder, "--out", WORK / "none", "--base", BASE)
    assert name in said and "modules_to_save" in said, said


@check
def embeddings_that_have_grown_stay():
    name = "base_model.model.model.embed_tokens.weight"

    def grow(weights):
        weights[name] = torch.cat([weights[name], torch.ones(2, weights[name].shape[1])])
    _, out = saved(state("plain", "model.safetensors", change=grow))
    assert load_file(out / "adapter_model.safetensors")[name].shape[0] == 450


@check
def two_adapters_in_one_state_are_refused():
    def double(weights):
        for name in [name for name in weights if ".default." in name]:
            weights[name.replace(".default.", ".reference.")] = weights[name].clone()
    done = subprocess.run([PROGRAM, "save", state("plain", "model.safetensors", change=double), "--out", WORK / "none"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 5 and "two adapters" in done.stderr, done


@check
def a_whole_model_beside_an_adapters_config_is_no_adapter():
    folder = WORK / "whole"
    shutil.copytree(BASE, folder)
    shutil.copy(trained("plain")[1] / "adapter_config.json", folder)
    assert "adapter_model.safetensors" in refused("save", folder, "--out", WORK / "none")


@check
def of_an_adapter_that_transformers_itself_put_on_the_names_are_those_of_its_own_save():
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM
    from transformers.integrations import peft as integration
    integration.check_peft_version = lambda **_: None  # it asks for a newer one than the era has
    model = AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.float32)
    model.add_adapter(LoraConfig(r=4, target_modules=["q_proj"]))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.add_(torch.randn_like(parameter) * 0.05)
    model.save_pretrained(WORK / "own-save")
    shutil.copytree(WORK / "own-save", WORK / "own-state", ignore=shutil.ignore_patterns("adapter_model*"))
    by_accelerate(model, WORK / "own-state")
    _, out = saved(WORK / "own-state")
    ours, theirs = (load_file(folder / "adapter_model.safetensors") for folder in (out, WORK / "own-save"))
    assert ours.keys() == theirs.keys() and all(torch.equal(ours[name], tensor) for name, tensor in theirs.items()), ours.keys()
    assert torch.equal(logits(loaded(out)), logits(model.eval()))


@check
def the_state_of_another_kind_of_adapter_is_refused():
    from peft import IA3Config, get_peft_model
    from transformers import AutoModelForCausalLM
    settings = IA3Config(task_type="CAUSAL_LM", target_modules=["k_proj"], feedforward_modules=[])
    folder = WORK / "ia3"
    by_accelerate(get_peft_model(AutoModelForCausalLM.from_pretrained(BASE), settings), folder)
    said = refused("save", folder, "--out", WORK / "none")
    assert "adapter_config.json" in said and "base_model.model." in said, said
    settings.save_pretrained(folder)
    (folder / "model.safetensors").rename(folder / "adapter_model.safetensors")
    for command in (("save", folder), ("publish", folder, "--no-push")):
        said = refused(*command, "--out", WORK / "none", "--base", BASE)
        assert "ia3_l.default" in said and "save_pretrained" in said, said


@check
def streamed_onto_a_base_on_a_hub_it_is_the_same():
    for kind in ("head", "rows"):
        folder = state(kind, "model.safetensors")
        for file in BASE.glob("*token*"):
            shutil.copy(file, folder)
        for name, words in ((f"me/{kind}", ()), (f"me/{kind}-merged", ("--merge",))):
            program("publish", folder, "--to", name, "--stream", "--base", "hf://me/base", *words)
            program("pull", name, "--out", WORK / name)
        ours, theirs = (load_file(at / "adapter_model.safetensors") for at in (WORK / "me" / kind, trained(kind)[1]))
        assert ours.keys() == theirs.keys(), ours.keys() ^ theirs.keys()
        _, here = saved(trained(kind)[1], "--merge")
        assert (WORK / f"me/{kind}-merged/model.safetensors").read_bytes() == (here / "model.safetensors").read_bytes(), kind


def main():
    with hub():
        program("push", BASE, "me/base", "--public")
        return run_checks()


if __name__ == "__main__":
    sys.exit(main())
