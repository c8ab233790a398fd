"""The configs of rope_eras_test.py: families x types of rotary positions x spellings, in the keys of one era."""

THETA = 50_000.0
LENGTH, TRAINED = 8192, 2048

PLAIN = """apertus arcee aria_text bitnet cohere cohere2 deepseek_v2 deepseek_v3 diffllama doge dots1 emu3_text_model
ernie4_5 ernie4_5_moe exaone4 falcon falcon_h1 flex_olmo gemma gemma2 glm4v_text gpt_oss granite granitemoe
granitemoeshared helium hunyuan_v1_dense hunyuan_v1_moe jetmoe kyutai_speech_to_text lfm2 llama llama4_text longcat_flash
mimi minimax ministral mistral mixtral mllama_text_model moshi olmo olmo2 olmo3 olmoe phimoe qwen2 qwen2_moe qwen3 qwen3_moe
qwen3_vl_text qwen3_vl_moe_text seed_oss smollm3 starcoder2 vaultgemma zamba2""".split()
PARTIAL = """bamba glm glm4 glm4_moe nemotron persimmon phi qwen3_next stablelm moonshine
gpt_neox gpt_neox_japanese""".split()
SECTIONS = ["qwen2_vl_text", "qwen2_5_vl_text"]
UNSCALED = ["nemotron", "kyutai_speech_to_text", "mimi", "moshi"]  # transformers 4 scales nothing there
LONGROPE = ["phi3", "phi4_multimodal", "phimoe", "llama", "qwen2", "mistral"]
LAYERED = ["gemma3_text", "gemma3n_text", "modernbert", "modernbert-decoder", "olmo3"]
WRAPPED = {"mistral3": "mistral", "gemma3": "gemma3_text", "qwen2_vl": "qwen2_vl_text", "qwen2_5_vl": "qwen2_5_vl_text",
           "llama4": "llama4_text", "mllama": "mllama_text_model", "aria": "aria_text", "gemma3n": "gemma3n_text",
           "glm4v": "glm4v_text", "voxtral": "llama", "got_ocr2": "qwen2"}

# The two old names of a family, where they are not the usual ones.
OLD_NAMES = {"gpt_neox": ("rotary_emb_base", "rotary_pct"), "gpt_neox_japanese": ("rotary_emb_base", "rotary_pct"),
             "modernbert": ("global_rope_theta", None), "modernbert-decoder": ("global_rope_theta", None)}
SLIDING = {"gemma3_text": "rope_local_base_freq", "gemma3n_text": "rope_local_base_freq",
           "modernbert": "local_rope_theta", "modernbert-decoder": "local_rope_theta"}


def scalings():
    yarn = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": TRAINED}
    yield "default", {}
    yield "linear", {"rope_type": "linear", "factor": 4.0}
    yield "dynamic", {"rope_type": "dynamic", "factor": 2.0}
    yield "yarn", yarn
    yield "yarn-betas", {**yarn, "beta_fast": 16.0, "beta_slow": 2.0}
    yield "yarn-attention", {**yarn, "attention_factor": 0.8}
    yield "yarn-untruncated", {**yarn, "truncate": False}
    yield "yarn-mscale", {**yarn, "mscale": 0.7, "mscale_all_dim": 1.0}
    yield "llama3", {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                     "original_max_position_embeddings": TRAINED}


def longrope(half):
    return {"rope_type": "longrope", "short_factor": [1.0 + i / 64 for i in range(half)],
            "long_factor": [2.0 + i for i in range(half)]}


def shape(model_type):
    """Small, and the same in both eras, whatever a class's defaults are."""
    values = {"max_position_embeddings": LENGTH}
    if model_type in [*LONGROPE, "phimoe", "mixtral", "ministral", "minimax", "hunyuan_v1_dense", "hunyuan_v1_moe"]:
        values |= {"hidden_size": 128, "num_attention_heads": 4, "head_dim": 32}
    return values


def spellings(name, scaling):
    """Old files name the type by `type`, by `rope_type` or by both."""
    if name not in ("linear", "dynamic", "yarn", "llama3"):
        return [("", scaling)]
    by_type = {("type" if k == "rope_type" else k): v for k, v in scaling.items()}
    return [("", scaling), ("-type", by_type), ("-both", {**by_type, **scaling})]


def put(era, model_type, scaling, partial=None, theta=THETA):
    """A flat form in the keys of the era."""
    if era == "v5":
        parameters = {"rope_type": "default", **scaling, "rope_theta": theta}
        if partial is not None:
            parameters["partial_rotary_factor"] = partial
        return {"rope_parameters": parameters}
    base, portion = OLD_NAMES.get(model_type, ("rope_theta", "partial_rotary_factor"))
    values = {base: theta, "rope_scaling": scaling or None}
    if partial is not None:
        values[portion] = partial
    return values


def put_layered(era, model_type, scaling, full, sliding):
    if era == "v5":
        return {"rope_parameters": {"full_attention": {"rope_type": "default", **scaling, "rope_theta": full},
                                    "sliding_attention": {"rope_type": "default", "rope_theta": sliding}}}
    values = put(era, model_type, scaling, theta=full)
    if model_type in SLIDING:
        values[SLIDING[model_type]] = sliding
    return values


def flat_cases(era, model_type):
    partial = 0.5 if model_type in PARTIAL else None
    for name, scaling in scalings():
        if scaling and model_type in UNSCALED:
            continue
        for spelling, spelled in spellings(name, scaling) if era == "v4" else [("", scaling)]:
            yield name + spelling, put(era, model_type, spelled, partial)
    if partial and model_type != "bamba":  # half is all that its code knows
        yield "quarter", put(era, model_type, {}, 0.25)


def section_cases(era, model_type):
    for kind in ("default", "mrope"):
        scaling = {"rope_type": "default", "type": kind, "mrope_section": [16, 24, 24]}
        yield "sections-" + kind, put(era, model_type, scaling)
    yield "sections-yarn", put(era, model_type, {"rope_type": "yarn", "mrope_section": [16, 24, 24], "factor": 4.0,
                                                 "original_max_position_embeddings": TRAINED})


def longrope_cases(era, model_type):
    half = 16
    scaling = longrope(half)
    three = model_type in ("phi3", "phi4_multimodal")
    if era == "v4" and three:
        for kind in ("longrope", "su", "yarn"):
            named = {**{k: v for k, v in scaling.items() if k != "rope_type"}, "type": kind}
            yield "longrope-" + kind, {**put(era, model_type, named), "original_max_position_embeddings": TRAINED}
        return
    extra = {"original_max_position_embeddings": TRAINED} | ({} if three else {"factor": 4.0})
    extra |= {"short_mscale": 1.1, "long_mscale": 1.2} if model_type == "phimoe" else {}
    values = put(era, model_type, {**scaling, **extra})
    outside = three or era == "v4"
    yield "longrope", values | ({"original_max_position_embeddings": TRAINED} if outside else {})


def layered_cases(era, model_type):
    same = model_type == "olmo3"
    yield "layers-default", put_layered(era, model_type, {}, 70_000.0, 70_000.0 if same else 12_345.0)
    if model_type.startswith("modernbert"):
        return
    for name, scaling in scalings():
        if name == "yarn-untruncated":  # transformers 5 looks for `truncate` beside the layer types, not in them
            continue
        yield "layers-" + name, put_layered(era, model_type, scaling, 70_000.0, 70_000.0 if same else 12_345.0)


def cases_of(era, model_type):
    if model_type in LAYERED:
        yield from layered_cases(era, model_type)
    elif model_type in SECTIONS:
        yield from section_cases(era, model_type)
        yield from flat_cases(era, model_type)
    else:
        if model_type == "phimoe":
            yield "default", put(era, model_type, {})
        elif model_type not in ("phi3", "phi4_multimodal"):
            yield from flat_cases(era, model_type)
        if model_type in LONGROPE:
            yield from longrope_cases(era, model_type)


def cases(era, known):
    """(name, model type, keyword arguments of its config class)"""
    for model_type in sorted({*PLAIN, *PARTIAL, *SECTIONS, *LONGROPE, *LAYERED}):
        if model_type not in known:
            continue
        yield f"{model_type}.class-default", model_type, {}
        for name, values in cases_of(era, model_type):
            yield f"{model_type}.{name}", model_type, shape(model_type) | values
    for model_type, inner in sorted(WRAPPED.items()):
        for name, values in cases_of(era, inner):
            yield f"{model_type}.{name}", model_type, {"text_config": {"model_type": inner, **shape(inner), **values}}
