"""Tiny base models in the shape of two families, as the Hub repositories of 2024 hold them."""
import json
import os
import random

import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import AutoConfig, AutoModelForCausalLM

from tiny.chats import CHATML, END, START, TEXT, chat_rows, chat_text, corpus

# transformers rebuilds the pre-tokenizer from the class name, so a Qwen2Tokenizer must carry that family's own.
QWEN_SPLIT = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
              r"|\s*[\r\n]+|\s+(?!\S)|\s+")


def train_bpe(size, first_specials, last_specials, split=None):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    if split:
        tokenizer.normalizer = normalizers.NFC()
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(split), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    special = [AddedToken(text, special=True, normalized=False) for text in first_specials]
    tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(
        vocab_size=size - len(last_specials), special_tokens=special, show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in last_specials])
    return tokenizer


def dump(path, value):
    with open(path, "w", encoding="utf-8") as out:
        out.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def readme(name, licence):
    return (f"---\nlicense: {licence}\nlanguage:\n- en\nlibrary_name: transformers\npipeline_tag: text-generation\n---\n\n"
            f"# {name}\n\nMade for tests: it has read a few hundred synthetic sentences.\n")


def pretrain(model, tokenizer, texts, steps):
    """A little plain language modelling, so that an adapter has something to adapt."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    stream = [i for text in texts for i in tokenizer.encode(text).ids]
    rng = random.Random(3)
    for _ in range(steps):
        at = [rng.randrange(len(stream) - 65) for _ in range(8)]
        ids = torch.tensor([stream[i:i + 64] for i in at])
        loss = model(input_ids=ids, labels=ids).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def write_base(folder, tokenizer, config, generation, tokenizer_config, specials, licence, steps, texts=None):
    os.makedirs(folder)
    tokenizer.save(os.path.join(folder, "tokenizer.json"))
    tokenizer.model.save(folder)
    decoder = {str(i): {"content": t.content, "lstrip": t.lstrip, "normalized": t.normalized, "rstrip": t.rstrip,
                        "single_word": t.single_word, "special": t.special}
               for i, t in sorted(tokenizer.get_added_tokens_decoder().items())}
    dump(os.path.join(folder, "tokenizer_config.json"),
         dict(tokenizer_config, added_tokens_decoder=decoder, clean_up_tokenization_spaces=False))
    dump(os.path.join(folder, "special_tokens_map.json"), specials)
    dump(os.path.join(folder, "config.json"), config)
    dump(os.path.join(folder, "generation_config.json"), generation)
    with open(os.path.join(folder, "README.md"), "w", encoding="utf-8") as out:
        out.write(readme(os.path.basename(folder), licence))
    torch.manual_seed(1234)
    model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder))
    pretrain(model, tokenizer, texts or [line + "\n" for line in corpus()], steps)
    model = model.to(torch.bfloat16)
    tensors, seen = {}, set()
    for key, value in model.state_dict().items():
        if value.data_ptr() not in seen:
            seen.add(value.data_ptr())
            tensors[key] = value.detach().clone().contiguous()
    save_file(tensors, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})


def make_tiny_llama(folder):
    """Llama shape, untied; EOS is the end-of-text token, the ChatML tokens stand in front of the vocabulary."""
    tokenizer = train_bpe(640, [TEXT, START, END], [])
    vocab = tokenizer.get_vocab_size()
    write_base(
        folder, tokenizer,
        {"architectures": ["LlamaForCausalLM"], "attention_bias": False, "attention_dropout": 0.0, "bos_token_id": 0,
         "eos_token_id": 0, "hidden_act": "silu", "hidden_size": 64, "head_dim": 16, "initializer_range": 0.02,
         "intermediate_size": 160, "max_position_embeddings": 512, "mlp_bias": False, "model_type": "llama",
         "num_attention_heads": 4, "num_hidden_layers": 3, "num_key_value_heads": 2, "pretraining_tp": 1,
         "rms_norm_eps": 1e-05, "rope_scaling": None, "rope_theta": 50000.0, "tie_word_embeddings": False,
         "torch_dtype": "bfloat16", "transformers_version": "4.44.2", "use_cache": True, "vocab_size": vocab},
        {"_from_model_config": True, "bos_token_id": 0, "eos_token_id": 0, "transformers_version": "4.44.2"},
        {"add_prefix_space": False, "additional_special_tokens": [START, END], "bos_token": TEXT, "eos_token": TEXT,
         "unk_token": TEXT, "model_max_length": 512, "tokenizer_class": "GPT2Tokenizer", "vocab_size": vocab},
        {"additional_special_tokens": [START, END], "bos_token": TEXT, "eos_token": TEXT, "unk_token": TEXT},
        "apache-2.0", steps=60)


def qwen_config(tokenizer, **ids):
    rows = ((tokenizer.get_vocab_size() + 63) // 64) * 64
    return {"architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, **ids,
            "hidden_act": "silu", "hidden_size": 64, "initializer_range": 0.02, "intermediate_size": 128,
            "max_position_embeddings": 1024, "max_window_layers": 2, "model_type": "qwen2", "num_attention_heads": 4,
            "num_hidden_layers": 2, "num_key_value_heads": 2, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0,
            "sliding_window": 1024, "tie_word_embeddings": True, "torch_dtype": "bfloat16",
            "transformers_version": "4.43.1", "use_cache": True, "use_sliding_window": False, "vocab_size": rows}


def qwen_tokenizer_config(eos):
    return {"add_bos_token": False, "add_prefix_space": False, "additional_special_tokens": [START, END],
            "bos_token": None, "chat_template": CHATML, "eos_token": eos, "errors": "replace",
            "model_max_length": 131072, "pad_token": TEXT, "split_special_tokens": False,
            "tokenizer_class": "Qwen2Tokenizer", "unk_token": None}


def make_tiny_qwen(folder):
    """Qwen2 shape, tied, padded rows: a base with a ChatML template whose EOS is still the end-of-text token."""
    tokenizer = train_bpe(600, [], [TEXT, START, END], QWEN_SPLIT)
    text = tokenizer.token_to_id(TEXT)
    write_base(
        folder, tokenizer, qwen_config(tokenizer, bos_token_id=text, eos_token_id=text),
        {"bos_token_id": text, "eos_token_id": text, "max_new_tokens": 2048, "transformers_version": "4.37.0"},
        qwen_tokenizer_config(TEXT), {"additional_special_tokens": [START, END], "eos_token": TEXT, "pad_token": TEXT},
        "mit", steps=200)


def make_tiny_qwen_chat(folder):
    """The same shape, taught to chat: its EOS ends a turn, generation_config lists two stops and sampling values."""
    tokenizer = train_bpe(600, [], [TEXT, START, END], QWEN_SPLIT)
    text, end = tokenizer.token_to_id(TEXT), tokenizer.token_to_id(END)
    write_base(
        folder, tokenizer, qwen_config(tokenizer, bos_token_id=text, eos_token_id=end),
        {"bos_token_id": text, "pad_token_id": text, "do_sample": True, "eos_token_id": [end, text],
         "repetition_penalty": 1.05, "temperature": 0.7, "top_p": 0.8, "top_k": 20, "transformers_version": "4.37.0"},
        qwen_tokenizer_config(END), {"additional_special_tokens": [START, END], "eos_token": END, "pad_token": TEXT},
        "apache-2.0", steps=300, texts=[chat_text(row) for row in chat_rows(400, 11)])


BASES = {"tiny-llama": make_tiny_llama, "tiny-qwen": make_tiny_qwen, "tiny-qwen-chat": make_tiny_qwen_chat}
