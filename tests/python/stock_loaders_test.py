#!/usr/bin/env python3
"""Every example run, published to the embedded Hub, as the stock loaders of one era see it.

    stock_loaders_test.py PROGRAM   (run by the Python of either era's venv)
"""
import contextlib
import functools
import importlib.metadata
import io
import json
import re
import shutil
import sys

import example_runs
from ground import CHECKS, ROOT, WORK, check, hub, run_checks, slipway

NEW_TOKENS = 48
QUESTION = [{"role": "user", "content": "What does the crane do?"}]
TEXT = "<|im_start|>user\nWhat does the café do?<|im_end|>\nThe naïveté of 船 guides 12 cargo  lamps.\n"


def every(wanted):
    """Makes a check of FUNCTION(run) for each run that is WANTED."""
    def add(function):
        for run in filter(wanted, example_runs.runs()):
            CHECKS.append((f"{run.name}: {function.__name__.replace('_', ' ')}", functools.partial(function, run)))
        return function
    return add


def any_run(_):
    return True


def era():
    return int(importlib.metadata.version("transformers").split(".")[0])


@functools.cache
def publish(run):
    folder = WORK / "runs" / run.name
    shutil.copytree(run.folder, folder)
    return slipway("publish", folder, "--recipe", run.recipe, "--to", run.repository, "--public")


def model_class(run):
    import peft
    import transformers
    if run.is_adapter:
        return peft.AutoPeftModelForCausalLM
    return transformers.AutoModelForCausalLM if run.generates else transformers.AutoModelForSequenceClassification


@functools.cache
def load_model(run, where):
    return model_class(run).from_pretrained(where, dtype="auto")


@functools.cache
def load_tokenizer(where):
    from transformers import AutoTokenizer
    return AutoTokenizer.from_pretrained(where)


def published_model(run):
    publish(run)
    return load_model(run, run.repository)


def published_tokenizer(run):
    publish(run)
    return load_tokenizer(run.repository)


def runs_tensors(run):
    from safetensors.torch import load_file
    return {name: tensor for path in run.folder.glob("*.safetensors") for name, tensor in load_file(path).items()}


def remote_json(run, name):
    from huggingface_hub import hf_hub_download
    with open(hf_hub_download(run.repository, name), encoding="utf-8") as file:
        return json.load(file)


def answer(model, tokenizer, **more):
    """The ids that follow a question, or the beginning of a sentence where there is no chat template."""
    if tokenizer.chat_template:
        inputs = tokenizer.apply_chat_template(QUESTION, add_generation_prompt=True, return_dict=True, return_tensors="pt")
    else:
        inputs = tokenizer("The crane", return_tensors="pt")
    output = model.generate(**inputs, **{"do_sample": False, "max_new_tokens": NEW_TOKENS, **more})
    return output[0][inputs["input_ids"].shape[1]:].tolist()


def explicit(run):
    """What the card of an adapter passes: loaders of adapters read the base's generation config."""
    from transformers import GenerationConfig
    if not run.is_adapter:
        return {}
    config = GenerationConfig.from_pretrained(run.repository)
    config.update(do_sample=False, max_new_tokens=NEW_TOKENS)
    return {"generation_config": config}


@every(any_run)
def loads_with_the_runs_own_tensors(run):
    from peft import get_peft_model_state_dict
    model = published_model(run)
    state = get_peft_model_state_dict(model, save_embedding_layers=False) if run.is_adapter else model.state_dict()
    ours = runs_tensors(run)
    for name, tensor in ours.items():
        assert state[name].float().equal(tensor.float()), name
        assert run.is_adapter or state[name].dtype == tensor.dtype, name  # peft computes with adapters in 32 bits
    shared = {state[name].data_ptr() for name in ours}
    assert not [name for name, tensor in state.items() if tensor.data_ptr() not in shared]


def turns_as_its_base(run, model):
    import torch
    config = json.loads((run.base / "config.json").read_text())
    theta, width = config["rope_theta"], config["hidden_size"] // config["num_attention_heads"]
    expected = 1.0 / theta ** (torch.arange(0, width, 2).float() / width)
    found = [module.inv_freq for module in model.modules() if hasattr(module, "inv_freq")]
    return bool(found) and all(torch.allclose(each.float(), expected) for each in found)


@every(any_run)
def turns_by_its_bases_rope(run):
    assert turns_as_its_base(run, published_model(run))


@every(any_run)
def cuts_text_as_its_tokenizer_json(run):
    from tokenizers import Tokenizer
    tokenizer = published_tokenizer(run)
    assert tokenizer(TEXT)["input_ids"] == Tokenizer.from_file(str(run.folder / "tokenizer.json")).encode(TEXT).ids


def of_the_newer_era(run):
    return run.era > era()


@every(of_the_newer_era)
def tokenizer_as_it_was_left_is_refused_here(run):
    try:
        load_tokenizer(str(run.folder))
    except ImportError:  # transformers 4 takes a list for a map, and then asks for protobuf
        return
    raise AssertionError("it loads")


@every(lambda run: of_the_newer_era(run) and not run.is_adapter)
def config_as_it_was_left_turns_by_another_rope_here(run):
    assert not turns_as_its_base(run, load_model(run, str(run.folder)))


def use_cache_values(value):
    if not isinstance(value, dict):
        return []
    nested = [found for each in value.values() for found in use_cache_values(each)]
    return nested + ([value["use_cache"]] if "use_cache" in value else [])


@every(any_run)
def claims_what_is_proved_here(run):
    claim = {each["engine"]: each for each in publish(run)["engines"]}[f"transformers {era()}"]
    assert claim["loads"] == "proved here" and claim.get("stops", "proved here") == "proved here", claim
    assert ("stops" in claim) == run.generates, claim


@check
def nothing_is_called_proved_that_was_not_loaded():
    source = (ROOT / "src/model/engines.cc").read_text(encoding="utf-8")
    table = re.search(r"kProvedClasses\{\{(.*?)\}\};", source, re.DOTALL)[1]
    claimed = {(name, kind == "true") for name, kind in re.findall(r'\{"(\w+)", (true|false)\}', table)}
    loaded = {(json.loads(((run.base if run.is_adapter else run.folder) / "config.json").read_text())["architectures"][0], run.is_adapter)
              for run in example_runs.runs()}
    assert {name for name, _ in claimed} == {name for name, _ in loaded}
    assert {name for name, as_adapter in claimed if as_adapter} == {name for name, is_adapter in loaded if is_adapter}


@every(lambda run: run.generates)
def uses_its_kv_cache(run):
    model = published_model(run)
    assert model.config.use_cache is True and model.generation_config.use_cache in (None, True)
    assert False not in use_cache_values(remote_json(run, "generation_config.json"))
    if not run.is_adapter:
        assert set(use_cache_values(remote_json(run, "config.json"))) == {True}


@every(lambda run: run.generates)
def stops_where_the_release_says(run):
    model, tokenizer = published_model(run), published_tokenizer(run)
    ids = answer(model, tokenizer, **explicit(run))
    wanted = tokenizer.convert_tokens_to_ids("<|im_end|>" if tokenizer.chat_template else "<|endoftext|>")
    stops = remote_json(run, "generation_config.json")["eos_token_id"]
    assert (stops if isinstance(stops, list) else [stops]) == publish(run)["stops"]
    assert ids[-1] == wanted and wanted in publish(run)["stops"] and len(ids) < NEW_TOKENS, ids


@every(lambda run: run.generates and run.era == era())
def ended_before_as_the_table_says(run):
    model, tokenizer = load_model(run, str(run.folder)), load_tokenizer(str(run.folder))
    ids = answer(model, tokenizer)
    if run.ending == "runs on":
        assert len(ids) == NEW_TOKENS, ids
    else:
        assert len(ids) < NEW_TOKENS and tokenizer.convert_ids_to_tokens(ids[-1]) == run.ending, ids


def has_own_rows(run):
    """Tokens of its own, so that its embeddings are longer than the base's: a pipeline cannot put it on the base."""
    return run.is_adapter and bool(run.json("adapter_config.json")["modules_to_save"])


@every(lambda run: run.generates and not has_own_rows(run))
def pipeline_gives_the_same_answer(run):
    from transformers import pipeline
    model, tokenizer = published_model(run), published_tokenizer(run)
    expected = tokenizer.decode(answer(model, tokenizer, **explicit(run)), skip_special_tokens=True)
    options = explicit(run) or {"do_sample": False, "max_new_tokens": NEW_TOKENS}
    prompt = QUESTION if tokenizer.chat_template else "The crane"
    # For an adapter the pipeline takes the base's tokenizer, which may have no chat template.
    own = {"tokenizer": run.repository} if run.is_adapter else {}
    given = pipeline("text-generation", model=run.repository, **own)(prompt, return_full_text=False, **options)
    assert given[0]["generated_text"] == expected, (given, expected)


@every(any_run)
def cards_snippet_runs_and_prints(run):
    from huggingface_hub import hf_hub_download
    publish(run)
    with open(hf_hub_download(run.repository, "README.md"), encoding="utf-8") as card:
        code = re.search(r"```python\n(.*?)```", card.read(), re.S)[1]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {"__name__": "snippet"})  # pylint: disable=exec-used
    assert printed.getvalue().strip(), code


@every(lambda run: not run.generates)
def pipeline_prefers_the_chosen_answer(run):
    from transformers import pipeline
    tokenizer = published_tokenizer(run)
    score = pipeline("text-classification", model=run.repository, function_to_apply="none")
    chosen, rejected = ({"role": "assistant", "content": text} for text in ("The crane lifts the cargo.", "No crane."))
    texts = [tokenizer.apply_chat_template(QUESTION + [last], tokenize=False) for last in (chosen, rejected)]
    better, worse = (score(text)[0]["score"] for text in texts)
    assert better > worse, (better, worse)


def main():
    with hub():
        for base in example_runs.bases():
            slipway("push", base, f"slipway-lab/{base.name}", "--public")
        return run_checks()


if __name__ == "__main__":
    sys.exit(main())
