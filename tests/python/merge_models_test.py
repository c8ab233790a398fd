#!/usr/bin/env python3
"""LoRA merges that make another model of the base, or meet modules of their own kind, beside peft.

    merge_models_test.py PROGRAM   (the slipway program; run by the Python of the oracles' venvs, of either era)

torch's MultiheadAttention, convolutions in groups, square experts, classifiers on a base without a head, replicated
layers. What merge_test.py says of comparisons holds here.
"""
import json
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from ground import LeftOut, WORK, check, run_checks, slipway  # noqa: E402
from merging import edited, merge, refused, seeded, shaken, wrong  # noqa: E402

import peft  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402
from torch import nn  # noqa: E402


def stored(module, name, dtype=torch.bfloat16, **config):
    """Its weights in a folder, as `module()` makes them with the same seed."""
    folder = WORK / name
    folder.mkdir(exist_ok=True)
    save_file({key: value.contiguous() for key, value in seeded(module, dtype).state_dict().items()},
              folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text(json.dumps({"model_type": "layers", **config}))
    return folder


def adapter(model, name, **options):
    made = peft.get_peft_model(model, peft.LoraConfig(**{"r": 8, "lora_alpha": 16, **options}))
    shaken(made)
    made.save_pretrained(WORK / name)
    return WORK / name


def beside_peft(ours, theirs, base, changed):
    assert set(ours) == set(theirs), set(ours) ^ set(theirs)
    for name, value in theirs.items():
        assert wrong(ours[name], value) == 0, f"{name}: {wrong(ours[name], value)} of {value.numel()}"
        if name in changed:
            assert wrong(base[name], value) > 0.5 * value.numel(), f"{name}: the base itself passes"


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attn = nn.MultiheadAttention(1024, 4)
        self.proj = nn.Linear(1024, 40)

    def forward(self, x):
        return x


@check
def multihead_attention_gets_what_peft_gives_it():
    for dtype in (torch.bfloat16, torch.float32):
        base = stored(Attention, f"attention-{dtype}".replace("torch.", ""), dtype)
        folder = adapter(seeded(Attention, dtype), "attention-lora", target_modules=["attn", "proj"], rank_pattern={"attn": 4})
        theirs = peft.PeftModel.from_pretrained(seeded(Attention, dtype), folder).merge_and_unload().state_dict()
        beside_peft(merge(folder, base), theirs, seeded(Attention, dtype).state_dict(),
                    ("attn.in_proj_weight", "attn.out_proj.weight", "proj.weight"))


class Blocks(nn.Module):
    def __init__(self):
        super().__init__()
        self.up_proj = nn.Linear(1024, 48)
        self.down_proj = nn.Linear(1024, 40, bias=False)
        self.side = nn.Linear(64, 32)

    def forward(self, x):
        return x


@check
def block_diagonal_matrices_get_what_peft_gives_them():
    if not hasattr(peft.tuners.lora, "BdLoraConfig"):
        raise LeftOut("this peft has no block-diagonal LoRA")
    blocks = peft.tuners.lora.BdLoraConfig(target_modules_bd_a=["down"], target_modules_bd_b=["up_proj"], nblocks=4, match_strict=False)
    for dtype in (torch.bfloat16, torch.float32):
        base = stored(Blocks, f"blocks-{dtype}".replace("torch.", ""), dtype)
        folder = adapter(seeded(Blocks, dtype), "blocks-lora", target_modules=["up_proj", "down_proj", "side"], use_bdlora=blocks)
        theirs = peft.PeftModel.from_pretrained(seeded(Blocks, dtype), folder).merge_and_unload().state_dict()
        beside_peft(merge(folder, base), theirs, seeded(Blocks, dtype).state_dict(), ("up_proj.weight", "down_proj.weight", "side.weight"))
    refused(edited(folder, "blocks-odd", use_bdlora={"nblocks": 3, "target_modules_bd_a": ["down"]}), base, 5, "use_bdlora", "3 blocks", "down_proj")


class Grouped(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(64, 32, 3, groups=4)

    def forward(self, x):
        return x


@check
def a_convolution_in_groups_is_refused_by_name_as_by_peft():
    folder = adapter(seeded(Grouped), "grouped-lora", target_modules=["conv"])
    try:
        peft.PeftModel.from_pretrained(seeded(Grouped), folder).merge_and_unload()
        raise AssertionError("peft merges it now")
    except NotImplementedError:
        pass
    refused(folder, stored(Grouped, "grouped"), 1, "conv", "4 groups", "without --merge")


class Experts(nn.Module):
    def __init__(self, turned):
        super().__init__()
        self.is_transposed = turned
        self.down_proj = nn.Parameter(torch.empty(3, 48, 48))

    def forward(self, x):
        return x


class Square(nn.Module):
    def __init__(self, turned=False):
        super().__init__()
        self.experts = Experts(turned)

    def forward(self, x):
        return x


@check
def square_experts_stand_as_the_models_class_says():
    for model_type, turned in (("gpt_oss", True), ("qwen3_moe", False)):
        def module(turned=turned):
            return Square(turned)
        base = stored(module, f"square-{model_type}", model_type=model_type)
        folder = adapter(seeded(module), f"square-{model_type}-lora", target_modules=[], target_parameters=["experts.down_proj"])
        theirs = peft.PeftModel.from_pretrained(seeded(module), folder).merge_and_unload().state_dict()
        beside_peft(merge(folder, base), theirs, seeded(module).state_dict(), ("experts.down_proj",))
    refused(edited(folder, "square-unknown", peft_version="0.19.1"), base, 1, "experts.down_proj", "square", "peft_version")
    if peft.__version__ >= "0.20":
        refused(folder, stored(module, "square-own", model_type="of_its_own"), 1, "experts.down_proj", "model_type")


def tiny_llama(name, **more):
    """A tiny Llama of five layers and its folder."""
    config = transformers.LlamaConfig(vocab_size=96, hidden_size=64, intermediate_size=112, num_hidden_layers=5, num_attention_heads=4,
                                      num_key_value_heads=2, max_position_embeddings=64, tie_word_embeddings=False, pad_token_id=0, **more)
    torch.manual_seed(7)
    model = transformers.LlamaForCausalLM(config)
    model.save_pretrained(WORK / name)
    return WORK / name


@check
def a_classifier_on_a_base_without_a_head_becomes_a_classifier():
    base, out = tiny_llama("headless"), WORK / "classifier"
    for labels, kind in ((3, "SEQ_CLS"), (1, "SEQ_CLS"), (2, "TOKEN_CLS")):
        auto = transformers.AutoModelForSequenceClassification if kind == "SEQ_CLS" else transformers.AutoModelForTokenClassification
        torch.manual_seed(5)
        model = auto.from_pretrained(base, num_labels=labels)
        folder = adapter(model, "classifier-lora", target_modules=["q_proj"], task_type=kind)
        config = json.loads((folder / "adapter_config.json").read_text())
        theirs = peft.PeftModel.from_pretrained(auto.from_pretrained(base, num_labels=labels), folder).merge_and_unload()
        shutil.rmtree(out, ignore_errors=True)
        result = slipway("save", folder, "--out", out, "--merge", "--base", base)
        assert [w for w in result["warnings"] if w["code"] == "merge-config" and f"For{'Token' if 'TOKEN' in kind else 'Sequence'}Cl" in w["message"]], result
        assert any(one["tensor"] == "score.weight" for one in result["merged"]["modules"]), result["merged"]
        ours, told = auto.from_pretrained(out, output_loading_info=True)
        assert not told["missing_keys"] and not told["unexpected_keys"] and not told["mismatched_keys"], told
        assert type(ours) is type(theirs) and ours.config.num_labels == labels, (type(ours), ours.config.num_labels)
        assert ours.config.architectures == [type(theirs).__name__]
        for name, value in theirs.state_dict().items():
            assert wrong(ours.state_dict()[name], value) == 0, name
        ids = torch.arange(1, 41).reshape(2, 20)
        with torch.no_grad():
            assert torch.allclose(ours(ids).logits, theirs(ids).logits, atol=1e-4)
        assert not (out / "generation_config.json").exists()
        assert config["modules_to_save"], config
    refused(edited(folder, "headless-untold", task_type="CAUSAL_LM"), base, 5, "score.weight")


@check
def the_labels_are_the_runs_own():
    base, out = tiny_llama("headless-named"), WORK / "named"
    names = {0: "bad", 1: "good"}
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        base, num_labels=2, id2label=names, label2id={name: i for i, name in names.items()})
    folder = adapter(model, "named-lora", target_modules=["q_proj"], task_type="SEQ_CLS")
    model.config.save_pretrained(folder)
    slipway("save", folder, "--out", out, "--merge", "--base", base)
    assert transformers.AutoConfig.from_pretrained(out).id2label == names


@check
def replicated_layers_answer_as_the_adapter_that_replicated_them():
    base, out = tiny_llama("replicated-base"), WORK / "replicated"
    ranges = [[0, 4], [2, 5]]
    load = transformers.AutoModelForCausalLM.from_pretrained
    folder = adapter(load(base), "replicated-lora", target_modules=["q_proj", "up_proj"], layer_replication=ranges)
    theirs = peft.PeftModel.from_pretrained(load(base), folder)
    result = slipway("save", folder, "--out", out, "--merge", "--base", base, "--max-shard-size", "200KB")
    ours, told = load(out, output_loading_info=True)
    assert not told["missing_keys"] and not told["unexpected_keys"], told
    assert ours.config.num_hidden_layers == 7 and len(result["merged"]["modules"]) == 14
    assert any("num_hidden_layers 5 -> 7" in warning["message"] for warning in result["warnings"]), result["warnings"]
    ids = torch.arange(1, 41).reshape(2, 20)
    with torch.no_grad():
        want = theirs(ids, use_cache=False).logits
        assert torch.allclose(ours(ids, use_cache=False).logits, want, atol=1e-4)
        assert not torch.allclose(load(base)(ids, use_cache=False).logits, want, atol=1e-2)
    refused(edited(folder, "replicated-past", layer_replication=[[0, 4], [2, 6]]), base, 5, "layer 5")
    for wrong_type in ("all", [[0]], [[3, 1]], [[0, 10 ** 9]], [[-1, 2]], [0, 4]):
        refused(edited(folder, "replicated-wrong", layer_replication=wrong_type), base, 5, "layer_replication")


SIZES = dict(vocab_size=96, hidden_size=64, intermediate_size=112, num_hidden_layers=2, num_attention_heads=4)
IDS = torch.arange(1, 41).reshape(2, 20)


def tiny(name, model, config, **fields):
    """A tiny model of that class in a folder, its biases and norms others than they begin."""
    torch.manual_seed(7)
    made = getattr(transformers, model)(getattr(transformers, config)(**fields))
    with torch.no_grad():
        for value in made.parameters():
            if value.dim() == 1:
                value.add_(torch.randn(value.shape) * 0.02)
    shutil.rmtree(WORK / name, ignore_errors=True)
    made.save_pretrained(WORK / name)
    return WORK / name


def answers_as_peft_merges_it(base, load, inputs, *flags, prepare=None, **options):
    """Trains what `options` say, merges it with both, and holds the loaded models against each other."""
    def prepared():
        torch.manual_seed(5)
        model = load(base)
        if prepare:
            prepare(model)
        return model
    folder, out = adapter(prepared(), "answers-lora", **options), WORK / "answers"
    theirs = peft.PeftModel.from_pretrained(prepared(), folder).merge_and_unload().eval()
    shutil.rmtree(out, ignore_errors=True)
    slipway("save", folder, "--out", out, "--merge", "--base", base, *flags)
    ours, told = load(out, output_loading_info=True)
    assert type(ours) is type(theirs), (type(ours), type(theirs))
    assert not any(told.get(key) for key in ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs")), told
    values = ours.state_dict()
    assert set(values) == set(theirs.state_dict()), set(values) ^ set(theirs.state_dict())
    for name, value in theirs.state_dict().items():
        assert values[name].shape == value.shape and wrong(values[name], value) == 0, name
    with torch.no_grad():
        want, untrained = theirs(**inputs)[0], prepared().eval()(**inputs)[0]
        assert torch.allclose(ours.eval()(**inputs)[0], want, atol=1e-4)
        assert want.shape != untrained.shape or not torch.allclose(untrained, want, atol=1e-2)
    return ours, folder, out


def classifier(labels, kind="Sequence"):
    auto = getattr(transformers, f"AutoModelFor{kind}Classification")

    def load(path, **more):
        if not more:
            more = {"num_labels": labels, "ignore_mismatched_sizes": True}
        return auto.from_pretrained(path, **more)
    return load


@check
def every_layer_of_a_classifiers_head_comes_along_and_the_last_gives_the_labels():
    base = tiny("distil", "DistilBertForMaskedLM", "DistilBertConfig", vocab_size=96, dim=64, hidden_dim=112, n_layers=2, n_heads=4)
    for saved in (None, ["pre_classifier", "classifier"]):
        ours, folder, out = answers_as_peft_merges_it(base, classifier(3), {"input_ids": IDS}, task_type="SEQ_CLS",
                                                      target_modules=["q_lin", "v_lin"], modules_to_save=saved)
        assert ours.config.num_labels == 3 and ours.config.architectures == ["DistilBertForSequenceClassification"]
        assert not [name for name in load_file(out / "model.safetensors") if name.startswith("vocab_")]
    answers_as_peft_merges_it(base, classifier(5, "Token"), {"input_ids": IDS}, task_type="TOKEN_CLS", target_modules=["q_lin"])


@check
def the_old_head_over_words_goes_whole():
    bert = tiny("pretraining", "BertForPreTraining", "BertConfig", **SIZES)
    roberta = tiny("roberta", "RobertaForMaskedLM", "RobertaConfig", **SIZES)
    electra = tiny("electra", "ElectraForPreTraining", "ElectraConfig", embedding_size=32, **SIZES)
    albert = tiny("albert", "AlbertForPreTraining", "AlbertConfig", embedding_size=32, **SIZES)
    for base, kind in ((bert, "SEQ_CLS"), (albert, "SEQ_CLS"), (albert, "TOKEN_CLS"), (bert, "TOKEN_CLS"), (roberta, "SEQ_CLS"), (roberta, "TOKEN_CLS"), (electra, "SEQ_CLS")):
        ours, _, _ = answers_as_peft_merges_it(base, classifier(3, "Token" if kind == "TOKEN_CLS" else "Sequence"), {"input_ids": IDS},
                                               task_type=kind, target_modules=["query", "value"])
        assert ours.config.num_labels == 3


@check
def a_head_of_other_labels_replaces_the_bases():
    for base, targets in ((tiny("two", "BertForSequenceClassification", "BertConfig", num_labels=2, **SIZES), ["query"]),
                          (tiny("two-llama", "LlamaForSequenceClassification", "LlamaConfig", num_labels=2, pad_token_id=0, **SIZES), ["q_proj"])):
        architecture = json.loads((base / "config.json").read_text())["architectures"]
        ours, _, _ = answers_as_peft_merges_it(base, classifier(3), {"input_ids": IDS}, task_type="SEQ_CLS", target_modules=targets)
        assert ours.config.num_labels == 3 and len(ours.config.id2label) == 3 and ours.config.architectures == architecture


@check
def a_head_for_questions_is_added():
    base = tiny("questions", "BertForPreTraining", "BertConfig", **SIZES)
    ours, _, _ = answers_as_peft_merges_it(base, transformers.AutoModelForQuestionAnswering.from_pretrained, {"input_ids": IDS},
                                           task_type="QUESTION_ANS", target_modules=["query", "value"])
    assert ours.config.architectures == ["BertForQuestionAnswering"]


PICTURES = dict(hidden_size=64, intermediate_size=112, num_hidden_layers=2, num_attention_heads=4, image_size=16, patch_size=8)


@check
def a_classifier_of_pictures_keeps_the_names_of_its_files_and_gets_a_new_head():
    torch.manual_seed(2)
    seen = {"pixel_values": torch.randn(2, 3, 16, 16)}
    names = ["q_proj", "v_proj", "o_proj", "fc2"] if transformers.__version__ >= "5" else ["query", "value", "dense"]
    base = tiny("vit", "ViTForImageClassification", "ViTConfig", num_labels=3, **PICTURES)
    _, _, out = answers_as_peft_merges_it(base, classifier(3, "Image"), seen, target_modules=names, modules_to_save=["classifier"])
    assert "vit.encoder.layer.0.attention.attention.query.weight" in load_file(out / "model.safetensors")
    answers_as_peft_merges_it(base, classifier(4, "Image"), seen, target_modules=names, modules_to_save=["classifier"])
    bare = tiny("vit-bare", "ViTModel", "ViTConfig", **PICTURES)
    ours, _, _ = answers_as_peft_merges_it(bare, classifier(4, "Image"), seen, target_modules=names, modules_to_save=["classifier"])
    assert ours.config.num_labels == 4 and ours.config.architectures == ["ViTForImageClassification"]
    dino = tiny("dino", "Dinov2ForImageClassification", "Dinov2Config", hidden_size=64, num_hidden_layers=2, num_attention_heads=4,
                image_size=16, patch_size=8, num_labels=3)
    answers_as_peft_merges_it(dino, classifier(3, "Image"), seen, target_modules="all-linear")


@check
def the_language_model_of_qwen2_vl_is_found_where_its_files_keep_it():
    text = dict(num_key_value_heads=2, max_position_embeddings=64, rope_scaling={"type": "mrope", "mrope_section": [2, 3, 3]},
                bos_token_id=1, eos_token_id=2, pad_token_id=0, **SIZES)
    tower = dict(depth=2, hidden_size=64, num_heads=4, patch_size=4)
    ids = dict(image_token_id=90, video_token_id=91, vision_start_token_id=92, vision_end_token_id=93)
    for model, config, more in (("Qwen2VL", "Qwen2VLConfig", {"embed_dim": 64, "mlp_ratio": 2}),
                                ("Qwen2_5_VL", "Qwen2_5_VLConfig", {"intermediate_size": 112, "out_hidden_size": 64, "fullatt_block_indexes": [1]})):
        base = tiny(model, f"{model}ForConditionalGeneration", config, text_config=text, vision_config={**tower, **more}, **ids)
        load = getattr(transformers, f"{model}ForConditionalGeneration").from_pretrained
        answers_as_peft_merges_it(base, load, {"input_ids": IDS}, target_modules=["q_proj", "down_proj", "qkv"])


@check
def the_head_of_gpt_neox_is_one_whatever_it_is_called():
    base = tiny("neox", "GPTNeoXForCausalLM", "GPTNeoXConfig", bos_token_id=1, eos_token_id=2, **SIZES)
    load = transformers.AutoModelForCausalLM.from_pretrained
    head = "lm_head" if transformers.__version__ >= "5" else "embed_out"
    answers_as_peft_merges_it(base, load, {"input_ids": IDS}, target_modules=["query_key_value", head])
    answers_as_peft_merges_it(base, load, {"input_ids": IDS}, target_modules=["query_key_value"], modules_to_save=[head])


@check
def rows_trained_on_grown_embeddings_come_on_top_of_the_whole_matrix():
    for tied in (True, False):
        base = tiny(f"grown-{tied}", "LlamaForCausalLM", "LlamaConfig", tie_word_embeddings=tied, pad_token_id=0, **SIZES)
        ours, _, _ = answers_as_peft_merges_it(base, transformers.AutoModelForCausalLM.from_pretrained, {"input_ids": IDS}, target_modules=["q_proj"],
                                               task_type="CAUSAL_LM", trainable_token_indices=[100, 101],
                                               prepare=lambda model: model.resize_token_embeddings(104) if model.config.vocab_size == 96 else None)
        assert ours.config.vocab_size == 104 and bool(ours.config.tie_word_embeddings) is tied


if __name__ == "__main__":
    sys.exit(run_checks())
