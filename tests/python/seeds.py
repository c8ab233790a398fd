"""The defects of docs/defects.md that lie in the small files of a model, each as a change to a clean folder, and what the
doctor calls it."""
import dataclasses
import json
import typing

from damages import Weights, each_of, key, no_key, of_json, of_weights, put, without

CONFIG, GENERATION, TOKENIZER, TOKENIZER_CONFIG = "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"
ADAPTER = "adapter_config.json"
DECODERS = ("chatml", "qwen", "llama 3", "llava", "published")


@dataclasses.dataclass(frozen=True)
class Seed:
    defect: str             # its row
    do: typing.Callable     # to a folder
    code: str
    into: tuple = DECODERS
    base: bool = False      # only the base can tell: the clean folder
    mended: bool = True     # --fix does; else it says what a person must do
    note: bool = False      # nothing is broken for the stack that wrote it


def level(root):
    """Where a config describes its language model."""
    return root.get("text_config", root)


def at_level(**values):
    return of_json(CONFIG, lambda root: level(root).update(values))


def first_stop_alone(root):
    """What a trainer leaves that aligns the end token with the tokenizer's, and forgets the list."""
    root["eos_token_id"] = 3 if 3 in root["eos_token_id"] else 2


def everywhere(name, value):
    """In both configs, where the key stands, and at the top."""
    def damage(folder):
        key(GENERATION, **{name: value})(folder)
        of_json(CONFIG, lambda root: [each.update({name: value}) for each in (root, level(root)) if name in each or each is root])(folder)
    return damage


def tokenizer(**values):
    return of_json(TOKENIZER, lambda root: root.update(values))


def front(line):
    """One more line in the card's front matter."""
    def damage(folder):
        card = folder / "README.md"
        text = card.read_text(encoding="utf-8") if card.exists() else "---\nlibrary_name: transformers\n---\n\n# A model\n"
        card.write_text(text.replace("---\n", f"---\n{line}\n", 1), encoding="utf-8")
    return damage


def generated_card(folder):
    (folder / "README.md").write_text("---\nlibrary_name: transformers\nmodel_name: out\ntags:\n- generated_from_trainer\n- trl\n- sft\n"
                                      "licence: license\n---\n\n# Model Card for out\n\nThis model is a fine-tuned version of "
                                      "[None](https://huggingface.co/None).\nIt has been trained using [TRL](https://github.com/huggingface/trl).\n",
                                      encoding="utf-8")


def other_template(folder):
    text = "{% for m in messages %}{{ m.role }}: {{ m.content }}<|im_end|>{% endfor %}"
    key(TOKENIZER_CONFIG, chat_template=text)(folder)


def stale_index(folder):
    put("model.safetensors.index.json", json.dumps({"metadata": {}, "weight_map": {"lm_head.weight": "model-00001-of-00002.safetensors"}}))(folder)


def late_token(folder):
    of_json(TOKENIZER, lambda root: root["added_tokens"].append({
        "id": 900, "content": "<|late|>", "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}))(folder)


def untie(folder):
    """Both embeddings, which differ, under a config that ties them."""
    def both(tensors):
        name = next(each for each in tensors if each.endswith("embed_tokens.weight"))
        dtype, shape, values = tensors[name]
        tensors["lm_head.weight"] = (dtype, shape, values[2:] + values[:2])
    of_weights("model.safetensors", both)(folder)


TRUNCATION = {"direction": "Right", "max_length": 8, "strategy": "LongestFirst", "stride": 0}
PADDING = {"strategy": {"Fixed": 8}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0, "pad_token": "<|endoftext|>"}
QWENS = ("chatml", "qwen", "llava", "published")  # they stop at ids 2 and 0

SEEDS = [
    Seed("D-01", key(GENERATION, eos_token_id=0), "eos-missing-turn-end", ("chatml", "qwen", "llava", "published")),
    Seed("D-02", of_json(GENERATION, first_stop_alone), "eos-lossy", base=True),
    Seed("D-02, nothing left", no_key(GENERATION, "eos_token_id"), "eos-missing"),
    Seed("D-04, begin", everywhere("bos_token_id", None), "bos-erased", ("qwen", "llama 3"), base=True),
    Seed("D-04, padding", everywhere("pad_token_id", None), "pad-erased", ("chatml",), base=True),
    Seed("D-05", each_of(key(TOKENIZER_CONFIG, eos_token="<|endoftext|>"), key(GENERATION, eos_token_id=[0])), "eos-missing-turn-end", QWENS),
    Seed("D-05, config.json", at_level(eos_token_id=3), "eos-not-the-tokenizers", QWENS),
    Seed("D-06", each_of(key(GENERATION, pad_token_id=2), at_level(pad_token_id=2), key(TOKENIZER_CONFIG, pad_token="<|im_end|>")), "pad-stops",
         ("chatml", "qwen", "published"), mended=False),
    Seed("D-07", everywhere("bos_token_id", 1), "bos-differs", ("qwen",), base=True, mended=False),
    Seed("D-08", each_of(no_key(GENERATION, "do_sample"), key(GENERATION, temperature=0.7)), "sampling-without-do-sample", ("chatml", "qwen", "llama 3", "published")),
    Seed("D-08, greedy", key(GENERATION, do_sample=False, temperature=0.7), "greedy-with-sampling-values"),
    Seed("D-08, a wrong value", key(GENERATION, num_beams="four"), "generation-value-invalid"),
    Seed("D-08, beams", key(GENERATION, length_penalty=2.0), "beams-without-beams"),
    Seed("D-08, flags", key(GENERATION, output_scores=True), "output-flags-without-dict"),
    Seed("D-10", without(GENERATION), "generation-config-missing"),
    Seed("D-11", of_json(CONFIG, lambda root: [each.update(use_cache=False) for each in (root, level(root)) if "use_cache" in each or each is level(root)]),
         "cache-off"),
    Seed("D-11, generation", key(GENERATION, use_cache=False), "cache-off-generation"),
    Seed("D-13", key(ADAPTER, base_model_name_or_path="/scratch/me/base"), "adapter-base-local", ("published lora",)),
    Seed("D-14", front("datasets: [/scratch/me/data]"), "card-refused"),
    Seed("D-15", front("datasets: [null]"), "card-refused"),
    Seed("D-16", front("model-index: [{name: x, results: [{task: 1}]}]"), "card-refused", mended=False),
    Seed("D-17", front("license: no-such-licence"), "card-refused", mended=False),
    Seed("D-19, D-21", generated_card, "card-generated"),
    Seed("D-28", stale_index, "stale-weights"),
    Seed("D-32, D-74", each_of(untie, lambda folder: None), "tied-but-different", ("qwen",)),
    Seed("D-39, D-53", of_json(CONFIG, lambda root: [each.update({name: "float32"}) for each in (root, level(root)) for name in ("dtype", "torch_dtype")
                                                     if name in each]), "dtype-wrong", ("chatml", "qwen", "llama 3", "published")),
    Seed("D-48", late_token, "tokens-past-rows", mended=False),
    Seed("D-50", no_key(ADAPTER, "revision"), "adapter-revision-missing", (), note=True),
    Seed("D-51", of_json(ADAPTER, lambda root: root["target_modules"].sort(reverse=True)), "adapter-sets-unsorted", ("lora", "published lora"), note=True),
    Seed("D-53", each_of(at_level(dtype="bfloat16"), of_json(CONFIG, lambda root: level(root).pop("torch_dtype", None))), "dtype-one-name", ("published",), note=True),
    Seed("D-54", of_json(CONFIG, lambda root: root.pop("rope_theta", None) and root.pop("rope_scaling", None)), "rope-new-keys-only", (), note=True),
    Seed("D-55", key(TOKENIZER_CONFIG, tokenizer_class="TokenizersBackend"), "tokenizer-class-new", note=True),
    Seed("D-56", no_key(TOKENIZER_CONFIG, "chat_template"), "template-in-file-only", ("published",), note=True),
    Seed("D-56, two that differ", other_template, "template-conflict"),
    Seed("D-57, truncation", tokenizer(truncation=TRUNCATION), "tokenizer-truncation"),
    Seed("D-57, padding", tokenizer(padding=PADDING), "tokenizer-padding"),
    Seed("D-62", key(TOKENIZER_CONFIG, tokenizer_file="/scratch/me/tokenizer.json"), "local-path"),
    Seed("D-72", put("eval_results.json", '{"eval_loss": NaN, "epoch": 1.0}\n'), "results-not-finite"),
    Seed("D-75", each_of(of_json(TOKENIZER_CONFIG, lambda root: root.pop("additional_special_tokens", None)),
                         key(TOKENIZER_CONFIG, extra_special_tokens=["<|im_start|>"])), "extra-tokens-new-form", QWENS, note=True),
]
