#!/usr/bin/env python3
"""LoRA merges beside peft's: for every option the same weights, and never those of the base.

    merge_test.py PROGRAM   (the slipway program; run by the Python of the oracles' venv)

Each case trains nothing: an adapter of rank 64 with random matrices on layers of 4096 inputs or more, saved by peft,
merged by peft (merge_and_unload) and by `slipway save --merge`. A stored 16-bit number may differ by one unit in its
last place, or by 2^-20 of its row's largest (what another order of sums may do where W and the change all but
cancel); a 32-bit number by 2^-20 of its row's largest. The base itself must fail that comparison in every tensor that
the adapter changes.
"""
import json
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from ground import ROOT, WORK, check, run_checks, slipway  # noqa: E402
from merging import merge, refused, shaken, wrong  # noqa: E402
from merging_layers import MANY, ONE, Case, adapter_of, base_of, compare, merged_by_peft, stored_base  # noqa: E402

import peft  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402
from safetensors.torch import load_file  # noqa: E402

CASES = [
    ONE,
    Case("linear, float16", ("proj", "side"), torch.float16),
    Case("linear, float32", ("proj", "side"), torch.float32),
    Case("rsLoRA", options={"use_rslora": True, "lora_alpha": 16}),
    Case("rank and alpha patterns", ("proj", "side"),
         options={"rank_pattern": {r"^si.e": 32, "proj": 16}, "alpha_pattern": {"(side|x)": 7, "proj": 100}}),
    Case("fan_in_fan_out", ("turned", "proj"), options={"fan_in_fan_out": True}),
    Case("Conv1D that the config does not tell", ("turned",)),
    Case("embedding", ("embed",)),
    Case("embedding, float32", ("embed",), torch.float32),
    Case("conv", ("conv1", "conv2", "point", "conv3")),
    Case("conv, float32", ("conv1", "conv2", "point", "conv3"), torch.float32),
    Case("DoRA", ("proj", "side"), options={"use_dora": True}),
    Case("DoRA, float32", ("proj", "side"), torch.float32, options={"use_dora": True}),
    Case("DoRA, fan_in_fan_out", ("turned",), options={"use_dora": True, "fan_in_fan_out": True}),
    Case("DoRA, embedding", ("embed",), options={"use_dora": True}),
    Case("DoRA, conv", ("conv1", "conv2", "conv3"), options={"use_dora": True}),
    Case("lora_bias", changes=("proj.weight", "proj.bias"), options={"lora_bias": True}),
    Case("bias=all", changes=("proj.weight", *(f"{name}.bias" for name in (
        "proj", "turned", "conv1", "conv2", "point", "conv3", "norm", "head"))), options={"bias": "all"}),
    Case("bias=lora_only", changes=("proj.weight", "proj.bias"), options={"bias": "lora_only"}),
    Case("modules_to_save", changes=("proj.weight", "head.weight", "head.bias", "norm.weight", "norm.bias"),
         options={"modules_to_save": ["head", "norm"]}),
    Case("trainable_token_indices", changes=("proj.weight", "embed.weight"),
         options={"trainable_token_indices": {"embed": [4000, 5, 77]}}),
    Case("target_parameters", ("side",), changes=("side.weight", "experts.gate_up_proj", "experts.down_proj"),
         options={"target_parameters": ["experts.gate_up_proj", "experts.down_proj"]}),
    Case("target_parameters, turned", ("side",), torch.float32, 
         ("side.weight", "other.gate_up_proj", "other.down_proj"),
         options={"target_parameters": ["other.gate_up_proj", "other.down_proj"]}),
    Case("target_parameters, flat", ("side",), changes=("side.weight", "proj.weight"),
         options={"target_parameters": ["proj.weight"]}),
    Case("orthogonal", options={"init_lora_weights": "orthogonal"}),
]


def check_case(case):
    adapter = adapter_of(case)
    base = stored_base(case.dtype)
    compare(case, merge(adapter, base), merged_by_peft(case, adapter), base_of(case.dtype).state_dict())


for one in CASES:
    def of_case(one=one):
        check_case(one)
    of_case.__name__ = one.name
    check(of_case)


@check
def same_bytes_with_any_jobs_on_any_path_in_any_shards():
    adapter, base = adapter_of(MANY), stored_base(MANY.dtype)
    want = merge(adapter, base)
    for flags, environment in [(("--jobs", "1"), {}), (("--jobs", "2"), {}), (("--jobs", "8"), {}),
                               ((), {"SLIPWAY_CPU": "portable"}), (("--max-shard-size", "150KB"), {}),
                               (("--max-shard-size", "1MB", "--jobs", "8"), {})]:
        got = merge(adapter, base, *flags, environment=environment)
        assert set(got) == set(want)
        for name, value in want.items():
            assert torch.equal(got[name].view(torch.uint8), value.view(torch.uint8)), (flags, environment, name)


@check
def experts_that_lie_one_by_one_in_the_base_get_what_peft_adds_to_the_stack():
    torch.manual_seed(5)
    config = transformers.Qwen3MoeConfig(
        vocab_size=64, hidden_size=96, intermediate_size=64, moe_intermediate_size=40, num_hidden_layers=2, num_experts=4,
        num_experts_per_tok=2, num_attention_heads=2, num_key_value_heads=2, head_dim=48, tie_word_embeddings=False)
    base, folder = WORK / "experts-base", WORK / "experts"
    transformers.Qwen3MoeForCausalLM(config).to(torch.bfloat16).save_pretrained(base)
    assert any(".experts.3.gate_proj.weight" in name for name in load_file(base / "model.safetensors"))
    load = transformers.AutoModelForCausalLM.from_pretrained
    model = peft.get_peft_model(load(base, dtype="auto"), peft.LoraConfig(
        r=8, lora_alpha=16, target_modules=["q_proj"],
        target_parameters=["mlp.experts.gate_up_proj", "mlp.experts.down_proj"]))
    shaken(model)
    model.save_pretrained(folder)
    theirs = peft.PeftModel.from_pretrained(load(base, dtype="auto"), folder).merge_and_unload()
    out = WORK / "experts-merged"
    shutil.rmtree(out, ignore_errors=True)
    slipway("save", folder, "--out", out, "--merge", "--base", base)
    ours = load(out, dtype="auto").state_dict()
    plain = load(base, dtype="auto").state_dict()
    for name, value in theirs.state_dict().items():
        assert wrong(ours[name], value) == 0, name
        if "experts" in name or "q_proj" in name:
            assert wrong(plain[name], value) > 0.5 * value.numel(), name


@check
def trained_rows_alone_are_merged():
    folder, base = WORK / "rows", stored_base(torch.bfloat16)
    model = peft.get_peft_model(base_of(torch.bfloat16), peft.TrainableTokensConfig(
        target_modules=["embed"], token_indices=[3, 1000, 7]))
    shaken(model)
    model.save_pretrained(folder)
    case = Case("TRAINABLE_TOKENS", changes=("embed.weight",))
    case.name = "token rows"
    compare(case, merge(folder, base), merged_by_peft(case, folder), base_of(torch.bfloat16).state_dict())


@check
def an_example_loads_and_answers_as_the_adapter_on_its_base():
    for run in ("lora", "lora-tokens"):
        folder = WORK / run
        shutil.copytree(ROOT / "examples/runs" / run, folder, ignore=shutil.ignore_patterns(".cache"))
        base = ROOT / "examples/bases" / json.loads((folder / "adapter_config.json").read_text())[
            "base_model_name_or_path"].rpartition("/")[2]
        out = WORK / f"{run}-merged"
        slipway("publish", folder, "--out", out, "--merge", "--base", base, "--no-push")
        ids = torch.arange(40).reshape(2, 20)
        model = transformers.AutoModelForCausalLM.from_pretrained(base)
        grown = [value.shape[0] for name, value in load_file(folder / "adapter_model.safetensors").items()
                 if name.endswith("embed_tokens.weight")]
        if grown:
            model.resize_token_embeddings(grown[0])
        theirs = peft.PeftModel.from_pretrained(model, folder).merge_and_unload()
        ours, told = transformers.AutoModelForCausalLM.from_pretrained(out, output_loading_info=True)
        assert not told["missing_keys"] and not told["unexpected_keys"] and not told["mismatched_keys"], told
        for name, value in theirs.state_dict().items():
            assert wrong(ours.state_dict()[name], value) == 0, name
        with torch.no_grad():
            assert torch.allclose(ours(ids).logits.float(), theirs(ids).logits.float(), atol=0.05)
        assert not (out / "adapter_config.json").exists() and not (out / "adapter_model.safetensors").exists()
        tokenizer = transformers.AutoTokenizer.from_pretrained(out)
        assert tokenizer.chat_template


@check
def an_init_that_changed_the_base_is_refused_unless_peft_converted_it():
    base = stored_base(torch.float32)
    config = peft.LoraConfig(r=16, lora_alpha=16, target_modules=["proj"], init_lora_weights="pissa")
    model = peft.get_peft_model(base_of(torch.float32), config)
    model.peft_config["default"].init_lora_weights = True
    model.save_pretrained(WORK / "pissa-start")
    model.peft_config["default"].init_lora_weights = "pissa"
    shaken(model)
    model.save_pretrained(WORK / "pissa")
    refused(WORK / "pissa", base, 1, "pissa")
    model.save_pretrained(WORK / "pissa-converted", path_initial_model_for_weight_conversion=str(WORK / "pissa-start"))
    case = Case("PiSSA, converted", dtype=torch.float32)
    compare(case, merge(WORK / "pissa-converted", base), merged_by_peft(case, WORK / "pissa-converted"),
            base_of(torch.float32).state_dict())


if __name__ == "__main__":
    sys.exit(run_checks())
