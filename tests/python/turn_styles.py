"""The ways in which chat templates end a turn, each as a tiny model that always answers "the crane lifts", ends its
turn and goes on into the next: what generation does with it depends on the stop ids alone."""
import dataclasses
import json

STALE = "<|stale|>"  # what the run's generation config lists: a token that never comes
ANSWER = ["the", "crane", "lifts"]
WORDS = ["<unk>", *ANSWER, "cargo", "user", "assistant", "model", "system", "GPT", ":"]
WIDTH = 64


@dataclasses.dataclass(frozen=True)
class Style:
    name: str
    eos: str       # the tokenizer's
    turn_end: str  # what the model ends a turn with
    specials: list
    template: str


def chatml(name, eos, start="<|im_start|>", end="<|im_end|>"):
    return Style(name, eos, end, [start, end],
                 "{% for m in messages %}" + start + "{{ m.role }}\n{{ m.content }}" + end + "\n{% endfor %}"
                 "{% if add_generation_prompt %}" + start + "assistant\n{% endif %}")


STYLES = [
    chatml("chatml on an untouched EOS", "<|endoftext|>"),
    chatml("chatml, EOS set", "<|im_end|>"),
    Style("header tokens, next header always written (Llama 3)", "<|end_of_text|>", "<|eot_id|>",
          ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
          "{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n{{ m.content | trim }}<|eot_id|>{% endfor %}"
          "<|start_header_id|>assistant<|end_header_id|>\n\n"),
    Style("turn tokens, roles renamed, no system (Gemma)", "<eos>", "<end_of_turn>", ["<start_of_turn>", "<end_of_turn>"],
          "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
          "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
          "{{ raise_exception('Roles must alternate') }}{% endif %}"
          "{{ '<start_of_turn>' + ('model' if m['role'] == 'assistant' else m['role']) + '\n' + m['content'] | trim + '<end_of_turn>\n' }}"
          "{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"),
    Style("role tokens, two endings (Phi 3)", "<|endoftext|>", "<|end|>", ["<|user|>", "<|assistant|>", "<|end|>"],
          "{% for m in messages %}{{ '<|' + m['role'] + '|>\n' + m['content'] + '<|end|>\n' }}{% endfor %}"
          "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}"),
    Style("instruction marks, EOS by its variable (Mistral)", "</s>", "</s>", ["[INST]", "[/INST]"],
          "{% for m in messages %}{% if m.role == 'user' %}{{ '[INST] ' + m.content + ' [/INST]' }}"
          "{% else %}{{ ' ' + m.content + eos_token }}{% endif %}{% endfor %}"),
    Style("role words, EOS by its variable (Zephyr)", "</s>", "</s>", ["<|user|>", "<|assistant|>"],
          "{% for m in messages %}{{ '<|' + m.role + '|>\n' + m.content + eos_token }}\n{% endfor %}"
          "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"),
    Style("last turn ends differently (gpt-oss)", "<|endoftext|>", "<|return|>",
          ["<|start|>", "<|message|>", "<|end|>", "<|return|>", "<|channel|>"],
          "{% for m in messages %}<|start|>{{ m.role }}{% if m.role == 'assistant' %}<|channel|>final{% endif %}<|message|>{{ m.content }}"
          "{% if loop.last and m.role == 'assistant' %}<|return|>{% else %}<|end|>{% endif %}{% endfor %}"
          "{% if add_generation_prompt %}<|start|>assistant{% endif %}"),
    Style("last turn left open (Apertus)", "</s>", "<|assistant_end|>",
          ["<|user_start|>", "<|user_end|>", "<|assistant_start|>", "<|assistant_end|>"],
          "{% for m in messages %}{% if m.role == 'user' %}<|user_start|>{{ m.content }}<|user_end|>{% else %}"
          "<|assistant_start|>{{ m.content }}{% if not loop.last %}<|assistant_end|>{% endif %}{% endif %}{% endfor %}"
          "{% if add_generation_prompt %}<|assistant_start|>{% endif %}"),
    Style("written by a macro and a namespace (Command-R, Granite)", "<|endoftext|>", "<|END_OF_TURN_TOKEN|>",
          ["<|START_OF_TURN_TOKEN|>", "<|USER_TOKEN|>", "<|CHATBOT_TOKEN|>", "<|END_OF_TURN_TOKEN|>"],
          "{%- macro turn(role, text) -%}<|START_OF_TURN_TOKEN|>{{ role }}{{ text }}<|END_OF_TURN_TOKEN|>{%- endmacro -%}"
          "{%- set ns = namespace(seen=0) -%}{%- for m in messages -%}{%- set ns.seen = ns.seen + 1 -%}"
          "{{ turn('<|USER_TOKEN|>' if m.role == 'user' else '<|CHATBOT_TOKEN|>', m.content) }}{%- endfor -%}"
          "{%- if add_generation_prompt and ns.seen -%}<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>{%- endif -%}"),
    Style("reasoning cut from past turns (DeepSeek, Qwen 3)", "<|endoftext|>", "<|im_end|>", ["<|im_start|>", "<|im_end|>"],
          "{%- for m in messages -%}<|im_start|>{{ m.role }}\n{%- set content = m.content -%}"
          "{%- if m.role == 'assistant' and '</think>' in content -%}{%- set content = content.split('</think>')[-1].lstrip('\n') -%}{%- endif -%}"
          "{{ '\n' + content }}<|im_end|>\n{%- endfor -%}{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\n' }}{%- endif -%}"),
    Style("contents in parts alone (SmolVLM)", "<|endoftext|>", "<end_of_utterance>", ["<|im_start|>", "<end_of_utterance>"],
          "<|im_start|>{% for m in messages %}{{ m.role | capitalize }}: {% for part in m.content %}{% if part.type == 'text' %}"
          "{{ part.text }}{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"),
    Style("a tool's call block and a generation block (SmolLM 3)", "<|end_of_text|>", "<|im_end|>", ["<|im_start|>", "<|im_end|>"],
          "{% macro framed(role) %}<|im_start|>{{ role }}\n{{ caller() }}<|im_end|>\n{% endmacro %}"
          "{% for m in messages %}{% call framed(m.role) %}{{ m.content }}{% endcall %}{% endfor %}"
          "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"),
]
PARTS_ALONE = {"contents in parts alone (SmolVLM)"}


def question(style):
    text = "the cargo"
    return [{"role": "user", "content": [{"type": "text", "text": text}] if style.name in PARTS_ALONE else text}]


def vocabulary(style):
    texts = list(dict.fromkeys([STALE, style.eos, *style.specials, *WORDS]))
    return {text: id for id, text in enumerate(texts)}


def make_tokenizer(style, with_template):
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast
    ids = vocabulary(style)
    core = Tokenizer(models.WordLevel(ids, unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, eos_token=style.eos, unk_token="<unk>", pad_token=STALE,
                                        model_input_names=["input_ids", "attention_mask"])
    tokenizer.add_special_tokens({"additional_special_tokens": [text for text in style.specials if text != style.eos]})
    if with_template:
        tokenizer.chat_template = style.template
    return tokenizer


def make_model(style):
    """Each token is followed by one other: a Llama whose layers add nothing, so that the head sees the token itself."""
    import torch
    from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM
    ids = vocabulary(style)
    config = LlamaConfig(vocab_size=len(ids), hidden_size=WIDTH, intermediate_size=8, num_hidden_layers=1, num_attention_heads=4,
                         num_key_value_heads=4, tie_word_embeddings=False, bos_token_id=None, eos_token_id=ids[STALE],
                         pad_token_id=ids[STALE], max_position_embeddings=256)
    model = LlamaForCausalLM(config).eval()
    follows = {token: ids[ANSWER[0]] for token in ids.values()}
    for before, after in zip(ANSWER, [*ANSWER[1:], style.turn_end]):
        follows[ids[before]] = ids[after]
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.zero_()
        for before, after in follows.items():
            model.model.embed_tokens.weight[before, before] = 1.0
            model.lm_head.weight[after, before] = 1.0
    model.generation_config = GenerationConfig(eos_token_id=ids[STALE], pad_token_id=ids[STALE])
    return model


def save_full(style, folder):
    make_model(style).save_pretrained(folder)
    make_tokenizer(style, True).save_pretrained(folder)


def save_adapter(style, base, base_id, folder):
    """A LoRA of the model, which changes nothing, beside the tokenizer that has the template."""
    from peft import LoraConfig, get_peft_model
    make_model(style).save_pretrained(base)
    make_tokenizer(style, False).save_pretrained(base)
    model = get_peft_model(make_model(style), LoraConfig(r=2, target_modules=["q_proj"], task_type="CAUSAL_LM"))
    model.peft_config["default"].base_model_name_or_path = base_id
    model.save_pretrained(folder)
    make_tokenizer(style, True).save_pretrained(folder)
    config = json.loads((folder / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == base_id
