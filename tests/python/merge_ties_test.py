#!/usr/bin/env python3
"""Merges that touch embeddings, heads and vocabularies, loaded and beside the adapter on its base.

    merge_ties_test.py PROGRAM   (the slipway program; run by the Python of the oracles' venvs, of either era)

peft's own merge adds the change of one of two tied matrices to both, so the answers of the adapter that is not merged
are what these are held against; where the two agree it is the same.
"""
import json
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from ground import WORK, check, run_checks, slipway  # noqa: E402
from merging import refused, shaken  # noqa: E402

import peft  # noqa: E402
import torch  # noqa: E402
import transformers as tf  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

CAUSAL, SEQ2SEQ, MASKED = tf.AutoModelForCausalLM, tf.AutoModelForSeq2SeqLM, tf.AutoModelForMaskedLM
HEARD, CLASSIFIER = tf.AutoModelForSpeechSeq2Seq, tf.AutoModelForSequenceClassification
SIZES = {"vocab_size": 96, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
         "max_position_embeddings": 64, "pad_token_id": 0}
STACKS = {"vocab_size": 96, "d_model": 32, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4,
          "decoder_attention_heads": 4, "encoder_ffn_dim": 48, "decoder_ffn_dim": 48, "max_position_embeddings": 64,
          "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 2}
GPT2 = {"vocab_size": 96, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64, "bos_token_id": 1, "eos_token_id": 2}
T5 = {"vocab_size": 96, "d_model": 32, "d_kv": 8, "d_ff": 48, "num_layers": 2, "num_heads": 4, "decoder_start_token_id": 0,
      "pad_token_id": 0, "eos_token_id": 2}
TIED, UNTIED = {"tie_word_embeddings": True}, {"tie_word_embeddings": False}


def llama(**more):
    return tf.LlamaForCausalLM(tf.LlamaConfig(**SIZES, **more))


def whisper():
    return tf.WhisperForConditionalGeneration(tf.WhisperConfig(
        **{name: value for name, value in STACKS.items() if name != "max_position_embeddings"}, num_mel_bins=8,
        max_source_positions=10, max_target_positions=20, suppress_tokens=None, begin_suppress_tokens=None))


def opt():
    return tf.OPTForCausalLM(tf.OPTConfig(**{n: v for n, v in SIZES.items() if n != "intermediate_size"}, ffn_dim=48, word_embed_proj_dim=32))


def made(name, build, bare=""):
    """A base's folder; of the bare model where the prefix of its names is given."""
    torch.manual_seed(1)
    model, folder = build(), WORK / name
    with torch.no_grad():
        for value in model.parameters():
            if value.dim() == 1:
                value.add_(torch.randn(value.shape) * 0.02)
    model.save_pretrained(folder)
    if bare:
        file = folder / "model.safetensors"
        save_file({key.removeprefix(bare): value for key, value in load_file(file).items() if key != "lm_head.weight"},
                  file, {"format": "pt"})
    return folder


def inputs(model):
    ids = torch.arange(2, 14).reshape(2, 6)
    if model.config.model_type == "whisper":
        generator = torch.Generator().manual_seed(4)
        return {"input_features": torch.randn(2, 8, 20, generator=generator), "decoder_input_ids": ids}
    if getattr(model.config, "num_labels", 0) == 3:
        ids = ids[:1]
    return {"input_ids": ids, **({"decoder_input_ids": ids} if model.config.is_encoder_decoder else {})}


def answers(model):
    with torch.no_grad():
        return model.eval()(**inputs(model)).logits


def opened(auto, base, rows, **more):
    model = auto.from_pretrained(base, **more)
    if rows:
        torch.manual_seed(6)
        model.resize_token_embeddings(rows)
    return model


def trained(name, auto, base, rows, more, options):
    model = peft.get_peft_model(opened(auto, base, rows, **more), peft.LoraConfig(r=4, lora_alpha=8, **options))
    shaken(model)
    model.save_pretrained(WORK / name)
    return WORK / name


def merges(name, build, auto, rows=None, bare="", more=None, **options):
    more = more or {}
    base, out = made(f"{name}-base", build, bare), WORK / f"{name}-merged"
    adapter = trained(f"{name}-lora", auto, base, rows, more, options)
    theirs = answers(peft.PeftModel.from_pretrained(opened(auto, base, rows, **more), adapter))
    result = slipway("save", adapter, "--out", out, "--merge", "--base", base)
    ours, told = auto.from_pretrained(out, output_loading_info=True)
    assert not told["missing_keys"] and not told["mismatched_keys"], (name, told)
    got = answers(ours)
    assert got.shape == theirs.shape and torch.allclose(got, theirs, atol=1e-4), (name, (got - theirs).abs().max())
    if not rows and not more:
        assert not torch.allclose(answers(auto.from_pretrained(base)), theirs, atol=1e-2), f"{name}: the base answers so too"
    return out, result


@check
def a_grown_vocabulary_is_every_tensors_that_counts_tokens():
    bart = lambda: tf.BartForConditionalGeneration(tf.BartConfig(**STACKS))  # noqa: E731
    marian = lambda: tf.MarianMTModel(tf.MarianConfig(**STACKS, decoder_vocab_size=96))  # noqa: E731
    for name, build, auto, module in (("bart", bart, SEQ2SEQ, "q_proj"), ("marian", marian, SEQ2SEQ, "q_proj"),
                                      ("phi", lambda: tf.PhiForCausalLM(tf.PhiConfig(**SIZES)), CAUSAL, "q_proj"),
                                      ("gptj", lambda: tf.GPTJForCausalLM(tf.GPTJConfig(**GPT2, rotary_dim=4)), CAUSAL, "q_proj"),
                                      ("bert", lambda: tf.BertForMaskedLM(tf.BertConfig(**SIZES)), MASKED, "query"),
                                      ("roberta", lambda: tf.RobertaForMaskedLM(tf.RobertaConfig(**SIZES)), MASKED, "query"),
                                      ("whisper", whisper, HEARD, "q_proj")):
        out, _ = merges(f"grown-{name}", build, auto, rows=104, target_modules=[module])
        config = json.loads((out / "config.json").read_text())
        assert config["vocab_size"] == 104 and config.get("decoder_vocab_size", 104) == 104, config
        for key, value in load_file(out / "model.safetensors").items():
            assert 96 not in value.shape, (name, key)
    out, _ = merges("grown-bare", lambda: tf.GPT2LMHeadModel(tf.GPT2Config(**GPT2)), CAUSAL, rows=104, bare="transformer.",
                    target_modules=["c_attn"], fan_in_fan_out=True)
    assert json.loads((out / "config.json").read_text())["vocab_size"] == 104


@check
def rows_below_a_lora_on_the_head_are_both_embeddings():
    out, _ = merges("head-rows", lambda: llama(**TIED), CAUSAL, rows=104, target_modules=["q_proj", "lm_head"])
    assert {value.shape[0] for key, value in load_file(out / "model.safetensors").items() if "embed" in key or "head" in key} == {104}
    base = made("head-rows-apart-base", lambda: llama(**UNTIED))
    adapter = trained("head-rows-apart", CAUSAL, base, 104, {}, {"target_modules": ["q_proj", "lm_head"]})
    refused(adapter, base, 5, "model.embed_tokens.weight has 96 rows", "lm_head.weight has 104", "both")


@check
def what_parts_a_tie_loads_whole():
    head, embeddings = {"target_modules": ["q_proj", "lm_head"]}, {"target_modules": ["q_proj", "embed_tokens"]}
    merges("parted-bart", lambda: tf.BartForConditionalGeneration(tf.BartConfig(**STACKS)), SEQ2SEQ, **head)
    merges("parted-whisper", whisper, HEARD, **embeddings)
    merges("parted-whisper-head", whisper, HEARD, target_modules=["q_proj"], modules_to_save=["proj_out"])
    merges("parted-opt", opt, CAUSAL, bare="model.", **head)
    merges("parted-gpt2", lambda: tf.GPT2LMHeadModel(tf.GPT2Config(**GPT2)), CAUSAL, bare="transformer.",
           target_modules=["c_attn", "wte"], fan_in_fan_out=True)
    for module in ("word_embeddings", "decoder"):
        modules = ["query", module]
        merges(f"parted-bert-{module}", lambda: tf.BertForMaskedLM(tf.BertConfig(**SIZES)), MASKED, target_modules=modules)
        merges(f"parted-roberta-{module}", lambda: tf.RobertaForMaskedLM(tf.RobertaConfig(**SIZES)), MASKED, target_modules=modules)


@check
def rows_of_both_embeddings_are_each_ones_own():
    merges("rows-apart", lambda: llama(**TIED), CAUSAL, target_modules=["q_proj"],
           trainable_token_indices={"embed_tokens": [4, 5], "lm_head": [7, 9]})


@check
def a_t5_is_parted_only_where_its_scaling_is_said():
    base = made("t5-base", lambda: tf.T5ForConditionalGeneration(tf.T5Config(**T5)))
    config = json.loads((base / "config.json").read_text())
    for said in (None, True, False):
        config.pop("scale_decoder_outputs", None)
        (base / "config.json").write_text(json.dumps({**config, **({} if said is None else {"scale_decoder_outputs": said})}))
        for name, options in (("head", {"target_modules": ["q", "lm_head"]}), ("whole", {"target_modules": ["q"], "modules_to_save": ["lm_head"]})):
            adapter, out = trained(f"t5-{name}", SEQ2SEQ, base, None, {}, options), WORK / f"t5-{name}-merged"
            if said is None:
                refused(adapter, base, 1, "shared.weight and lm_head.weight", "t5", "scaling", "without --merge")
                continue
            shutil.rmtree(out, ignore_errors=True)
            result = slipway("save", adapter, "--out", out, "--merge", "--base", base)
            assert any("only transformers 5" in warning["message"] for warning in result["warnings"]) is said, result["warnings"]
            if tf.__version__ < "5":
                continue
            theirs = answers(peft.PeftModel.from_pretrained(SEQ2SEQ.from_pretrained(base), adapter))
            assert torch.allclose(answers(SEQ2SEQ.from_pretrained(out)), theirs, atol=1e-4), name


@check
def a_classifier_has_no_tie_and_no_rows_of_a_head():
    labels = {"num_labels": 3}
    for name, tie, options in (("grown", UNTIED, {}), ("tied", TIED, {"target_modules": ["q_proj", "embed_tokens"]})):
        out, _ = merges(f"labels-{name}", lambda tie=tie: llama(**tie), CLASSIFIER, rows=None if options else 104, more=labels,
                        **{"target_modules": ["q_proj"], "task_type": "SEQ_CLS", **options})
        assert "lm_head.weight" not in load_file(out / "model.safetensors")
        config = json.loads((out / "config.json").read_text())
        assert config["tie_word_embeddings"] is tie["tie_word_embeddings"], config
        assert config["vocab_size"] == (96 if options else 104), config


@check
def a_head_inside_of_a_larger_model_is_found_by_its_short_name():
    sizes = {**SIZES, "num_key_value_heads": 2, "head_dim": 8}
    seen = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "image_size": 16, "patch_size": 8}

    def gemma():
        return tf.Gemma3ForConditionalGeneration(tf.Gemma3Config(
            text_config=sizes, vision_config=seen, mm_tokens_per_image=4, image_token_index=95, boi_token_index=94, eoi_token_index=93))
    out, _ = merges("inner-head", gemma, tf.AutoModelForImageTextToText, target_modules=["q_proj"], modules_to_save=["lm_head"])
    assert sum("lm_head" in key for key in load_file(out / "model.safetensors")) == 1
    shutil.rmtree(out)


if __name__ == "__main__":
    sys.exit(run_checks())
