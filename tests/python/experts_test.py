#!/usr/bin/env python3
"""Experts of mixtures: stacked and apart as transformers has them, and LoRA on either form merged as peft merges it.

    experts_test.py PROGRAM   (the slipway program; run by the Python of the oracles' venvs, of either era)

transformers 4 keeps each expert's matrices alone, transformers 5 holds them stacked and saves them apart. Adapters that
were trained on transformers 4 are built here by the names that peft gives them there, which the run of that era checks.
"""
import json
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from ground import PROGRAM, WORK, check, run_checks, slipway  # noqa: E402
from merging import shaken, wrong  # noqa: E402

import subprocess  # noqa: E402

import peft  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

ERA5 = int(transformers.__version__.split(".")[0]) >= 5
SIZES = {"vocab_size": 64, "hidden_size": 96, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 2,
         "max_position_embeddings": 64, "num_experts_per_tok": 2, "tie_word_embeddings": False, "pad_token_id": 0}
EXPERTS = 4
MODELS = {
    "mixtral": {"num_local_experts": EXPERTS, "intermediate_size": 40},
    "qwen3_moe": {"num_experts": EXPERTS, "moe_intermediate_size": 40, "intermediate_size": 64, "head_dim": 48},
    "olmoe": {"num_experts": EXPERTS, "intermediate_size": 40},
    "deepseek_v3": {"n_routed_experts": EXPERTS, "moe_intermediate_size": 40, "intermediate_size": 64, "first_k_dense_replace": 1, "n_group": 1,
                    "topk_group": 1, "kv_lora_rank": 16, "q_lora_rank": 16, "qk_rope_head_dim": 16, "qk_nope_head_dim": 16, "v_head_dim": 16},
}


def load(folder):
    return transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)


def model_of(model_type):
    """A tiny model with random weights, and the folder that transformers saved it in: experts apart."""
    folder = WORK / f"model-{model_type}"
    if not folder.exists():
        torch.manual_seed(5)
        config = transformers.AutoConfig.for_model(model_type, **SIZES, **MODELS[model_type])
        transformers.AutoModelForCausalLM.from_config(config).to(torch.bfloat16).save_pretrained(folder)
    return folder


def tensors_of(folder):
    found = {}
    for file in sorted(folder.glob("*.safetensors")):
        found.update(load_file(file))
    return found


def saved(source, name, *flags):
    out = WORK / name
    shutil.rmtree(out, ignore_errors=True)
    return out, slipway("save", source, "--out", out, *flags)


def stacked_of(model_type):
    return saved(model_of(model_type), f"stacked-{model_type}", "--experts", "stacked", "--max-shard-size", "100KB")


def same(ours, theirs):
    assert set(ours) == set(theirs), sorted(set(ours) ^ set(theirs))[:6]
    for name, value in theirs.items():
        assert ours[name].dtype == value.dtype and torch.equal(ours[name], value), name


def logits(folder):
    model, told = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16, output_loading_info=True)
    assert not told["missing_keys"] and not told["unexpected_keys"] and not told["mismatched_keys"], told
    with torch.no_grad():
        return model(torch.arange(1, 41).reshape(2, 20)).logits


for one in MODELS:
    def there_and_back(one=one):
        folder, result = stacked_of(one)
        assert "experts-restacked" in {fix["code"] for fix in result["fixes"]}, result["fixes"]
        if ERA5:
            stored = set(tensors_of(folder))
            # What the class computes with in 32 bits is stored as it was saved.
            same(tensors_of(folder), {name: value.to(torch.bfloat16) for name, value in load(model_of(one)).state_dict().items()
                                      if name in stored})
            assert torch.equal(logits(folder), logits(model_of(one)))
        back, _ = saved(folder, f"back-{one}", "--experts", "apart")
        same(tensors_of(back), tensors_of(model_of(one)))
        assert torch.equal(logits(back), logits(model_of(one)))
        again, result = saved(back, f"again-{one}", "--experts", "apart")
        assert "experts-restacked" not in {fix["code"] for fix in result["fixes"]}
        assert (again / "model.safetensors").read_bytes() == (back / "model.safetensors").read_bytes()
    there_and_back.__name__ = f"experts of {one} are stacked as transformers 5 holds them and come apart as they were"
    check(there_and_back)


def refused(code, word, *words):
    done = subprocess.run([PROGRAM, *map(str, words), "--json"], capture_output=True, text=True, check=False)
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["exit_code"] == done.returncode == code and word in said["error"]["message"], said


@check
def what_has_no_other_form_is_refused_by_name():
    folder = WORK / "unknown"
    shutil.copytree(model_of("mixtral"), folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "of_its_own"}))
    refused(1, "'of_its_own'", "save", folder, "--out", WORK / "no", "--experts", "stacked")
    refused(2, "stacked and apart", "save", folder, "--out", WORK / "no", "--experts", "fused")
    refused(2, "--out", "publish", model_of("mixtral"), "--experts", "stacked", "--no-push")
    assert not (WORK / "no").exists()


NAMES = {"mixtral": ("block_sparse_moe", ("w1", "w3", "w2")), "qwen3_moe": ("mlp", ("gate_proj", "up_proj", "down_proj"))}


def era4_adapter(model_type):
    """As peft saves one that was trained on transformers 4: each expert's matrices have their own."""
    block, parts = NAMES[model_type]
    base = tensors_of(model_of(model_type))
    generator = torch.Generator().manual_seed(11)
    tensors = {}
    for name in sorted(base):
        module = name.removesuffix(".weight")
        if f".{block}.experts." in name or module.endswith((f".{block}.gate", "q_proj")):
            out, inputs = base[name].shape
            tensors[f"base_model.model.{module}.lora_A.weight"] = 0.1 * torch.randn(8, inputs, generator=generator)
            tensors[f"base_model.model.{module}.lora_B.weight"] = 0.3 * torch.randn(out, 8, generator=generator)
    folder = WORK / f"era4-{model_type}"
    folder.mkdir(exist_ok=True)
    save_file(tensors, folder / "adapter_model.safetensors", {"format": "pt"})
    config = peft.LoraConfig(r=8, lora_alpha=16, target_modules=["q_proj", "gate", *parts], task_type="CAUSAL_LM",
                             base_model_name_or_path=str(model_of(model_type)))
    config.save_pretrained(folder)
    return folder


def roundings_apart(ours, theirs, base):
    """Elements that another rounding of the change, to the base's type before the sum, does not explain."""
    change = (theirs.float() - base.float()).abs()
    return int(((ours.float() - theirs.float()).abs() > 1.01 * 2.0 ** -8 * (change + 2 * theirs.float().abs())).sum())


def beside_peft(ours, theirs, base, other_rounding=()):
    """`other_rounding`: what this era's peft takes for another kind of module than the adapter's own era."""
    assert set(ours) == set(theirs), sorted(set(ours) ^ set(theirs))[:6]
    changed = 0
    for name, value in theirs.items():
        differ = roundings_apart(ours[name], value, base[name]) if any(word in name for word in other_rounding) else wrong(ours[name], value)
        assert differ == 0, f"{name}: {differ} of {value.numel()}"
        if ".experts." in name or name.endswith((".gate.weight", "q_proj.weight")):
            changed += 1
            assert wrong(base[name], value) > 0.5 * value.numel(), f"{name}: the base itself passes"
            assert roundings_apart(base[name], value, base[name]) > 0.5 * value.numel(), f"{name}: the base itself passes"
    assert changed > 4


for one in NAMES:
    def of_era_4(one=one):
        adapter, base = era4_adapter(one), model_of(one)
        if not ERA5:
            theirs = peft.get_peft_model(load(base), peft.PeftConfig.from_pretrained(adapter))
            assert set(peft.get_peft_model_state_dict(theirs)) == set(load_file(adapter / "adapter_model.safetensors"))
        theirs = peft.PeftModel.from_pretrained(load(base), adapter).merge_and_unload().state_dict()
        merged, _ = saved(adapter, f"merged-{one}", "--merge", "--base", base)
        assert set(tensors_of(merged)) == set(tensors_of(base))
        beside_peft(load(merged).state_dict(), theirs, load(base).state_dict(), (".experts.", ".gate.") if ERA5 else ())
        stacked, _ = stacked_of(one)
        merged, result = saved(adapter, f"merged-stacked-{one}", "--merge", "--base", stacked, "--max-shard-size", "50KB")
        assert set(tensors_of(merged)) == set(tensors_of(stacked))
        told = [row["tensor"] for row in result["merged"]["modules"]]
        assert sum("gate_up_proj" in name for name in told) == 2, told
        apart, _ = saved(merged, f"merged-apart-{one}", "--experts", "apart")
        beside_peft(load(apart).state_dict(), theirs, load(base).state_dict(), (".gate.",) if ERA5 else (".experts.",))
        at_once, _ = saved(adapter, f"merged-at-once-{one}", "--merge", "--base", stacked, "--experts", "apart")
        same(tensors_of(at_once), tensors_of(apart))
    of_era_4.__name__ = f"an adapter of transformers 4 on single experts of {one} is merged onto both forms"
    check(of_era_4)


if ERA5:
    @check
    def an_adapter_of_transformers_5_on_stacks_of_mixtral_is_merged_onto_both_forms():
        base, adapter = model_of("mixtral"), WORK / "era5"
        model = peft.get_peft_model(load(base), peft.LoraConfig(
            r=8, lora_alpha=16, target_modules=["q_proj"],
            target_parameters=["mlp.experts.gate_up_proj", "mlp.experts.down_proj", "mlp.gate.weight"]))
        shaken(model)
        model.save_pretrained(adapter)
        theirs = peft.PeftModel.from_pretrained(load(base), adapter).merge_and_unload().state_dict()
        stacked, _ = stacked_of("mixtral")
        for name, onto in (("era5-apart", base), ("era5-stacked", stacked)):
            merged, _ = saved(adapter, name, "--merge", "--base", onto)
            beside_peft(load(merged).state_dict(), theirs, load(base).state_dict())

    def trained_as(one, base, **options):
        """An adapter that transformers 5 and peft make of these targets, and the model that peft merges it into."""
        adapter = WORK / f"named-{one}"
        shutil.rmtree(adapter, ignore_errors=True)
        model = peft.get_peft_model(load(base), peft.LoraConfig(r=8, lora_alpha=16, task_type="CAUSAL_LM", **options))
        shaken(model)
        model.save_pretrained(adapter)
        return adapter, peft.PeftModel.from_pretrained(load(base), adapter).merge_and_unload().state_dict()

    OLD_NAMES = {"mixtral": ["q_proj", "gate", "w1", "w2", "w3"], "qwen3_moe": ["q_proj", "gate_proj", "up_proj", "down_proj"],
                 "olmoe": "all-linear", "deepseek_v3": ["gate_proj", "up_proj", "down_proj"]}

    @check
    def the_bare_names_that_peft_writes_for_the_experts_old_names_are_merged_onto_both_forms():
        for one, targets in OLD_NAMES.items():
            base = model_of(one)
            adapter, theirs = trained_as(one, base, target_modules=targets)
            told = json.loads((adapter / "adapter_config.json").read_text())["target_parameters"]
            assert {"gate_up_proj", "down_proj"} <= set(told), told
            stacked, _ = stacked_of(one)
            for name, onto in (("bare-apart", base), ("bare-stacked", stacked)):
                merged, _ = saved(adapter, f"{name}-{one}", "--merge", "--base", onto)
                ours, plain = load(merged).state_dict(), load(base).state_dict()
                assert set(ours) == set(theirs)
                for tensor, value in theirs.items():
                    assert wrong(ours[tensor], value) == 0, f"{one}: {tensor}"
                    if ".experts." in tensor and tensor.endswith("_proj"):
                        assert wrong(plain[tensor], value) > 0.5 * value.numel(), f"{one}: {tensor}: the base itself passes"

    @check
    def granites_stacks_are_found_under_the_names_of_its_files():
        torch.manual_seed(5)
        config = transformers.AutoConfig.for_model("granitemoe", **SIZES, num_local_experts=EXPERTS, intermediate_size=40)
        base = WORK / "model-granitemoe"
        transformers.AutoModelForCausalLM.from_config(config).to(torch.bfloat16).save_pretrained(base)
        adapter, theirs = trained_as("granitemoe", base, target_modules=["q_proj"], target_parameters=["experts.gate_up_proj", "down_proj"])
        merged, _ = saved(adapter, "merged-granitemoe", "--merge", "--base", base)
        assert set(tensors_of(merged)) == set(tensors_of(base))
        ours, plain = load(merged).state_dict(), load(base).state_dict()
        for tensor, value in theirs.items():
            assert wrong(ours[tensor], value) == 0, tensor
            if ".experts." in tensor:
                assert wrong(plain[tensor], value) > 0.5 * value.numel(), f"{tensor}: the base itself passes"


if __name__ == "__main__":
    sys.exit(run_checks())
