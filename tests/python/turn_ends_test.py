#!/usr/bin/env python3
"""Every way of ending a turn, by the stock generate() of one era: the run as it was left goes on, the published one ends
in the token that its template ends a turn with. As a full model and as an adapter.

    turn_ends_test.py PROGRAM   (run by the Python of either era's venv)
"""
import functools
import sys

import turn_styles
from ground import CHECKS, WORK, hub, run_checks, slipway

NEW_TOKENS = 12


def slug(style):
    return "".join(c if c.isalnum() else "-" for c in style.name.lower()).strip("-").replace("--", "-")


def generate(model, tokenizer, style, **more):
    inputs = tokenizer.apply_chat_template(turn_styles.question(style), add_generation_prompt=True, return_dict=True, return_tensors="pt")
    output = model.generate(**inputs, **(more or {"do_sample": False, "max_new_tokens": NEW_TOKENS}))
    return tokenizer.convert_ids_to_tokens(output[0][inputs["input_ids"].shape[1]:].tolist())


def ends_where_it_should(style, before, after, published):
    assert len(before) == NEW_TOKENS, before
    assert after == [*turn_styles.ANSWER, style.turn_end], after
    ids = turn_styles.vocabulary(style)
    assert ids[style.turn_end] in published["stops"] and ids[style.eos] == published["stops"][0], published["stops"]


def full_model(style):
    from transformers import AutoModelForCausalLM, AutoTokenizer
    folder, repo = WORK / "full" / slug(style), f"slipway-lab/{slug(style)}"
    turn_styles.save_full(style, folder)
    load = AutoModelForCausalLM.from_pretrained
    tokenizer = AutoTokenizer.from_pretrained(folder)
    before = generate(load(folder), tokenizer, style)
    published = slipway("publish", folder, "--to", repo, "--public")
    ends_where_it_should(style, before, generate(load(repo), AutoTokenizer.from_pretrained(repo), style), published)


def adapter(style):
    from peft import AutoPeftModelForCausalLM
    from transformers import AutoTokenizer, GenerationConfig
    folder, base = WORK / "adapter" / slug(style), WORK / "base" / slug(style)
    repo, base_id = f"slipway-lab/{slug(style)}-lora", f"slipway-lab/{slug(style)}-base"
    turn_styles.save_adapter(style, base, base_id, folder)
    slipway("push", base, base_id, "--public")
    before = generate(AutoPeftModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder), style)
    published = slipway("publish", folder, "--to", repo, "--public")
    stops = GenerationConfig.from_pretrained(repo)
    stops.update(do_sample=False, max_new_tokens=NEW_TOKENS)
    after = generate(AutoPeftModelForCausalLM.from_pretrained(repo), AutoTokenizer.from_pretrained(repo), style, generation_config=stops)
    ends_where_it_should(style, before, after, published)


for each in turn_styles.STYLES:
    for form in (full_model, adapter):
        CHECKS.append((f"{each.name}: {form.__name__.replace('_', ' ')}", functools.partial(form, each)))


def main():
    with hub():
        return run_checks()


if __name__ == "__main__":
    sys.exit(main())
