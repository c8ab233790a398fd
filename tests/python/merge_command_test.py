#!/usr/bin/env python3
"""What the command makes of a merge: what it refuses and how it says so, 4-bit bases, its report, kills, a base on the Hub.

    merge_command_test.py PROGRAM   (the slipway program; run by the Python of the oracles' venv)
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from ground import PROGRAM, ROOT, WORK, check, hub, run_checks, slipway  # noqa: E402
from merging import edited, merge, refused, wrong  # noqa: E402
from merging_layers import INPUTS, MANY, ONE, adapter_of, base_of, stored_base  # noqa: E402

import bitsandbytes  # noqa: E402
import peft  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402
from torch import nn  # noqa: E402


@check
def other_kinds_of_adapters_are_refused_by_name():
    base = stored_base(torch.bfloat16)
    for kind in (peft.IA3Config(target_modules=["proj"], feedforward_modules=[]), peft.LoHaConfig(target_modules=["proj"]),
                 peft.LoKrConfig(target_modules=["proj"]), peft.VeraConfig(target_modules=["proj"]),
                 peft.OFTConfig(target_modules=["proj"])):
        folder = WORK / f"kind-{kind.peft_type.value}"
        peft.get_peft_model(base_of(torch.bfloat16), kind).save_pretrained(folder)
        refused(folder, base, 1, kind.peft_type.value)
    adapter = adapter_of(ONE)
    for field, value in [("alora_invocation_tokens", [1]), ("use_qalora", True), 
                         ("init_lora_weights", "olora"), ("init_lora_weights", "loftq"), ("use_tomorrows_idea", True)]:
        refused(edited(adapter, "variant", **{field: value}), base, 1, field)


@check
def what_does_not_fit_or_changes_nothing_is_exit_5():
    base, adapter = stored_base(ONE.dtype), adapter_of(ONE)
    prefix = "base_model.model.side.lora_B.weight"
    refused(edited(adapter, "nan", lambda t: t[prefix].view(-1)[:1].fill_(float("nan"))), base, 5, "side.weight (")
    refused(edited(adapter, "lost", lambda t: t.pop(prefix)), base, 5, "side", "not both")
    refused(edited(adapter, "elsewhere", lambda t: t.update(
        {name.replace(".side.", ".aside."): t.pop(name) for name in list(t) if ".side." in name})), base, 5, "aside")
    refused(edited(adapter, "untrained", lambda t: [t[name].zero_() for name in t if "lora_B" in name]), base, 5,
            "changes nothing", "proj", "side")
    refused(edited(adapter, "rank", r=8), base, 5, "rank 8")
    other = WORK / "another-base"
    other.mkdir(exist_ok=True)
    save_file({**base_of(ONE.dtype).state_dict(), "side.weight": torch.zeros(24, INPUTS, dtype=ONE.dtype)},
              other / "model.safetensors", {"format": "pt"})
    shutil.copy(base / "config.json", other)
    refused(adapter, other, 5, "side", "the base that the adapter was trained on")


@check
def an_adapter_that_lies_is_refused_with_file_and_field():
    base, adapter = stored_base(torch.bfloat16), adapter_of(ONE)
    for field, value in [("r", 0), ("r", "8"), ("lora_alpha", float("nan")), ("rank_pattern", {"(": 4}), ("rank_pattern", {"(a{999}){999}": 4}),
                         ("alpha_pattern", {"side": -1}), ("use_dora", "no"), ("target_parameters", 7), ("trainable_token_indices", {"embed": [-1]})]:
        code = 1 if field == "rank_pattern" else 5
        said = refused(edited(adapter, "lies", **{field: value}), base, code)
        assert "adapter_config.json" in said and field in said, said
    twice = edited(adapter, "twice")
    text = (twice / "adapter_config.json").read_text()
    (twice / "adapter_config.json").write_text('{"r": 8, ' + text[1:])
    assert "adapter_config.json" in refused(twice, base, 5, "r")
    a, b = (f"base_model.model.side.lora_{word}.weight" for word in "AB")
    for name, change in [
            (b, lambda t: t.pop(a)),
            (a, lambda t: t.update({a.replace("weight", "default.weight"): t[a].clone()})),
            (a, lambda t: t.update({a: t[a][:0]})),
            (a, lambda t: t.update({a: t[a].to(torch.int32)})),
            (b, lambda t: t.update({b: t[b][:, :4].contiguous()})),
            (a, lambda t: t.update({a: t[a].reshape(-1)})),
            ("base_model.model.side.lora_C.weight", lambda t: t.update({"base_model.model.side.lora_C.weight": t[a].clone()})),
            ("base_model.model.base_model.model.", lambda t: t.update({a.replace("model.side", "model.base_model.model.side"): t[a].clone()}))]:
        folder = edited(adapter, "lies", change)
        assert name in refused(folder, base, None), name
    weights = adapter / "adapter_model.safetensors"
    size = int.from_bytes(weights.read_bytes()[:8], "little")
    header = json.loads(weights.read_bytes()[8:8 + size])
    for shape in ([2 ** 63, 4], [2 ** 32, 2 ** 32], [64]):
        folder = edited(adapter, "lies")
        lie = json.dumps({**header, a: {**header[a], "shape": shape}}).encode()
        (folder / weights.name).write_bytes(len(lie).to_bytes(8, "little") + lie + weights.read_bytes()[8 + size:])
        assert weights.name in refused(folder, base, 5, a)
    doubled = json.dumps(header).encode().replace(json.dumps(b).encode(), json.dumps(a).encode())
    (folder / weights.name).write_bytes(len(doubled).to_bytes(8, "little") + doubled + weights.read_bytes()[8 + size:])
    assert weights.name in refused(folder, base, 5, a)


@check
def an_adapter_trained_in_4_bits_becomes_a_16_bit_model():
    folder = WORK / "qlora"
    shutil.copytree(ROOT / "examples/runs/qlora", folder, ignore=shutil.ignore_patterns(".cache"))
    assert "quantization_config" in json.loads((folder / "config.json").read_text())
    out = WORK / "qlora-merged"
    slipway("publish", folder, "--out", out, "--merge", "--base", ROOT / "examples/bases/tiny-llama", "--no-push")
    config = json.loads((out / "config.json").read_text())
    assert "quantization_config" not in config and config["dtype"] == "bfloat16", config
    assert {value.dtype for value in load_file(out / "model.safetensors").values()} == {torch.bfloat16}


@check
def an_adapter_is_merged_onto_the_numbers_that_a_4_bit_training_saw():
    folder = WORK / "qlora-4bit"
    shutil.copytree(ROOT / "examples/runs/qlora", folder, ignore=shutil.ignore_patterns(".cache"))
    base, out = ROOT / "examples/bases/tiny-llama", WORK / "qlora-onto-4bit"
    slipway("save", folder, "--out", out, "--merge", "--merge-onto", "4bit", "--base", base)
    plain = transformers.AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16)
    for layer in plain.model.layers.modules():
        if isinstance(layer, nn.Linear):
            codes, state = bitsandbytes.functional.quantize_4bit(layer.weight.data, quant_type="nf4", blocksize=64)
            layer.weight.data = bitsandbytes.functional.dequantize_4bit(codes, state)
    theirs = peft.PeftModel.from_pretrained(plain, folder).merge_and_unload().state_dict()
    ours, unmerged = load_file(out / "model.safetensors"), load_file(base / "model.safetensors")
    for name, value in ours.items():
        # bitsandbytes on the CPU misreads blocks that go over the end of a row.
        if "proj" in name and value.shape[1] % 64 == 0:
            assert wrong(value, theirs[name].to(value.dtype)) == 0, name
            assert wrong(unmerged[name], value) > 0.5 * value.numel(), name


@check
def that_a_base_was_stored_in_4_bits_leaves_with_a_word():
    folder, base, out = WORK / "qlora-stored", WORK / "base-nf4", WORK / "qlora-onto-stored"
    shutil.copytree(ROOT / "examples/runs/qlora", folder, ignore=shutil.ignore_patterns(".cache"))
    quantised = transformers.BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4")
    transformers.AutoModelForCausalLM.from_pretrained(
        ROOT / "examples/bases/tiny-llama", quantization_config=quantised, dtype=torch.bfloat16, device_map="cpu").save_pretrained(base)
    refused(folder, base, 1, "--merge-onto 4bit")
    result = slipway("save", folder, "--out", out, "--merge", "--merge-onto", "4bit", "--base", base)
    fixes = {fix["code"]: fix for fix in result["fixes"]}
    assert fixes["quantization-config-left"]["path"] == "quantization_config", fixes
    assert "--merge-onto 4bit asks for it" in fixes["weights-dequantised"]["reason"], fixes
    assert "quantization_config" not in json.loads((out / "config.json").read_text())
    plain = transformers.AutoModelForCausalLM.from_pretrained(out, dtype="auto")
    assert {value.dtype for value in plain.state_dict().values()} == {torch.bfloat16}


@check
def a_recipe_says_how_the_base_was_quantised_where_the_trainer_left_no_config():
    folder, base = WORK / "qlora-bare", ROOT / "examples/bases/tiny-llama"
    shutil.copytree(ROOT / "examples/runs/qlora", folder, ignore=shutil.ignore_patterns(".cache"))
    settings = json.loads((folder / "config.json").read_text())["quantization_config"]
    recipe = WORK / "qlora.yaml"
    recipe.write_text(f"load_in_4bit: true\nbnb_4bit_quant_type: {settings['bnb_4bit_quant_type']}\ntorch_dtype: bfloat16\n"
                      f"use_bnb_nested_quant: {str(settings['bnb_4bit_use_double_quant']).lower()}\n")
    merged = []
    for name in ("by-config", "by-recipe"):
        slipway("publish", folder, "--out", WORK / name, "--merge", "--merge-onto", "4bit", "--base", base, "--no-push",
                *(("--recipe", recipe) if name == "by-recipe" else ()))
        merged.append((WORK / name / "model.safetensors").read_bytes())
        (folder / "config.json").unlink(missing_ok=True)
    assert merged[0] == merged[1] != (base / "model.safetensors").read_bytes()


@check
def the_report_says_how_much_each_module_changed():
    base, adapter = stored_base(ONE.dtype), adapter_of(ONE)
    out = WORK / "reported"
    report = slipway("save", adapter, "--out", out, "--merge", "--base", base)["merged"]
    before, after = base_of(ONE.dtype).state_dict(), load_file(out / "model.safetensors")
    assert [one["tensor"] for one in report["modules"]] == ["proj.weight", "side.weight"], report
    for one in report["modules"]:
        was, now = before[one["tensor"]].double(), after[one["tensor"]].double()
        assert abs(one["change"] - float((now - was).norm() / was.norm())) < 0.01 * one["change"], one
        assert one["unchanged"] == float((now == was).double().mean()), one


@check
def a_pickled_base_is_read_as_well():
    adapter, base = adapter_of(ONE), stored_base(ONE.dtype)
    pickled = WORK / "base-pickled"
    shutil.copytree(base, pickled, ignore=shutil.ignore_patterns("*.safetensors"))
    torch.save(load_file(base / "model.safetensors"), pickled / "pytorch_model.bin")
    want, got = merge(adapter, base), merge(adapter, pickled)
    assert set(got) == set(want) and all(torch.equal(got[name], want[name]) for name in want)
    assert sorted(path.name for path in (WORK / "merged").iterdir() if "model" in path.name) == ["model.safetensors"]


@check
def killed_at_any_time_the_same_command_ends_with_the_same_bytes():
    adapter, base = adapter_of(MANY), stored_base(MANY.dtype)
    want = merge(adapter, base, "--max-shard-size", "300KB")
    out = WORK / "killed"
    command = [PROGRAM, "save", str(adapter), "--out", str(out), "--merge", "--base", str(base), "--max-shard-size", "300KB",
               "-q", "--jobs", "1"]
    cut_short = 0
    for milliseconds in (5, 20, 40, 60, 80, 120):
        shutil.rmtree(out, ignore_errors=True)
        with subprocess.Popen(command) as process:
            time.sleep(milliseconds / 1000)
            process.kill()
        partial = pathlib.Path(f"{out}.partial")
        whole = {}
        if partial.exists() and (partial / ".slipway-out").exists():
            cut_short += 1
            finished = re.findall(r'"path":"([^"]+safetensors)"', (partial / ".slipway-out").read_text(errors="replace"))
            whole = {name: (partial / name).stat().st_mtime_ns for name in finished}
        subprocess.run(command, check=True)
        got = {}
        for file in sorted(out.glob("*.safetensors")):
            got.update(load_file(file))
            assert file.name not in whole or file.stat().st_mtime_ns == whole[file.name], f"{file.name} was written again"
        assert set(got) == set(want) and all(torch.equal(got[name], want[name]) for name in want)
    assert cut_short > 0, "no kill came in time"


def killed_after(files, command, out):
    """Runs the command and ends it as soon as its journal calls so many weight files whole."""
    shutil.rmtree(f"{out}.partial", ignore_errors=True)
    journal = pathlib.Path(f"{out}.partial") / ".slipway-out"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            if journal.exists() and len(re.findall(rb'"path":"model-[^"]+safetensors"', journal.read_bytes())) >= files:
                process.kill()
    return journal.exists()


@check
def what_is_told_and_refused_is_the_same_after_a_kill():
    adapter, base = adapter_of(MANY), stored_base(MANY.dtype)
    untrained = edited(adapter, "untrained-all", lambda t: [t[name].zero_() for name in t if name.endswith(("lora_B.weight", "embedding_B"))])
    for run, what, code in ((adapter, "merged", 0), (untrained, "error", 5)):
        out = WORK / f"told-{what}"
        shutil.rmtree(out, ignore_errors=True)
        command = [PROGRAM, "save", str(run), "--out", str(out), "--merge", "--base", str(base), "--max-shard-size", "300KB",
                   "--json", "--jobs", "1"]
        said = []
        for kill in (False, True):
            shutil.rmtree(out, ignore_errors=True)
            kept = kill and any(killed_after(2, command, out) for _ in range(20))
            assert kept == kill, "no kill came in time"
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == code, done.stdout + done.stderr
            result = json.loads(done.stdout.splitlines()[-1])
            said.append((result[what], result["warnings"] if code == 0 else None))
        assert said[0] == said[1], said
        assert len(said[0][0]["modules"]) == 5 if code == 0 else "changes nothing" in said[0][0]["message"], said


@check
def a_base_is_read_where_it_lies_on_the_hub():
    folder = WORK / "far"
    shutil.copytree(ROOT / "examples/runs/lora", folder, ignore=shutil.ignore_patterns(".cache"))
    near, far = WORK / "near-merged", WORK / "far-merged"
    base = ROOT / "examples/bases/tiny-qwen"
    with hub() as _:
        slipway("push", base, "me/tiny-qwen", "--public")
        slipway("publish", folder, "--out", far, "--merge", "--base", "hf://me/tiny-qwen", "--no-push")
    slipway("publish", folder, "--out", near, "--merge", "--base", base, "--no-push")
    for name in ("model.safetensors", "config.json", "tokenizer.json"):
        assert (near / name).read_bytes() == (far / name).read_bytes(), name


if __name__ == "__main__":
    sys.exit(run_checks())
