"""What can befall a release on its way: each damage done to a copy of one, and what verify must say of it.

A damage that leaves metadata and headers right, as one turned bit, is found by the manifest alone; the others without one."""
import dataclasses
import json
import struct
import typing

SHARDS = [f"model-{number:05}-of-00003.safetensors" for number in (1, 2, 3)]
INDEX = "model.safetensors.index.json"
ADAPTER = "adapter_model.safetensors"
LAYER = "model.layers.1."


class Weights:
    """A safetensors file, open to be bent: header and tensors by name."""

    def __init__(self, path):
        raw = path.read_bytes()
        length = struct.unpack("<Q", raw[:8])[0]
        self.path, self.header = path, json.loads(raw[8:8 + length])
        self.note = self.header.pop("__metadata__", None)
        data = raw[8 + length:]
        self.tensors = {name: (each["dtype"], each["shape"], data[slice(*each["data_offsets"])]) for name, each in self.header.items()}

    def write(self):
        header, data = {"__metadata__": self.note or {}}, b""
        for name, (dtype, shape, values) in self.tensors.items():
            header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
            data += values
        self.write_raw(header, data)

    def write_raw(self, header, data=None):
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        self.path.write_bytes(struct.pack("<Q", len(text)) + text + (b"".join(each[2] for each in self.tensors.values()) if data is None else data))


def turn_byte(name, at):
    def damage(folder):
        raw = bytearray((folder / name).read_bytes())
        raw[at] ^= 1
        (folder / name).write_bytes(raw)
    return damage


def of_bytes(name, change):
    def damage(folder):
        (folder / name).write_bytes(change((folder / name).read_bytes()))
    return damage


def of_text(name, old, new):
    def damage(folder):
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text, f"{name} holds no {old}"
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    return damage


def of_json(name, change):
    def damage(folder):
        root = json.loads((folder / name).read_text(encoding="utf-8"))
        change(root)
        (folder / name).write_text(json.dumps(root, indent=2) + "\n", encoding="utf-8")
    return damage


def of_weights(name, change):
    def damage(folder):
        weights = Weights(folder / name)
        change(weights.tensors)
        weights.write()
    return damage


def of_header(name, change):
    def damage(folder):
        weights = Weights(folder / name)
        header = dict(weights.header)
        change(header)
        weights.write_raw(header)
    return damage


def without(name):
    return lambda folder: (folder / name).unlink()


def each_of(*damages):
    def damage(folder):
        for one in damages:
            one(folder)
    return damage


def put(name, text):
    def damage(folder):
        (folder / name).write_text(text, encoding="utf-8")
    return damage


def swapped(first, second):
    def damage(folder):
        (folder / first).rename(folder / "other")
        (folder / second).rename(folder / first)
        (folder / "other").rename(folder / second)
    return damage


def take_from_index(gone):
    return of_json(INDEX, lambda root: [root["weight_map"].pop(name) for name in list(root["weight_map"]) if gone(name)])


def drop(gone):
    """The tensors that GONE names, out of their shards and the index."""
    def damage(folder):
        for shard in SHARDS:
            of_weights(shard, lambda tensors: [tensors.pop(name) for name in list(tensors) if gone(name)])(folder)
        take_from_index(gone)(folder)
    return damage


def rename(shard, old, new):
    def in_file(tensors):
        tensors[new] = tensors.pop(old)
    def in_index(root):
        root["weight_map"][new] = root["weight_map"].pop(old)
    return each_of(of_weights(shard, in_file), of_json(INDEX, in_index))


def reshaped(shard, name, shape=None, dtype=None):
    def change(tensors):
        old = tensors[name]
        size = 2 if (dtype or old[0]) in ("BF16", "F16") else 4
        count = 1
        for extent in shape or old[1]:
            count *= extent
        tensors[name] = (dtype or old[0], shape or old[1], bytes(count * size))
    return of_weights(shard, change)


def with_value(shard, name, value):
    def change(tensors):
        dtype, shape, values = tensors[name]
        tensors[name] = (dtype, shape, values[:6] + value + values[8:])
    return of_weights(shard, change)


def tied(value):
    return of_json("config.json", lambda root: root.update(tie_word_embeddings=value))


def key(name, **values):
    return of_json(name, lambda root: root.update(values))


def no_key(name, *keys):
    return of_json(name, lambda root: [root.pop(each) for each in keys])


@dataclasses.dataclass(frozen=True)
class Damage:
    name: str
    of: str                     # which release: "full", "tied", "adapter"
    do: typing.Callable
    code: str
    file: str                   # "" where it is of the whole model
    says: str                   # in the message, or the finding's path
    manifest: bool = False      # only the manifest can tell
    sound: bool = False         # loaders get along: a warning, and exit 0


def full(name, do, code, file, says, **more):
    return Damage(name, "full", do, code, file, says, **more)


NORM = LAYER + "input_layernorm.weight"
QUERY, KEY, VALUE = (LAYER + f"self_attn.{name}_proj.weight" for name in "qkv")
WEIGHTS = [
    full("one byte of a weight", turn_byte(SHARDS[1], -1000), "hash-differs", SHARDS[1], "fetch it again", manifest=True),
    full("one byte of a header", turn_byte(SHARDS[0], 12), "weights-damaged", SHARDS[0], "__letadata__"),
    full("two shards swapped", swapped(SHARDS[0], SHARDS[1]), "weights-damaged", INDEX, "but it is in"),
    full("a shard is missing", without(SHARDS[2]), "weights-damaged", SHARDS[2], "missing"),
    full("every weight is missing", each_of(*map(without, [*SHARDS, INDEX])), "no-weights", "", "no weights"),
    full("a shard is cut", of_bytes(SHARDS[0], lambda raw: raw[:-700]), "weights-damaged", SHARDS[0], "bytes"),
    full("a shard is cut inside of its header", of_bytes(SHARDS[0], lambda raw: raw[:100]), "weights-damaged", SHARDS[0], "header"),
    full("a shard is empty", of_bytes(SHARDS[0], lambda raw: b""), "weights-damaged", SHARDS[0], "0 bytes"),
    full("a shard is longer", of_bytes(SHARDS[0], lambda raw: raw + bytes(64)), "weights-damaged", SHARDS[0], "64 bytes"),
    full("a shard is an LFS pointer", put(SHARDS[1], "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 9\n"),
         "weights-damaged", SHARDS[1], "LFS pointer"),
    full("a shard is a page that says 404", put(SHARDS[1], "<!DOCTYPE html><title>404</title>"), "weights-damaged", SHARDS[1], "web page"),
    full("a header's length is a lie", of_bytes(SHARDS[0], lambda raw: struct.pack("<Q", 1 << 40) + raw[8:]), "weights-damaged", SHARDS[0],
         "header"),
    full("a header is no JSON", of_bytes(SHARDS[0], lambda raw: raw[:8] + raw[8:].replace(b"}", b"]", 1)), "weights-damaged", SHARDS[0], "header"),
    full("ranges overlap", of_header(SHARDS[1], lambda header: header[KEY].update(data_offsets=header[VALUE]["data_offsets"])),
         "weights-damaged", SHARDS[1], "begins at data byte"),
    full("a range does not fit its shape", of_header(SHARDS[1], lambda header: header[QUERY].update(shape=[64, 63])), "weights-damaged", SHARDS[1], QUERY),
    full("a dtype is a lie", of_header(SHARDS[1], lambda header: header[QUERY].update(dtype="F32")), "weights-damaged", SHARDS[1], QUERY),
    full("a dtype that nobody knows", of_header(SHARDS[1], lambda header: header[QUERY].update(dtype="BF17")), "weights-damaged", SHARDS[1], "BF17"),
    full("a NaN", with_value(SHARDS[1], QUERY, b"\xc0\x7f"), "weights-not-finite", SHARDS[1], QUERY),
    full("an infinity", with_value(SHARDS[2], "model.norm.weight", b"\x80\xff"), "weights-not-finite", SHARDS[2], "model.norm.weight"),
    full("a tensor is renamed in its shard alone", of_weights(SHARDS[1], lambda tensors: tensors.update({QUERY + "s": tensors.pop(QUERY)})),
         "weights-damaged", INDEX, QUERY),
    full("a tensor is renamed, in the index too", rename(SHARDS[1], QUERY, LAYER + "self_attn.query.weight"), "layer-odd", SHARDS[1], QUERY),
    full("the last norm is renamed", rename(SHARDS[2], "model.norm.weight", "model.last_norm.weight"), "model-damaged", "", "model.norm.weight"),
    full("the last norm is lost", drop(lambda name: name == "model.norm.weight"), "model-damaged", "", "model.norm.weight"),
    full("the input embeddings are lost", drop(lambda name: name == "model.embed_tokens.weight"), "model-damaged", "", "model.embed_tokens.weight"),
    full("the output embeddings are lost", drop(lambda name: name == "lm_head.weight"), "model-damaged", "config.json", "lm_head.weight"),
    full("one tensor of one layer is lost", drop(lambda name: name == QUERY), "layer-odd", SHARDS[1], QUERY),
    full("one tensor of the first layer is lost", drop(lambda name: name == QUERY.replace("1", "0")), "layer-odd", SHARDS[0], QUERY.replace("1", "0")),
    full("one kind of tensor is lost in every layer", drop(lambda name: name.endswith("v_proj.weight")), "model-damaged", "", "v_proj.weight"),
    full("a layer is lost", drop(lambda name: name.startswith(LAYER)), "model-damaged", "config.json", "model.layers.1"),
    full("the last layer is lost", drop(lambda name: name.startswith("model.layers.2.")), "model-damaged", "config.json", "model.layers.2"),
    full("one tensor is cast", reshaped(SHARDS[1], QUERY, dtype="F32"), "layer-odd", SHARDS[1], QUERY),
    full("one tensor has another shape", reshaped(SHARDS[1], QUERY, shape=[32, 64]), "layer-odd", SHARDS[1], QUERY),
    full("a tensor stands in two shards", of_weights(SHARDS[2], lambda tensors: tensors.update({QUERY: tensors["model.norm.weight"]})),
         "weights-damaged", INDEX, QUERY),
    full("the index is cut", of_bytes(INDEX, lambda raw: raw[:200]), "weights-damaged", INDEX, "line 8"),
    full("the index has no map", no_key(INDEX, "weight_map"), "weights-damaged", INDEX, "weight_map"),
    full("the index names another shard", of_json(INDEX, lambda root: root["weight_map"].update({QUERY: SHARDS[0]})), "weights-damaged", INDEX, QUERY),
    full("the index names a shard that is not there", of_json(INDEX, lambda root: root["weight_map"].update({QUERY: "model-00004-of-00003.safetensors"})),
         "weights-damaged", "model-00004-of-00003.safetensors", "missing"),
    full("the index leaves a tensor out", take_from_index(lambda name: name == QUERY), "weights-damaged", INDEX, QUERY),
    full("the index leaves a shard out", each_of(take_from_index(lambda name: name == "model.norm.weight" or name.startswith("model.layers.2.")),
                                                 ), "weights-damaged", INDEX, "model.layers.2"),
    full("the index is of another save", of_json(INDEX, lambda root: root["metadata"].update(total_size=9)), "index-doubtful", INDEX, "total_size is 9", sound=True),
    full("the index leads out of the folder", of_json(INDEX, lambda root: root["weight_map"].update({QUERY: "../x.safetensors"})),
         "weights-damaged", INDEX, "no plain file name"),
    full("a single file of another save", lambda folder: (folder / "model.safetensors").write_bytes((folder / SHARDS[0]).read_bytes()),
         "stale-weights", INDEX, "loaders take model.safetensors"),
    full("shards of another save", lambda folder: (folder / "model-00001-of-00009.safetensors").write_bytes((folder / SHARDS[0]).read_bytes()),
         "stale-weights", "model-00001-of-00009.safetensors", "left from another save"),
    Damage("an index beside a single file", "tied", put(INDEX, '{"metadata": {}, "weight_map": {}}'), "stale-weights", INDEX, "loaders take model.safetensors"),
    Damage("tied embeddings that differ", "tied", of_weights("model.safetensors", lambda tensors: tensors.update(
        {"lm_head.weight": (*tensors["model.embed_tokens.weight"][:2], bytes(448 * 64 * 2))})), "tied-but-different", "config.json", "tie_word_embeddings"),
    Damage("a tie is forgotten", "tied", tied(False), "model-damaged", "config.json", "lm_head.weight"),
    full("a tie that is none", tied(True), "tied-but-different", "config.json", "tie_word_embeddings"),
]

CONFIGS = [
    full("config.json is missing", without("config.json"), "release-refused", "", "config.json"),
    full("config.json is no JSON", of_text("config.json", '",', '"'), "metadata-damaged", "config.json", "config.json"),
    full("config.json is a list", put("config.json", "[]"), "metadata-damaged", "config.json", "object"),
    full("the vocabulary's size is a lie", key("config.json", vocab_size=400), "model-damaged", "config.json", "vocab_size 400"),
    full("the width is a lie", key("config.json", hidden_size=128), "model-damaged", "config.json", "hidden_size 128"),
    full("the inner width is a lie", key("config.json", intermediate_size=128), "model-damaged", "config.json", "intermediate_size 128"),
    full("more layers than there are", key("config.json", num_hidden_layers=4), "model-damaged", "config.json", "4 layers"),
    full("fewer layers than there are", key("config.json", num_hidden_layers=2), "model-damaged", "config.json", "2 layers"),
    full("the dtype is a lie", key("config.json", dtype="float32", torch_dtype="float32"), "dtype-wrong", "config.json", "dtype"),
    full("the cache is off", key("config.json", use_cache=False), "cache-off", "config.json", "use_cache"),
    full("another end token", key("config.json", eos_token_id=3), "eos-not-the-tokenizers", "config.json", "eos_token_id"),
    full("a path of the training machine", key("config.json", _name_or_path="/scratch/me/run"), "local-path", "config.json", "_name_or_path"),
    full("generation_config.json is no JSON", put("generation_config.json", "{"), "metadata-damaged", "generation_config.json", "line 1"),
    full("the turn end is no stop", key("generation_config.json", eos_token_id=0), "eos-missing-turn-end", "generation_config.json", "eos_token_id"),
    full("no stop at all", no_key("generation_config.json", "eos_token_id"), "eos-missing", "generation_config.json", "eos_token_id"),
    full("a stop past the rows", of_json("generation_config.json", lambda root: root["eos_token_id"].append(99999)), "eos-out-of-range",
         "generation_config.json", "eos_token_id"),
    full("the cache is off in generation", key("generation_config.json", use_cache=False), "cache-off-generation", "generation_config.json", "use_cache"),
    full("a temperature that is NaN", key("generation_config.json", do_sample=True, temperature=float("nan")), "generation-value-invalid",
         "generation_config.json", "temperature"),
    full("sampling values that nothing samples by", key("generation_config.json", temperature=0.5), "sampling-without-do-sample",
         "generation_config.json", "do_sample"),
    full("a value of the wrong type", key("generation_config.json", num_beams="four"), "generation-value-invalid", "generation_config.json", "num_beams"),
    full("no tokenizer", each_of(without("tokenizer.json"), without("tokenizer_config.json")), "release-refused", "", "tokenizer"),
    full("tokenizer.json is missing", without("tokenizer.json"), "tokenizer-vocabulary-missing", "tokenizer_config.json", "no tokenizer.json"),
    full("tokenizer.json is cut", of_bytes("tokenizer.json", lambda raw: raw[:5000]), "metadata-damaged", "tokenizer.json", "the text ends early"),
    full("tokenizer_config.json is cut", of_bytes("tokenizer_config.json", lambda raw: raw[:50]), "metadata-damaged", "tokenizer_config.json", "a string is not closed"),
    full("the tokenizer cuts texts", of_json("tokenizer.json", lambda root: root.update(truncation={
        "direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0})), "tokenizer-truncation", "tokenizer.json", "truncation"),
    full("the tokenizer pads texts", of_json("tokenizer.json", lambda root: root.update(padding={
        "strategy": {"Fixed": 5}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0, "pad_token": "x"})),
        "tokenizer-padding", "tokenizer.json", "padding"),
    full("a token past the rows", of_json("tokenizer.json", lambda root: root["added_tokens"].append(
        {"id": 5000, "content": "<|late|>", "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True})),
        "tokens-past-rows", "", "<|late|>"),
    full("the end token is no token", key("tokenizer_config.json", eos_token="<|gone|>"), "tokenizer-eos-lost", "tokenizer.json", "<|gone|>"),
    full("a template that lost its turn end", each_of(of_text("chat_template.jinja", "<|im_end|>", ""),
                                                     of_text("tokenizer_config.json", "<|im_end|>\\n", "\\n")), "turn-end-lost", "chat_template.jinja", "<|im_end|>"),
    full("two templates that differ", of_text("chat_template.jinja", "assistant", "bot"), "template-conflict", "tokenizer_config.json", "chat_template"),
    full("a template that cannot be read", each_of(put("chat_template.jinja", "{% if %}"), key("tokenizer_config.json", chat_template="{% if %}")),
         "template-unreadable", "chat_template.jinja", "expected an expression"),
    full("a card with broken front matter", of_text("README.md", "---\n", "---\n{["), "card-refused", "README.md", "the YAML of the card"),
    full("a card with a wrong licence", of_text("README.md", "---\n", "---\nlicense: license\n"), "card-refused", "README.md", "license"),
    full("results that are NaN", put("eval_results.json", '{"eval_loss": NaN}'), "results-not-finite", "eval_results.json", "eval_loss"),
]

ADAPTERS = [
    Damage("an adapter without weights", "adapter", without(ADAPTER), "adapter-without-weights", ADAPTER, "save the adapter again"),
    Damage("an adapter of empty tensors", "adapter", of_weights(ADAPTER, lambda tensors: tensors.update(
        {name: (dtype, [0], b"") for name, (dtype, _, _) in tensors.items()})), "model-damaged", ADAPTER, "empty"),
    Damage("an adapter of no tensor", "adapter", of_weights(ADAPTER, lambda tensors: tensors.clear()), "no-weights", ADAPTER, "holds no tensor"),
    Damage("an adapter of a local base", "adapter", key("adapter_config.json", base_model_name_or_path="/scratch/me/base"), "adapter-base-local", "adapter_config.json", "base_model_name_or_path"),
    Damage("an adapter whose config is cut", "adapter", of_bytes("adapter_config.json", lambda raw: raw[:40]), "metadata-damaged", "adapter_config.json", "a string is not closed"),
    Damage("a wrapper's word in an adapter's names", "adapter", of_weights(ADAPTER, lambda tensors: [tensors.update(
        {name.replace("base_model.model.", "base_model.model._orig_mod."): tensors.pop(name)}) for name in list(tensors)]), "names-wrapped", ADAPTER, "_orig_mod"),
    Damage("one matrix of an adapter is lost", "adapter", of_weights(ADAPTER, lambda tensors: tensors.pop(next(name for name in tensors if "lora_B" in name))),
           "model-damaged", ADAPTER, "lora_B"),
    Damage("another rank than the config's", "adapter", key("adapter_config.json", r=5), "model-damaged", "adapter_config.json", "r is 5"),
    Damage("a NaN in an adapter", "adapter", lambda folder: with_value(ADAPTER, next(iter(Weights(folder / ADAPTER).tensors)), b"\xc0\x7f")(folder),
           "weights-not-finite", ADAPTER, "NaN"),
]

MANIFEST = ".slipway.json"
MANIFESTS = [
    full("the manifest lists a file that is gone", without("special_tokens_map.json"), "file-missing", "special_tokens_map.json", "fetch it again", manifest=True),
    full("a word of the card is changed", of_text("README.md", "model", "modell"), "hash-differs", "README.md", "not what was published", manifest=True, sound=True),
    full("the manifest is cut", of_bytes(MANIFEST, lambda raw: raw[:100]), "manifest-unread", MANIFEST, "a string is not closed", manifest=True, sound=True),
    full("the manifest is of a later version", key(MANIFEST, version=99), "manifest-unread", MANIFEST, "99", manifest=True, sound=True),
    full("a loss curve of another run", of_text("loss-curve.svg", "svg", "svg "), "hash-differs", "loss-curve.svg", "not what was published", manifest=True),
]

DAMAGES = WEIGHTS + CONFIGS + ADAPTERS + MANIFESTS
