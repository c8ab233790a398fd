#!/usr/bin/env python3
"""Files of torch.save, by the real torch: what `slipway save` makes of them is bit for bit what torch.load gives.

    torch_files_test.py PROGRAM   (the slipway program; run by the Python of the oracles' venv)
"""
import collections
import json
import subprocess
import sys

from ground import PROGRAM, WORK, check, run_checks, slipway

import torch
import torch.utils.serialization
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import LlamaConfig, LlamaForCausalLM

DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8,
          torch.uint8, torch.bool, torch.complex64]
UNTYPED = [torch.float8_e4m3fn, torch.float8_e5m2, torch.uint16, torch.uint32, torch.uint64]  # no storage class of their own


def folder(name):
    path = WORK / name
    path.mkdir()
    return path


def of_dtype(dtype, *shape):
    count = max(1, torch.tensor(shape).prod().item()) * torch.empty((), dtype=dtype).element_size()
    return torch.randint(0, 256 if dtype != torch.bool else 2, (count,), dtype=torch.uint8).view(dtype).reshape(shape)


def views():
    base = torch.randn(40, 30)
    deep = torch.randn(3, 4, 5, 6)
    return {"whole": base, "same": base, "transposed": base.t(), "rows": base[5:9], "columns": base[:, 3:17],
            "every third": base[::3, ::2], "one": base[2, 3], "empty": base[:0], "expanded": base[0].expand(4, 30),
            "permuted": deep.permute(3, 1, 0, 2), "inside": deep[1, :, 2:4].transpose(0, 2), "scalar": torch.tensor(2.5),
            "long row": torch.randn(1, 200_000)[:, 1::2], "tall": torch.randn(700, 1100).t(), "strange/name é": torch.ones(2),
            "parameter": torch.nn.Parameter(torch.randn(3, 3)), "strided": torch.arange(20.0).as_strided((3, 3), (2, 1), 1)}


def bits(tensor):
    return tensor.contiguous().reshape(-1).view(torch.uint8) if tensor.numel() else torch.empty(0)


def same(ours, theirs):
    assert set(ours) == set(theirs), (sorted(ours), sorted(theirs))
    for name, tensor in theirs.items():
        assert ours[name].dtype == tensor.dtype and ours[name].shape == tensor.shape, name
        assert torch.equal(bits(ours[name]), bits(tensor.detach())), name


def saved(source, *words):
    out = source.parent / f"{source.name}-out"
    slipway("save", source, "--out", out, "--allow-nan", *words)  # some bits are no numbers
    return out


def expect_same(name, state, **how):
    source = folder(name)
    torch.save(state, source / "pytorch_model.bin", **how)
    same(load_file(saved(source) / "model.safetensors"), torch.load(source / "pytorch_model.bin", weights_only=True))


LAYOUTS = {"zip": {}, "stream": {"_use_new_zipfile_serialization": False}}


@check
def every_dtype_comes_out_bit_for_bit_from_both_layouts():
    torch.manual_seed(1)
    for layout, how in LAYOUTS.items():
        dtypes = DTYPES + (UNTYPED if layout == "zip" else [])
        state = collections.OrderedDict((str(dtype), of_dtype(dtype, 5, 7)) for dtype in dtypes)
        state._metadata = collections.OrderedDict({"": {"version": 1}})
        expect_same(f"dtypes-{layout}", state, **how)


@check
def every_view_comes_out_row_by_row_from_both_layouts():
    torch.manual_seed(2)
    for layout, how in LAYOUTS.items():
        expect_same(f"views-{layout}", views(), **how)


@check
def records_without_checksums_and_with_other_alignments_are_read():
    torch.manual_seed(3)
    before = torch.serialization.get_crc32_options()
    torch.serialization.set_crc32_options(False)
    try:
        expect_same("no-crc", views())
    finally:
        torch.serialization.set_crc32_options(before)
    aligned = torch.utils.serialization.config.save.storage_alignment
    torch.utils.serialization.config.save.storage_alignment = 4096
    try:
        expect_same("aligned", views())
    finally:
        torch.utils.serialization.config.save.storage_alignment = aligned


@check
def nested_dicts_and_values_that_are_no_tensors_are_named():
    source = folder("nested")
    torch.save({"model": {"a": torch.ones(2), "list": [torch.zeros(1)]}, "step": 7, "note": "x"}, source / "pytorch_model.bin")
    assert set(load_file(saved(source) / "model.safetensors")) == {"model.a", "model.list.0"}
    text = problems_of(source)
    assert "2 values" in text and '"step"' in text, text


@check
def the_weights_among_what_a_script_saved_are_found_and_the_rest_is_named():
    state = {"layers.0.w": torch.randn(4, 3), "layers.1.w": torch.randn(4, 3)}
    for number, (key, beside) in enumerate({"state_dict": {"epoch": 3}, "model_state_dict": {"optimizer_state_dict": {"m": torch.ones(9)}},
                                            "model": {"optimizer": {"state": {0: torch.ones(9)}}}}.items()):
        source = folder(f"around-{number}")
        torch.save({key: state, **beside}, source / "pytorch_model.bin")
        same(load_file(saved(source) / "model.safetensors"), state)
        assert next(iter(beside)) in problems_of(source), problems_of(source)
    source = folder("beside")
    torch.save({"model": {"a": torch.ones(2)}, "head": torch.zeros(1)}, source / "pytorch_model.bin")
    assert set(load_file(saved(source) / "model.safetensors")) == {"model.a", "head"}


@check
def shards_come_out_as_one_model():
    torch.manual_seed(4)
    source, state = folder("shards"), {f"layers.{i}.w": torch.randn(20, i + 1) for i in range(9)}
    weight_map = {}
    for number in range(3):
        file = f"pytorch_model-{number + 1:05}-of-00003.bin"
        part = dict(list(state.items())[number * 3:number * 3 + 3])
        torch.save(part, source / file)
        weight_map.update(dict.fromkeys(part, file))
    total = sum(tensor.numel() * 4 for tensor in state.values())
    (source / "pytorch_model.bin.index.json").write_text(
        json.dumps({"metadata": {"total_size": total}, "weight_map": weight_map}))
    same(load_file(saved(source) / "model.safetensors"), state)


def problems_of(source):
    return "\n".join(problem["message"] for problem in slipway("inspect", source)["problems"])


class Evil:
    def __reduce__(self):
        import os
        return (os.system, ("touch " + str(WORK / "ran"),))


@check
def what_is_no_plain_tensor_is_refused_by_name_and_nothing_runs():
    torch.manual_seed(5)
    quantised = torch.quantize_per_tensor(torch.randn(3), 0.1, 0, torch.qint8)
    cases = {"quantised": ({"w": quantised}, "_rebuild_qtensor"), "sparse": ({"w": torch.eye(3).to_sparse()}, "_rebuild_sparse"),
             "complex128": ({"w": torch.ones(2, dtype=torch.complex128)}, "ComplexDoubleStorage"),
             "conjugate": ({"w": torch.ones(2, dtype=torch.complex64).conj()}, "resolve_conj"),
             "module": (torch.nn.Linear(2, 2), "torch.nn.modules.linear.Linear"), "evil": ({"w": Evil()}, "system has no place"),
             "meta": ({"w": torch.empty(2, device="meta")}, "_rebuild_meta_tensor_no_storage")}
    for name, (state, words) in cases.items():
        source = folder(f"refused-{name}")
        torch.save(state, source / "pytorch_model.bin")
        message = problems_of(source)
        assert "pytorch_model.bin" in message and words in message, (name, message)
    assert not (WORK / "ran").exists()


@check
def torchscript_is_refused_by_name():
    source = folder("script")
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), str(source / "pytorch_model.bin"))
    message = problems_of(source)
    assert "TorchScript" in message, message


def tiny_model(tied=True):
    config = LlamaConfig(vocab_size=64, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2,
                         num_key_value_heads=1, max_position_embeddings=32, tie_word_embeddings=tied, dtype="bfloat16")
    torch.manual_seed(7)
    return LlamaForCausalLM(config).to(torch.bfloat16)


@check
def a_pickled_run_is_saved_with_one_command_and_gives_the_same_logits():
    source, model = folder("run"), tiny_model()
    model.config.save_pretrained(source)
    model.generation_config.save_pretrained(source)
    torch.save(model.state_dict(), source / "pytorch_model.bin")  # both embeddings, in one storage
    out = saved(source)
    assert "lm_head.weight" not in load_file(out / "model.safetensors")  # tied, and known to be the same
    assert not list(out.glob("*.bin*"))
    again, ids = LlamaForCausalLM.from_pretrained(out), torch.arange(12).reshape(2, 6)
    assert torch.equal(again(ids).logits, LlamaForCausalLM.from_pretrained(source)(ids).logits)


@check
def in_place_is_refused_with_the_way_out_and_nothing_is_written():
    source, model = folder("in-place"), tiny_model()
    model.config.save_pretrained(source)
    torch.save(model.state_dict(), source / "pytorch_model.bin")
    before = {path.name: path.read_bytes() for path in source.iterdir() if path.is_file()}
    done = subprocess.run([PROGRAM, "publish", str(source), "--no-push", "--json", "-q"], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 2 and "--out DIR" in done.stdout, done.stdout
    assert before == {path.name: path.read_bytes() for path in source.iterdir() if path.is_file()}


@check
def an_adapter_comes_out_as_safetensors_that_peft_loads():
    model = get_peft_model(tiny_model(), LoraConfig(r=4, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM",
                                                    base_model_name_or_path="me/tiny"))
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter)
    source = folder("adapter")
    model.save_pretrained(source, safe_serialization=False)
    stored = torch.load(source / "adapter_model.bin", weights_only=True)
    out = saved(source)
    same(load_file(out / "adapter_model.safetensors"), stored)
    assert not (out / "adapter_model.bin").exists()
    again, ids = PeftModel.from_pretrained(tiny_model(), out), torch.arange(12).reshape(2, 6)
    assert torch.equal(again(ids).logits, model(ids).logits)


@check
def safetensors_beside_a_pickle_are_taken_as_loaders_do():
    source, state = folder("both"), {"w": torch.ones(3)}
    save_file(state, source / "model.safetensors", metadata={"format": "pt"})
    torch.save({"w": torch.zeros(3)}, source / "pytorch_model.bin")
    result = slipway("inspect", source)
    assert result["format"] == "safetensors"
    assert [problem["code"] for problem in result["problems"]] == ["weights-in-two-formats"]


if __name__ == "__main__":
    sys.exit(run_checks())
