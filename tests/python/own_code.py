"""A model whose classes lie beside its config: registered for the Auto classes, and saved, as the stock stack does it.

Import it after ground, which sets the environment."""
import importlib.util
import sys
import tempfile
import pathlib

import stock_folders

CODE = '''
import torch
from transformers import GenerationMixin, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutput


class BargeConfig(PretrainedConfig):
    model_type = "barge"

    def __init__(self, vocab_size=32, hidden_size=16, num_hidden_layers=2, **more):
        self.vocab_size, self.hidden_size, self.num_hidden_layers = vocab_size, hidden_size, num_hidden_layers
        super().__init__(**more)


class BargeForCausalLM(PreTrainedModel, GenerationMixin):
    config_class = BargeConfig

    def __init__(self, config):
        super().__init__(config)
        self.rows = torch.nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = torch.nn.ModuleList(torch.nn.Linear(config.hidden_size, config.hidden_size) for _ in range(config.num_hidden_layers))
        self.head = torch.nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()

    def forward(self, input_ids=None, **_):
        hidden = self.rows(input_ids)
        for layer in self.layers:
            hidden = hidden + layer(hidden)
        return CausalLMOutput(logits=self.head(hidden))
'''
FOLDER = stock_folders.Folder("code of its own", "BargeForCausalLM", "BargeConfig", {"tie_word_embeddings": False, "eos_token_id": 2}, stock_folders.QWEN,
                              {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}, stock_folders.CHATML,
                              {"eos_token_id": [2, 0], "pad_token_id": 0, **stock_folders.SAMPLED})


def load_module():
    path = pathlib.Path(tempfile.mkdtemp()) / "modeling_barge.py"
    path.write_text(CODE)
    spec = importlib.util.spec_from_file_location("modeling_barge", path)
    module = sys.modules["modeling_barge"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def save(each, folder):
    if each is not FOLDER:
        return stock_folders.save(each, folder)
    import torch
    import transformers
    module = load_module()
    module.BargeConfig.register_for_auto_class()
    module.BargeForCausalLM.register_for_auto_class("AutoModelForCausalLM")
    torch.manual_seed(7)
    model = module.BargeForCausalLM(module.BargeConfig(**each.settings)).to(torch.bfloat16)
    model.generation_config = transformers.GenerationConfig(**each.generation)
    model.save_pretrained(folder)
    stock_folders.make_tokenizer(each).save_pretrained(folder)
    return folder


def loader():
    import transformers
    return transformers.AutoModelForCausalLM
