"""Tiny quantised models. bitsandbytes quantises here; the other quantisers need a GPU or packages that are not there, so their tensors,
names and configs are built as those libraries write them (`construction`): the values are random, the layout is theirs.

Import it after ground, which sets the environment."""
import dataclasses
import json
import struct
import typing

import stock_folders

SIZES = {"hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2,
         "max_position_embeddings": 64, "bos_token_id": None, "eos_token_id": 2, "pad_token_id": 0}
GROUP, BLOCK = 128, 128
LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclasses.dataclass(frozen=True)
class Quantised:
    name: str
    save: typing.Callable          # to a folder
    weights: str = "model.safetensors"
    load: typing.Callable = None   # of a folder, where this machine can; else tensors alone are compared
    construction: bool = True


def llama(folder, **more):
    stock_folders.save(dataclasses.replace(stock_folders.FOLDERS[0], settings={**SIZES, **more}), folder)


def is_linear(name):
    return name.endswith(".weight") and name.split(".")[-2] in LINEAR


def rewrite(folder, quantise, config, metadata="pt", key="quantization_config"):
    """Each matrix of a layer becomes the tensors that QUANTISE(name, matrix) gives; config.json tells how."""
    from safetensors.torch import load_file, save_file
    path, tensors = folder / "model.safetensors", {}
    for name, value in load_file(path).items():
        tensors.update(quantise(name.removesuffix(".weight"), value) if is_linear(name) else {name: value})
    save_file({name: value.contiguous() for name, value in tensors.items()}, path, metadata={"format": metadata})
    if config:
        root = json.loads((folder / "config.json").read_text())
        root[key] = config
        (folder / "config.json").write_text(json.dumps(root, indent=2, sort_keys=True) + "\n")


def whole(shape, dtype="int32"):
    import torch
    kind = getattr(torch, dtype)
    bounds = torch.iinfo(kind)
    return torch.randint(bounds.min, bounds.max, tuple(shape), dtype=kind)


def scales(*shape, dtype="float16"):
    import torch
    return (torch.rand(shape) + 0.5).to(getattr(torch, dtype))


def bitsandbytes(**settings):
    def save(folder):
        import torch
        import transformers
        llama(folder / "whole")
        if "bnb_4bit_compute_dtype" in settings:
            settings["bnb_4bit_compute_dtype"] = torch.bfloat16
        config = transformers.BitsAndBytesConfig(**settings)
        model = transformers.AutoModelForCausalLM.from_pretrained(folder / "whole", quantization_config=config, device_map="cpu")
        for path in (folder / "whole").iterdir():
            path.rename(folder / path.name)
        (folder / "whole").rmdir()
        model.save_pretrained(folder)
    return save


def gptq(folder, in_config=True):
    def quantise(name, matrix):
        import torch
        rows, columns = matrix.shape
        return {f"{name}.qweight": whole((columns // 8, rows)), f"{name}.qzeros": whole((columns // GROUP, rows // 8)),
                f"{name}.scales": scales(columns // GROUP, rows), f"{name}.g_idx": torch.arange(columns, dtype=torch.int32) // GROUP}
    how = {"bits": 4, "checkpoint_format": "gptq", "damp_percent": 0.05, "desc_act": False, "group_size": GROUP, "lm_head": False,
           "meta": {"quantizer": ["gptqmodel:2.2.0"]}, "pack_dtype": "int32", "static_groups": False, "sym": True, "true_sequential": True}
    llama(folder)
    rewrite(folder, quantise, {**how, "quant_method": "gptq"} if in_config else None)
    (folder / "quantize_config.json").write_text(json.dumps(how, indent=2))


def awq(folder):
    def quantise(name, matrix):
        rows, columns = matrix.shape
        return {f"{name}.qweight": whole((columns, rows // 8)), f"{name}.qzeros": whole((columns // GROUP, rows // 8)),
                f"{name}.scales": scales(columns // GROUP, rows)}
    llama(folder)
    rewrite(folder, quantise, {"bits": 4, "group_size": GROUP, "modules_to_not_convert": None, "quant_method": "awq", "version": "gemm",
                               "zero_point": True})


def fp8(folder):
    def quantise(name, matrix):
        import torch
        rows, columns = matrix.shape
        return {f"{name}.weight": (matrix.float() * 400).to(torch.float8_e4m3fn),
                f"{name}.weight_scale_inv": scales(-(-rows // BLOCK), -(-columns // BLOCK), dtype="float32")}
    llama(folder)
    rewrite(folder, quantise, {"activation_scheme": "dynamic", "fmt": "e4m3", "modules_to_not_convert": ["lm_head"], "quant_method": "fp8",
                               "weight_block_size": [BLOCK, BLOCK]})


def compressed(folder):
    def quantise(name, matrix):
        import torch
        rows, columns = matrix.shape
        return {f"{name}.weight_packed": whole((rows, columns // 8)), f"{name}.weight_scale": scales(rows, columns // GROUP, dtype="bfloat16"),
                f"{name}.weight_shape": torch.tensor([rows, columns])}
    llama(folder)
    rewrite(folder, quantise, {
        "config_groups": {"group_0": {"input_activations": None, "output_activations": None, "targets": ["Linear"],
                                      "weights": {"group_size": GROUP, "num_bits": 4, "strategy": "group", "symmetric": True, "type": "int"}}},
        "format": "pack-quantized", "ignore": ["lm_head"], "quant_method": "compressed-tensors", "quantization_status": "compressed",
        "version": "0.10.2"})


def mlx(folder):
    def quantise(name, matrix):
        import torch
        rows, columns = matrix.shape
        return {f"{name}.weight": whole((rows, columns // 8)).view(torch.uint32),
                f"{name}.scales": scales(rows, columns // 64, dtype="bfloat16"), f"{name}.biases": scales(rows, columns // 64, dtype="bfloat16")}
    llama(folder)
    rewrite(folder, quantise, {"bits": 4, "group_size": 64}, metadata="mlx", key="quantization")


def mxfp4(folder):
    from safetensors.torch import load_file, save_file
    each = dataclasses.replace(stock_folders.FOLDERS[0], model="GptOssForCausalLM", config="GptOssConfig",
                               settings={**SIZES, "hidden_size": 64, "intermediate_size": 64, "head_dim": 16, "num_local_experts": 4,
                                         "num_experts_per_tok": 2, "sliding_window": 16})
    stock_folders.save(each, folder)
    path, tensors = folder / "model.safetensors", {}
    for name, value in load_file(path).items():
        if name.endswith(("gate_up_proj", "down_proj")) and ".experts." in name:
            experts, columns, rows = value.shape
            tensors[f"{name}_blocks"] = whole((experts, rows, columns // 32, 16), "uint8")
            tensors[f"{name}_scales"] = whole((experts, rows, columns // 32), "uint8") % 8 + 120
        else:
            tensors[name] = value
    save_file(tensors, path, metadata={"format": "pt"})
    root = json.loads((folder / "config.json").read_text())
    root["quantization_config"] = {"modules_to_not_convert": ["model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens",
                                                              "lm_head"], "quant_method": "mxfp4"}
    (folder / "config.json").write_text(json.dumps(root, indent=2, sort_keys=True) + "\n")


def gguf_text(text):
    return struct.pack("<Q", len(text)) + text.encode()


def gguf(folder):
    """Version 3 of the format: magic, counts, metadata, one tensor's description, its bytes at a multiple of 32."""
    folder.mkdir(parents=True)
    metadata = b"".join(gguf_text(key) + struct.pack("<I", 8) + gguf_text(value)
                        for key, value in (("general.architecture", "llama"), ("general.name", "tiny")))
    tensor = gguf_text("token_embd.weight") + struct.pack("<IQQIQ", 2, 64, 32, 8, 0)
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 2) + metadata + tensor
    blocks = b"".join(struct.pack("<e", 0.01) + bytes(range(32)) for _ in range(64 * 32 // 32))
    (folder / "tiny-Q8_0.gguf").write_bytes(head + b"\0" * (-len(head) % 32) + blocks)


def plainly(folder):
    import transformers
    return transformers.AutoModelForCausalLM.from_pretrained(folder, device_map="cpu", dtype="auto")


def dequantised(config):
    def load(folder):
        import transformers
        return transformers.AutoModelForCausalLM.from_pretrained(folder, quantization_config=getattr(transformers, config)(dequantize=True))
    return load


FOLDERS = [
    Quantised("bnb nf4", bitsandbytes(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True,
                                      bnb_4bit_compute_dtype="bfloat16"), load=plainly, construction=False),
    Quantised("bnb fp4", bitsandbytes(load_in_4bit=True, bnb_4bit_quant_type="fp4"), load=plainly, construction=False),
    Quantised("bnb int8", bitsandbytes(load_in_8bit=True), load=plainly, construction=False),
    Quantised("gptq", gptq),
    Quantised("gptq, told beside", lambda folder: gptq(folder, in_config=False)),
    Quantised("awq", awq),
    Quantised("fp8", fp8, load=dequantised("FineGrainedFP8Config")),
    Quantised("compressed tensors", compressed),
    Quantised("mxfp4", mxfp4, load=dequantised("Mxfp4Config")),
    Quantised("mlx", mlx),
    Quantised("gguf", gguf, weights="tiny-Q8_0.gguf"),
]
