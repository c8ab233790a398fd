"""Tiny models of every kind, correct and complete, each as the stock stack of one era saves it: nothing in them is a defect.

Import it after ground, which sets the environment."""
import dataclasses
import json
import typing

CHATML = ("{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
          "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")
HEADERS = ("{{ bos_token }}{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n{{ m.content | trim }}<|eot_id|>"
           "{% endfor %}{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}")
TURNS = ("{{ bos_token }}{% for m in messages %}<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}\n{{ m.content | trim }}"
         "<end_of_turn>\n{% endfor %}{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}")
WORDS = ["the", "crane", "lifts", "cargo", "user", "assistant", "model", "system"]
SMALL = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "max_position_embeddings": 64}
ROWS = 32
PICTURE = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "image_size": 8, "patch_size": 4}
SOUND = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "conv_dim": [16, 16], "conv_kernel": [10, 3],
         "conv_stride": [5, 2], "num_conv_pos_embeddings": 4, "num_conv_pos_embedding_groups": 2}


@dataclasses.dataclass(frozen=True)
class Folder:
    name: str
    model: str                 # the class
    config: str                # its config's class
    settings: dict
    specials: list             # the first tokens of the vocabulary, in the order of their ids
    roles: dict                # what the tokenizer's class is told: eos_token, ...
    template: str = ""
    generation: dict = dataclasses.field(default_factory=dict)
    after: typing.Callable = None


def ids(*names, of):
    return [of.index(name) for name in names]


QWEN = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
LLAMA = ["<|begin_of_text|>", "<|end_of_text|>", "<|eom_id|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>", "<|pad|>"]
GEMMA = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"]
BERT = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
T5 = ["<pad>", "</s>", "<unk>"]
BERT_ROLES = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
SAMPLED = {"do_sample": True, "temperature": 0.7, "top_p": 0.8, "top_k": 20}


def pooled(folder):
    """The layout of sentence-transformers, as its save() writes it."""
    def put(name, value):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(value, indent=2) + "\n")
    put("modules.json", [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
                         {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}])
    put("1_Pooling/config.json", {"word_embedding_dimension": 16, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True})
    put("sentence_bert_config.json", {"max_seq_length": 64, "do_lower_case": False})
    put("config_sentence_transformers.json", {"prompts": {}, "default_prompt_name": None, "similarity_fn_name": "cosine"})


def hearing(folder):
    from transformers import Wav2Vec2FeatureExtractor
    Wav2Vec2FeatureExtractor().save_pretrained(folder)


def decoder(name, model, specials, roles, template, generation, **settings):
    return Folder(name, f"{model}ForCausalLM", f"{model}Config", {**SMALL, **settings}, specials, roles, template, generation)


FOLDERS = [
    decoder("chatml", "Llama", QWEN, {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}, CHATML,
            {"eos_token_id": [2, 0], "pad_token_id": 0, **SAMPLED},
            bos_token_id=None, eos_token_id=2, pad_token_id=0),
    decoder("qwen", "Qwen2", QWEN, {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}, CHATML,
            {"bos_token_id": 0, "eos_token_id": [2, 0], "pad_token_id": 0, "repetition_penalty": 1.05, **SAMPLED},
            num_key_value_heads=1, bos_token_id=0, eos_token_id=2, tie_word_embeddings=True),
    decoder("llama 3", "Llama", LLAMA, {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>", "pad_token": "<|pad|>"}, HEADERS,
            {"bos_token_id": 0, "eos_token_id": [1, 2, 3], "do_sample": True, "temperature": 0.6, "top_p": 0.9},
            num_key_value_heads=1, bos_token_id=0, eos_token_id=[1, 2, 3]),
    decoder("gemma 2", "Gemma2", GEMMA, {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>", "unk_token": "<unk>"}, TURNS,
            {"bos_token_id": 2, "eos_token_id": [1, 5], "pad_token_id": 0, "cache_implementation": "hybrid"},
            num_key_value_heads=1, head_dim=8, bos_token_id=2, eos_token_id=[1, 5], pad_token_id=0),
    decoder("mixture of experts", "Qwen3Moe", QWEN, {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}, CHATML,
            {"eos_token_id": [2, 0], "pad_token_id": 0, **SAMPLED}, num_key_value_heads=1, head_dim=8, num_experts=4,
            num_experts_per_tok=2, moe_intermediate_size=8, bos_token_id=0, eos_token_id=2),
    decoder("base without a template", "Llama", LLAMA, {"bos_token": "<|begin_of_text|>", "eos_token": "<|end_of_text|>"}, "",
            {"bos_token_id": 0, "eos_token_id": 1, "do_sample": True, "temperature": 0.6, "top_p": 0.9},
            bos_token_id=0, eos_token_id=1),
    Folder("gpt 2", "GPT2LMHeadModel", "GPT2Config",
           {"n_embd": 16, "n_layer": 3, "n_head": 2, "n_positions": 64, "bos_token_id": 0, "eos_token_id": 0}, QWEN[:1],
           {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}, "",
           {"bos_token_id": 0, "eos_token_id": 0}),
    Folder("t5", "T5ForConditionalGeneration", "T5Config",
           {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 3, "num_heads": 2, "decoder_start_token_id": 0}, T5,
           {"eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}, "",
           {"decoder_start_token_id": 0, "eos_token_id": 1, "pad_token_id": 0}),
    Folder("bart", "BartForConditionalGeneration", "BartConfig",
           {"d_model": 16, "encoder_layers": 3, "decoder_layers": 3, "encoder_attention_heads": 2, "decoder_attention_heads": 2,
            "encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "max_position_embeddings": 256, "bos_token_id": 0, "pad_token_id": 1,
            "eos_token_id": 2, "decoder_start_token_id": 2, "forced_eos_token_id": 2}, ["<s>", "<pad>", "</s>", "<unk>"],
           {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}, "",
           {"bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1, "decoder_start_token_id": 2, "forced_eos_token_id": 2}),
    Folder("llava", "LlavaForConditionalGeneration", "LlavaConfig",
           {"text_config": {"model_type": "llama", **SMALL, "vocab_size": ROWS, "bos_token_id": None, "eos_token_id": 2},
            "vision_config": {"model_type": "clip_vision_model", **PICTURE}, "image_token_index": 3}, [*QWEN, "<image>"],
           {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}, CHATML, {"eos_token_id": [2, 0], "pad_token_id": 0}),
    Folder("classifier", "BertForSequenceClassification", "BertConfig", {**SMALL, "num_labels": 2}, BERT, BERT_ROLES),
    Folder("reward model", "LlamaForSequenceClassification", "LlamaConfig",
           {**SMALL, "num_labels": 1, "eos_token_id": 2, "pad_token_id": 0}, QWEN,
           {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}, CHATML),
    Folder("token classifier", "BertForTokenClassification", "BertConfig", {**SMALL, "num_labels": 5}, BERT, BERT_ROLES),
    Folder("encoder", "BertModel", "BertConfig", SMALL, BERT, BERT_ROLES),
    Folder("modernbert", "ModernBertForMaskedLM", "ModernBertConfig",
           {**SMALL, "pad_token_id": 0, "cls_token_id": 2, "sep_token_id": 3, "bos_token_id": 2, "eos_token_id": 3}, BERT, BERT_ROLES),
    Folder("state space", "MambaForCausalLM", "MambaConfig",
           {"hidden_size": 16, "state_size": 4, "num_hidden_layers": 3, "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0}, QWEN[:1],
           {"eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}, "",
           {"eos_token_id": 0, "bos_token_id": 0, "pad_token_id": 0}),
    Folder("dense layer, then experts", "DeepseekV3ForCausalLM", "DeepseekV3Config",
           {**SMALL, "num_hidden_layers": 4, "first_k_dense_replace": 1, "n_routed_experts": 4, "num_experts_per_tok": 2, "n_group": 2, "topk_group": 1,
            "moe_intermediate_size": 8, "q_lora_rank": 8, "kv_lora_rank": 8, "qk_rope_head_dim": 4, "qk_nope_head_dim": 4, "v_head_dim": 8,
            "bos_token_id": 0, "eos_token_id": 2}, QWEN, {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}, CHATML,
           {"bos_token_id": 0, "eos_token_id": [2, 0], **SAMPLED}),
    Folder("whisper", "WhisperForConditionalGeneration", "WhisperConfig",
           {"d_model": 16, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 32,
            "decoder_ffn_dim": 32, "max_source_positions": 16, "max_target_positions": 16, "num_mel_bins": 8, "bos_token_id": 0, "eos_token_id": 0,
            "pad_token_id": 0, "decoder_start_token_id": 1}, ["<|endoftext|>", "<|startoftranscript|>"],
           {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}, "",
           {"bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0, "decoder_start_token_id": 1}),
    Folder("image classifier", "ViTForImageClassification", "ViTConfig",
           PICTURE, [], {}),
    Folder("sentence transformer", "BertModel", "BertConfig", SMALL, BERT, BERT_ROLES, after=pooled),
    Folder("decoder that embeds", "Qwen2Model", "Qwen2Config", {**SMALL, "num_key_value_heads": 1, "bos_token_id": None, "eos_token_id": 2}, QWEN,
           {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}, CHATML, after=pooled),
    Folder("question answering", "BertForQuestionAnswering", "BertConfig", SMALL, BERT, BERT_ROLES),
    Folder("gemma 3", "Gemma3ForConditionalGeneration", "Gemma3Config",
           {"text_config": {**SMALL, "vocab_size": ROWS, "num_key_value_heads": 1, "head_dim": 8, "sliding_window": 16, "bos_token_id": 2,
                            "eos_token_id": [1, 5], "pad_token_id": 0},
            "vision_config": {**PICTURE, "num_channels": 3}, "mm_tokens_per_image": 4, "image_token_index": 6, "boi_token_index": 7,
            "eoi_token_index": 8, "eos_token_id": [1, 5]}, [*GEMMA, "<image_soft_token>", "<start_of_image>", "<end_of_image>"],
           {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>", "unk_token": "<unk>"}, TURNS,
           {"bos_token_id": 2, "eos_token_id": [1, 5], "pad_token_id": 0, "do_sample": True, "top_k": 64, "top_p": 0.95}),
    Folder("qwen vl", "Qwen2VLForConditionalGeneration", "Qwen2VLConfig",
           {"text_config": {**SMALL, "vocab_size": ROWS, "num_key_value_heads": 1, "bos_token_id": 0, "eos_token_id": 2,
                            "rope_scaling": {"type": "mrope", "rope_type": "default", "mrope_section": [1, 1, 2]}},
            "vision_config": {"depth": 3, "embed_dim": 16, "hidden_size": 16, "num_heads": 2, "patch_size": 4}, "image_token_id": 3,
            "video_token_id": 4, "vision_start_token_id": 5, "vision_end_token_id": 6},
           [*QWEN, "<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>"],
           {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}, CHATML,
           {"bos_token_id": 0, "eos_token_id": [2, 0], "pad_token_id": 0, **SAMPLED}),
    Folder("audio language", "Qwen2AudioForConditionalGeneration", "Qwen2AudioConfig",
           {"text_config": {"model_type": "qwen2", **SMALL, "vocab_size": ROWS, "bos_token_id": 0, "eos_token_id": 2},
            "audio_config": {"model_type": "qwen2_audio_encoder", "d_model": 16, "encoder_layers": 3, "encoder_attention_heads": 2,
                             "encoder_ffn_dim": 32, "num_mel_bins": 8, "max_source_positions": 16}, "audio_token_index": 3},
           [*QWEN, "<|AUDIO|>"], {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}, CHATML,
           {"bos_token_id": 0, "eos_token_id": [2, 0], "pad_token_id": 0, **SAMPLED}),
    Folder("ctc", "Wav2Vec2ForCTC", "Wav2Vec2Config", {**SOUND, "vocab_size": ROWS, "pad_token_id": 0}, ["<pad>", "<unk>"],
           {"pad_token": "<pad>", "unk_token": "<unk>"}, after=hearing),
    Folder("audio classifier", "Wav2Vec2ForSequenceClassification", "Wav2Vec2Config", {**SOUND, "num_labels": 3}, [], {}, after=hearing),
    Folder("two towers", "CLIPModel", "CLIPConfig",
           {"text_config": {**SMALL, "vocab_size": ROWS, "eos_token_id": 1}, "vision_config": PICTURE, "projection_dim": 8}, [], {}),
]


def make_tokenizer(each):
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast
    texts = [*each.specials, *WORDS]
    texts += [f"w{number}" for number in range(ROWS - len(texts))]
    core = Tokenizer(models.WordLevel({text: id for id, text in enumerate(texts)}, unk_token=each.roles.get("unk_token", "the")))
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    pairs = ["token_type_ids"] if each.roles is BERT_ROLES else []
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, model_input_names=["input_ids", *pairs, "attention_mask"], **each.roles)
    extra = [text for text in each.specials if text not in each.roles.values()]
    if extra:
        tokenizer.add_special_tokens({"additional_special_tokens": extra})
    if each.template:
        tokenizer.chat_template = each.template
    return tokenizer


def save(each, folder, dtype="bfloat16"):
    """Writes FOLDER as save_pretrained does: a model that was loaded, trained in 16 bits, and saved with its tokenizer."""
    import torch
    import transformers
    torch.manual_seed(7)
    rows = {"vocab_size": ROWS} if each.specials and "text_config" not in each.settings and "vocab_size" not in each.settings else {}
    config = getattr(transformers, each.config)(**rows, **each.settings)
    model = getattr(transformers, each.model)(config).to(getattr(torch, dtype))
    if each.generation:
        model.generation_config = transformers.GenerationConfig(**each.generation)
    model.save_pretrained(folder)
    if each.specials:
        make_tokenizer(each).save_pretrained(folder)
    if each.after:
        each.after(folder)
    return folder


def save_lora(each, base_id, folder):
    """A LoRA of the model beside its tokenizer, as peft saves it: its base has the public name BASE_ID."""
    import torch
    import transformers
    from peft import LoraConfig, get_peft_model
    config = getattr(transformers, each.config)(**{"vocab_size": ROWS, **each.settings})
    model = getattr(transformers, each.model)(config).to(torch.bfloat16)
    model = get_peft_model(model, LoraConfig(r=2, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))
    model.peft_config["default"].base_model_name_or_path = model.base_model.model.config._name_or_path = base_id
    model.save_pretrained(folder)
    make_tokenizer(each).save_pretrained(folder)
    return folder
