#!/usr/bin/env python3
"""Generation configs after the rules, in the real transformers of one era.

    both_eras_test.py ANSWERS   (the rules_answers program of a build; run once with each era's Python)

Several hundred generation_config.json, valid and not. As the rules leave them, each loads, and saves strictly after an
edit such as the handbook's (which makes transformers 5 check as strictly as 4). As they were, each for which a fix says
"transformers [4|5] refuses" does fail in that version; each without a fix is fine. Then whole models: what the rules
leave in config.json does not spoil the save either, and a generation_config.json made from config.json has every key
that this version's GenerationConfig knows. The last line is "N passed, N failed".
"""
import json
import logging
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import warnings

import transformers
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

ERA = transformers.__version__.split(".")[0]
SEED, COUNT = 21, 400
REFUSES = re.compile(rf"transformers(?: {ERA})? refuses")
TOKENIZER = json.dumps({"added_tokens": [{"id": 2, "content": "</s>", "special": True}], "model": {"vocab": {"a": 4}}})
TOKENIZER_CONFIG = json.dumps({"eos_token": "</s>"})
CONFIG = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "use_cache": True, "eos_token_id": 2,
          "vocab_size": 8, "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
          "num_key_value_heads": 2, "bos_token_id": 1}
VALUES = {
    "do_sample": [True, True, False, False, None, 0, 1, "yes"],
    "temperature": [0.7, 1.0, 0, 0.0, None, 2, -1.0, "hot", float("nan")],
    "top_p": [0.9, 1.0, 1, None, 1.5], "top_k": [20, 50, None, 0, -1], "min_p": [0.05, None], "top_h": [0.4, None],
    "typical_p": [0.9, 1.0, None], "epsilon_cutoff": [0.0003, 0.0, None], "eta_cutoff": [0.002, 0.0],
    "num_beams": [1, 1, 4, 2, None], "early_stopping": [True, False, "never", None, "soon", 1, 0, []],
    "length_penalty": [0.8, 1.0, None, "long"], "num_beam_groups": [1, 2], "diversity_penalty": [0.0, 0.5],
    "num_return_sequences": [1, 2, 3, 8, None, 0], "max_new_tokens": [16, 0, -3, None, "many"],
    "max_length": [20, 4096], "pad_token_id": [0, 3, -1, None, [0]],
    "output_scores": [True, False], "output_logits": [True, None], "output_attentions": [True, False],
    "output_hidden_states": [True], "return_dict_in_generate": [True, False, None],
    "use_cache": [False, True, None], "return_legacy_cache": [True, None], "cache_config": [{"nbits": 4}, None],
    "cache_implementation": ["static", "hybrid", "quantized", "dynamic", "dynamic_full", "paged", "mine", 5, None],
    "compile_config": [{}, {"fullgraph": True}, None], "assistant_ensemble_weight": [0.5, 0, 1.0, "half", None],
    "watermarking_config": [{}, {"greenlist_ratio": 0.5}, {"greenlist_ratio": 2}, {"context_width": 0}, "on", None,
                            {"seeding_scheme": "other"}, {"ngram_len": 5}],
    "suppress_tokens": [[2, 3], [], [5], 5, None], "forced_eos_token_id": [2, [2, 3], 7, None, "end"],
    "forced_bos_token_id": [3, 4], "streamer": [None], "logits_processor": [None, []], "synced_gpus": [False],
    "assistant_model": [None], "use_model_defaults": [True], "eos_token_id": [2, [2, 0], [0, 2], None, 1],
    "repetition_penalty": [1.1, 1.0], "no_repeat_ngram_size": [3], "something_else": [{"a": 1}, None],
    "_from_model_config": [True, False],
}
# Values of GenerationConfig that are not read from config.json: the mark and the version (about the file itself),
# use_cache (rule 2), what is refused as a key, and what only one process can mean.
NOT_FROM_CONFIG = {"_from_model_config", "_commit_hash", "_original_object_hash", "transformers_version", "use_cache",
                   "compile_config", "continuous_batching_config"}


def field(text):
    data = text.encode()
    return b"%d\n%s" % (len(data), data)


def answers(program, requests):
    """Per request: verdict, config.json, generation_config.json, fixes as (code, file, path, reason)."""
    data = b"".join(b"".join(field(part) for part in request) for request in requests)
    out = subprocess.run([program], input=data, stdout=subprocess.PIPE, check=True).stdout
    fields, at = [], 0
    while at < len(out):
        line = out.index(b"\n", at)
        size = int(out[at:line])
        fields.append(out[line + 1 : line + 1 + size].decode())
        at = line + 1 + size
    rows = [fields[i : i + 4] for i in range(0, len(fields), 4)]
    assert len(rows) == len(requests), (len(rows), len(requests))
    return [(row[0], row[1], row[2], [line.split("\t") for line in row[3].splitlines()]) for row in rows]


def request(config, generation):
    text = "" if generation is None else json.dumps(generation)
    return json.dumps(config), text, TOKENIZER, TOKENIZER_CONFIG, ""


def failure(folder, text):
    """Loads the file, sets the end token as the handbook does, saves; the error, or None."""
    (folder / "generation_config.json").write_text(text)
    try:
        config = GenerationConfig.from_pretrained(folder)
        config.eos_token_id = 7
        config.save_pretrained(folder / "again")
    except Exception as error:  # whatever it is: a user would stand before it
        return f"{type(error).__name__}: {error}"
    return None


def generated(dice):
    cases = [{key: value} for key, values in VALUES.items() for value in values]
    for _ in range(COUNT - len(cases)):
        keys = dice.sample(sorted(VALUES), dice.randint(2, 7))
        cases.append({key: dice.choice(VALUES[key]) for key in keys})
    return cases


def judge(folder, before, answer):
    verdict, _, after, fixes = answer
    if verdict != "ok":
        return f"refused: {verdict}"
    error = failure(folder, after)
    if error:
        return f"still fails as {after}: {error}"
    error = failure(folder, json.dumps(before))
    claims = [fix for fix in fixes if fix[1] == "generation_config.json" and REFUSES.search(fix[3])]
    if claims and not error:
        return f"works, though a fix says: {claims[0]}"
    if error and not fixes:
        return f"failed without a fix: {error}"
    return None


CONFIGS = [{}, {"temperature": 0.7}, {"temperature": 0.7, "do_sample": True}, {"length_penalty": 2.0},
           {"num_beams": 4, "early_stopping": True, "length_penalty": 2.0}, {"early_stopping": True},
           {"num_return_sequences": 3}, {"output_scores": True}, {"top_p": 0.9, "typical_p": 0.5},
           {"diversity_penalty": 0.5, "num_beam_groups": 2}, {"num_return_sequences": 3, "num_beams": 2}]
GENERATIONS = [None, {}, {"do_sample": True, "temperature": 0.6}, {"num_beams": 3, "length_penalty": 0.5}]


def model_failure(folder, config, generation):
    """Loads the model of a published folder, edits it as the handbook does, and saves it; the error, or None."""
    (folder / "config.json").write_text(config)
    (folder / "generation_config.json").write_text(generation)
    try:
        model = LlamaForCausalLM(LlamaConfig.from_pretrained(folder))
        model.generation_config = GenerationConfig.from_pretrained(folder)
        model.generation_config.eos_token_id = 7
        model.save_pretrained(folder / "again")
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def judge_model(folder, before, answer):
    verdict, config, generation, fixes = answer
    if verdict != "ok":
        return f"refused: {verdict}"
    error = model_failure(folder, config, generation)
    if error:
        return f"still fails as {config} + {generation}: {error}"
    claims = [fix for fix in fixes if fix[1] == "config.json" and REFUSES.search(fix[3])]
    if not claims or before[1] is None:
        return None
    error = model_failure(folder, *map(json.dumps, before))
    return None if error else f"works, though a fix says: {claims[0]}"


def usable_values():
    """A value that says something for each key of this version's GenerationConfig."""
    special = {"do_sample": True, "num_beams": 2, "early_stopping": True, "cache_implementation": "static",
               "watermarking_config": {"bias": 1.0}, "suppress_tokens": [5], "temperature": 0.5, "top_p": 0.5,
               "return_dict_in_generate": True, "assistant_ensemble_weight": 0.5, "eos_token_id": 2}
    shares = {"min_p", "top_h", "typical_p", "epsilon_cutoff", "eta_cutoff"}
    keys = set(vars(GenerationConfig())) - NOT_FROM_CONFIG
    return {key: special.get(key, 0.5 if key in shares else True if key.startswith("output_") else 1) for key in keys}


def judge_keys(program):
    values = usable_values()
    [(verdict, _, generation, _)] = answers(program, [request({**CONFIG, **values}, None)])
    made = json.loads(generation) if verdict == "ok" else {}
    lost = sorted(key for key in values if key not in made)
    return f"{verdict}; not taken from config.json: {lost}" if lost else None


def main():
    program = sys.argv[1]
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    transformers.utils.logging.disable_progress_bar()
    cases = generated(random.Random(SEED))
    passed, failed = 0, 0

    def count(name, problem):
        nonlocal passed, failed
        passed, failed = passed + (not problem), failed + bool(problem)
        if problem:
            print(f"FAILED {name}: {problem}")

    with tempfile.TemporaryDirectory() as root:
        folder = pathlib.Path(root)
        for case, answer in zip(cases, answers(program, [request(CONFIG, case) for case in cases])):
            count(json.dumps(case), judge(folder, case, answer))
        pairs = [({**CONFIG, **config}, generation) for config in CONFIGS for generation in GENERATIONS]
        for pair, answer in zip(pairs, answers(program, [request(*pair) for pair in pairs])):
            count(f"model {pair}", judge_model(folder, pair, answer))
        count("every key of config.json", judge_keys(program))
    print(f"transformers {transformers.__version__}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
