#!/usr/bin/env python3
"""4-bit models that bitsandbytes wrote, as `slipway save --dequantise` gives them back.

    dequant_test.py PROGRAM ANSWERS   (with the Python of either era's oracles)

Every dequantised weight is bit for bit what bitsandbytes itself computes: NF4 and FP4, plain and nested scales, block
sizes, storage types, odd counts. Models that transformers saved in 4 bits come out as floats, load without bitsandbytes'
help and give the logits of `model.dequantize()`. And a 16-bit base goes the way of loading in 4 bits (ANSWERS: the
nf4_answers program) as bitsandbytes goes it. The last line is "N passed, N failed".
"""
import inspect
import itertools
import json
import logging
import pathlib
import shutil
import subprocess
import sys
import warnings

from ground import PROGRAM, ROOT, WORK, check, run_checks, slipway  # first: it sets the environment

import torch
from bitsandbytes import functional
from bitsandbytes.backends.default.ops import _dequantize_4bit_compute
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, LlamaConfig, LlamaForCausalLM

ANSWERS = sys.argv[2]
WORDS = {torch.float32: torch.int32, torch.bfloat16: torch.int16, torch.float16: torch.int16}
BASE = str(ROOT / "examples/bases/tiny-llama")


def same_bits(ours, theirs):
    return ours.dtype == theirs.dtype and ours.shape == theirs.shape and \
        torch.equal(ours.view(WORDS[ours.dtype]), theirs.contiguous().view(WORDS[theirs.dtype]))


def folder(name):
    made = WORK / name
    made.mkdir()
    return made


def refused(*words):
    done = subprocess.run([PROGRAM, *map(str, words), "--json", "-q"], capture_output=True, text=True, check=False)
    assert done.returncode != 0, done.stdout
    return done.returncode, json.loads(done.stdout.splitlines()[-1])["error"]["message"]


def stored(name, weight, codes, state):
    """As transformers writes one weight."""
    packed = {f"{name}.{key}": value for key, value in state.as_dict(packed=True).items()}
    return {name: codes, **packed}


def portable(codes, state):
    """bitsandbytes' own portable code; its AVX512 loop goes wrong where blocks cross the ends of rows."""
    scales = state.absmax if not state.nested else functional.dequantize_blockwise(state.absmax, state.state2) + state.offset
    compute = getattr(_dequantize_4bit_compute, "__wrapped__", _dequantize_4bit_compute)
    return compute(codes.view(torch.uint8).reshape(-1), scales, state.code, state.blocksize, state.shape, state.dtype)


def plain(model):
    """transformers' own way back, with that portable code; 5.24 wants a type that is named."""
    named = "dtype" in inspect.signature(model.dequantize).parameters
    fast, functional.dequantize_4bit = functional.dequantize_4bit, lambda codes, state: portable(codes, state)
    try:
        return model.dequantize(dtype=torch.bfloat16) if named else model.dequantize()
    finally:
        functional.dequantize_4bit = fast


@check
def every_form_is_dequantised_bit_for_bit():
    torch.manual_seed(7)
    tensors, expected = {}, {}
    forms = itertools.product(("nf4", "fp4"), (torch.bfloat16, torch.float16, torch.float32), (64, 128, 4096), (False, True),
                              (torch.uint8, torch.bfloat16))
    for number, (kind, dtype, block, nested, storage) in enumerate(forms):
        shape = (96, 4096) if number % 4 == 0 else (33, 68) if number % 4 == 1 else (52, 260)
        weight = (torch.randn(shape) * 0.05).to(dtype)
        codes, state = functional.quantize_4bit(weight, blocksize=block, quant_type=kind, compress_statistics=nested,
                                                quant_storage=storage)
        name = f"layer.{number}.weight"
        tensors |= stored(name, weight, codes, state)
        expected[name] = portable(codes, state)
        if shape[1] % block == 0:
            assert same_bits(functional.dequantize_4bit(codes, state), expected[name]), name
    for number, shape in enumerate([(3, 5), (1, 1), (7, 9, 3)]):
        codes, state = functional.quantize_4bit(torch.randn(shape), quant_type="nf4")
        tensors |= stored(f"odd.{number}.weight", None, codes, state)
        expected[f"odd.{number}.weight"] = portable(codes, state)
    tensors["layer.norm"] = torch.ones(3)
    source = folder("forms")
    save_file(tensors, source / "model.safetensors", metadata={"format": "pt"})
    slipway("save", source, "--out", WORK / "forms-out", "--dequantise")
    ours = load_file(WORK / "forms-out/model.safetensors")
    assert ours.keys() == expected.keys() | {"layer.norm"}
    for name, theirs in expected.items():
        assert same_bits(ours[name], theirs), name


def quantised_model(name, **settings):
    """tiny-llama as transformers loads it in 4 bits on the CPU, and saves it."""
    config = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16, **settings)
    model = AutoModelForCausalLM.from_pretrained(BASE, quantization_config=config, dtype=torch.bfloat16, device_map="cpu")
    model.save_pretrained(WORK / name)
    return model


def logits(model):
    with torch.no_grad():
        return model(torch.arange(3, 35).reshape(2, 16)).logits


def saved_model(name, **settings):
    theirs = plain(quantised_model(name, **settings))
    result = slipway("save", WORK / name, "--out", WORK / f"{name}-out", "--dequantise")
    codes = {fix["code"] for fix in result["fixes"]}
    assert {"weights-dequantised", "quantization-config-left"} <= codes, codes
    config = json.loads((WORK / f"{name}-out/config.json").read_text())
    assert "quantization_config" not in config and config["dtype"] == config["torch_dtype"] == "bfloat16"
    ours = AutoModelForCausalLM.from_pretrained(WORK / f"{name}-out", dtype="auto")
    parameters = dict(theirs.named_parameters())
    assert {name for name, _ in ours.named_parameters()} == parameters.keys()
    for key, value in ours.named_parameters():
        assert same_bits(value.data, parameters[key].data), key
    assert torch.equal(logits(ours), logits(theirs))


@check
def a_saved_nf4_model_loads_as_the_floats_that_it_computes_with():
    saved_model("nf4", bnb_4bit_quant_type="nf4")


@check
def a_saved_nested_fp4_model_in_16_bit_storage_too():
    saved_model("fp4", bnb_4bit_quant_type="fp4", bnb_4bit_use_double_quant=True, bnb_4bit_quant_storage=torch.bfloat16)


@check
def without_the_flag_a_quantised_model_stays_as_it_is():
    quantised_model("kept", bnb_4bit_quant_type="nf4")
    before = load_file(WORK / "kept/model.safetensors")
    slipway("save", WORK / "kept", "--out", WORK / "kept-out")
    after = load_file(WORK / "kept-out/model.safetensors")
    assert before.keys() == after.keys() and all(torch.equal(before[key], after[key]) for key in before)
    assert "quantization_config" in json.loads((WORK / "kept-out/config.json").read_text())


@check
def what_cannot_be_dequantised_is_refused_by_name():
    config = BitsAndBytesConfig(load_in_8bit=True)
    AutoModelForCausalLM.from_pretrained(BASE, quantization_config=config, device_map="cpu").save_pretrained(WORK / "int8")
    code, message = refused("save", WORK / "int8", "--out", WORK / "int8-out", "--dequantise")
    assert code == 1 and "LLM.int8" in message, (code, message)
    base = shutil.copytree(BASE, WORK / "plain")
    code, message = refused("save", base, "--out", WORK / "plain-out", "--dequantise")
    assert code == 2 and "nothing can be dequantised" in message, (code, message)
    code, message = refused("publish", WORK / "kept", "--dequantise", "--no-push")
    assert code == 2 and "--out" in message, (code, message)
    assert not (WORK / "int8-out").exists() and not (WORK / "plain-out").exists()


@check
def a_plain_model_whose_config_was_forgotten_is_mended_in_place():
    left = folder("left")
    for file in (WORK / "nf4-out").glob("*.*"):
        (left / file.name).write_bytes(file.read_bytes())
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (left / name).write_bytes((pathlib.Path(BASE) / name).read_bytes())
    config = json.loads((left / "config.json").read_text())
    forgotten = json.loads((WORK / "nf4/config.json").read_text())["quantization_config"]
    (left / "config.json").write_text(json.dumps({**config, "quantization_config": forgotten}, indent=2))
    done = subprocess.run([PROGRAM, "doctor", left, "--json", "-q"], capture_output=True, text=True, check=False)
    found = [finding["code"] for finding in json.loads(done.stdout.splitlines()[-1])["findings"]]
    assert done.returncode == 5 and "quantization-config-left" in found, found
    subprocess.run([PROGRAM, "doctor", left, "--fix", "-q"], capture_output=True, check=True)
    assert "quantization_config" not in json.loads((left / "config.json").read_text())


def round_trip(source, *settings):
    out = WORK / f"{source.name}-{'-'.join(settings)}.safetensors"
    subprocess.run([ANSWERS, source, out, *settings], check=True)
    return load_file(out)


def exact_scales(scales):
    """Nested scales by bitsandbytes' portable rule, nearest of its 256 values; its CPU looks them up in a coarser table."""
    offset = scales.double().sum().float() / torch.tensor(float(scales.numel()))
    code = functional.create_dynamic_map()
    left = torch.nn.functional.pad(scales - offset, (0, -scales.numel() % 256)).reshape(-1, 256)
    groups = left.abs().max(1, keepdim=True)[0]
    codes = torch.bucketize((left * (1 / groups)).clamp(-1, 1), (code[:-1] + code[1:]) / 2)
    return (code[codes] * groups).reshape(-1)[:scales.numel()] + offset


def large_base(dtype):
    """Blocks of 64 that end with the tensor, 300 and more: several groups of nested scales."""
    torch.manual_seed(11)
    base = folder(f"base-{str(dtype)[6:]}")
    config = LlamaConfig(vocab_size=64, hidden_size=256, intermediate_size=704, num_hidden_layers=1, num_attention_heads=4)
    LlamaForCausalLM(config).to(dtype).save_pretrained(base)
    return base, load_file(base / "model.safetensors")


@check
def a_base_that_was_quantised_when_loaded_is_what_bitsandbytes_makes_of_it():
    for dtype in (torch.bfloat16, torch.float16, torch.float32):
        base, weights = large_base(dtype)
        for kind in ("nf4", "fp4"):
            ours = round_trip(base, kind)
            changed = {name for name in weights if not same_bits(ours[name], weights[name])}
            assert changed == {name for name in weights if "_proj." in name}, changed
            for name in changed:
                codes, state = functional.quantize_4bit(weights[name], quant_type=kind)
                assert same_bits(ours[name], portable(codes, state)), (dtype, kind, name)


@check
def nested_scales_are_the_nearest_and_near_what_the_cpu_of_bitsandbytes_takes():
    elements = differing = 0
    for dtype in (torch.bfloat16, torch.float32):
        base = WORK / f"base-{str(dtype)[6:]}"
        weights = load_file(base / "model.safetensors")
        ours = round_trip(base, "nf4", "nested")
        for name in (name for name in weights if "_proj." in name):
            codes, state = functional.quantize_4bit(weights[name], quant_type="nf4")
            nested, nested_state = functional.quantize_4bit(weights[name], quant_type="nf4", compress_statistics=True)
            if dtype == torch.bfloat16:
                offset = state.absmax.double().sum().float() / torch.tensor(float(state.absmax.numel()))
                assert torch.equal(nested_state.offset, offset), name
            state.absmax = exact_scales(state.absmax)
            assert same_bits(ours[name], portable(codes, state)), (dtype, name)
            theirs = portable(nested, nested_state)
            if dtype == torch.bfloat16:
                elements += theirs.numel()
                differing += (ours[name] != theirs).sum().item()
    print(f"nested, bfloat16: {differing} of {elements} elements differ from the CPU of bitsandbytes")
    assert differing < elements * 0.01


@check
def transformers_quantises_the_same_modules_when_it_loads():
    theirs = plain(quantised_model("loaded", bnb_4bit_quant_type="nf4"))
    ours = round_trip(pathlib.Path(BASE), "nf4")
    parameters = dict(theirs.named_parameters())
    for name, value in ours.items():
        assert torch.equal(value.to(torch.bfloat16), parameters[name].data.to(torch.bfloat16)), name


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    sys.exit(run_checks())
