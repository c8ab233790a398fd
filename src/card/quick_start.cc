#include <fmt/format.h>

#include "card/markdown.h"
#include "card/sections.h"

namespace slipway::card {
namespace {

constexpr std::string_view kQuestion = "Why is the sky blue?";
constexpr std::string_view kBeginning = "The sky is blue because";

std::string name_to_load(const CardFacts& facts) {
  return python_string(facts.repo.empty() ? facts.model_name : facts.repo);
}

std::string full_decoder(const CardFacts& facts) {
  const std::string load = fmt::format(
      "from transformers import pipeline\n\ngenerator = pipeline(\"text-generation\", model={})\n",
      name_to_load(facts));
  if (!facts.chat) {
    return load +
           fmt::format("print(generator(\"{}\", max_new_tokens=128)[0][\"generated_text\"])", kBeginning);
  }
  return load + fmt::format(
                    "messages = [{{\"role\": \"user\", \"content\": \"{}\"}}]\n"
                    "output = generator(messages, max_new_tokens=128, return_full_text=False)\n"
                    "print(output[0][\"generated_text\"])",
                    kQuestion);
}

// Text to text has no pipeline any more in transformers 5.
std::string full_encoder_decoder(const CardFacts& facts) {
  return fmt::format(
      "from transformers import AutoModelForSeq2SeqLM, AutoTokenizer\n\n"
      "repo = {}\n"
      "tokenizer = AutoTokenizer.from_pretrained(repo)\n"
      "model = AutoModelForSeq2SeqLM.from_pretrained(repo)\n"
      "inputs = tokenizer(\"{}\", return_tensors=\"pt\")\n"
      "output = model.generate(**inputs, max_new_tokens=128)\n"
      "print(tokenizer.decode(output[0], skip_special_tokens=True))",
      name_to_load(facts), kQuestion);
}

std::string full_vision_language(const CardFacts& facts) {
  return fmt::format(
      "from PIL import Image\n"
      "from transformers import pipeline\n\n"
      "generator = pipeline(\"image-text-to-text\", model={})\n"
      "picture = Image.new(\"RGB\", (224, 224), \"navy\")  # or Image.open(...)\n"
      "content = [{{\"type\": \"image\", \"image\": picture}}, {{\"type\": \"text\", \"text\": \"What colour "
      "is this?\"}}]\n"
      "messages = [{{\"role\": \"user\", \"content\": content}}]\n"
      "output = generator(text=messages, max_new_tokens=128, return_full_text=False)\n"
      "print(output[0][\"generated_text\"])",
      name_to_load(facts));
}

std::string full_pipeline(const CardFacts& facts, std::string_view task, std::string_view text) {
  return fmt::format(
      "from transformers import pipeline\n\npipe = pipeline(\"{}\", model={})\nprint(pipe(\"{}\"))", task,
      name_to_load(facts), text);
}

std::string full_model(const CardFacts& facts) {
  switch (facts.kind) {
    case model::ModelKind::kDecoder:
      return full_decoder(facts);
    case model::ModelKind::kEncoderDecoder:
      return full_encoder_decoder(facts);
    case model::ModelKind::kVisionLanguage:
      return full_vision_language(facts);
    case model::ModelKind::kClassifier:
      return full_pipeline(facts, "text-classification", "That was well done.");
    case model::ModelKind::kEncoder:
      return full_pipeline(facts, "feature-extraction", "A sentence to encode.");
    case model::ModelKind::kUnknown:
      break;
  }
  return "";
}

// An adapter that generates: loader class of peft, inputs as its template wants them.
std::string generating_adapter(const CardFacts& facts) {
  const bool decoder = facts.kind == model::ModelKind::kDecoder;
  const std::string_view loader = decoder ? "AutoPeftModelForCausalLM" : "AutoPeftModelForSeq2SeqLM";
  const bool pass = facts.pass_generation_config;
  std::string out = fmt::format("from peft import {}\nfrom transformers import AutoTokenizer{}\n\n", loader,
                                pass ? ", GenerationConfig" : "");
  out += fmt::format(
      "repo = {}\ntokenizer = AutoTokenizer.from_pretrained(repo)\nmodel = {}.from_pretrained(repo)\n",
      name_to_load(facts), loader);
  if (decoder && facts.chat) {
    out += fmt::format("messages = [{{\"role\": \"user\", \"content\": \"{}\"}}]\n", kQuestion);
    out +=
        "inputs = tokenizer.apply_chat_template(\n"
        "    messages, add_generation_prompt=True, return_dict=True, return_tensors=\"pt\"\n)\n";
  } else {
    out +=
        fmt::format("inputs = tokenizer(\"{}\", return_tensors=\"pt\")\n", decoder ? kBeginning : kQuestion);
  }
  out +=
      pass ? "output = model.generate(\n"
             "    **inputs, generation_config=GenerationConfig.from_pretrained(repo, max_new_tokens=128)\n)\n"
           : "output = model.generate(**inputs, max_new_tokens=128)\n";
  return out + fmt::format("print(tokenizer.decode(output[0]{}, skip_special_tokens=True))",
                           decoder && facts.chat ? "[inputs[\"input_ids\"].shape[1] :]" : "");
}

std::string encoding_adapter(const CardFacts& facts) {
  const bool classifier = facts.kind == model::ModelKind::kClassifier;
  const std::string_view loader =
      classifier ? "AutoPeftModelForSequenceClassification" : "AutoPeftModelForFeatureExtraction";
  const std::string labels =
      classifier && facts.labels > 0 ? fmt::format(", num_labels={}", facts.labels) : "";
  return fmt::format(
      "from peft import {0}\n"
      "from transformers import AutoTokenizer\n\n"
      "repo = {1}\n"
      "tokenizer = AutoTokenizer.from_pretrained(repo)\n"
      "model = {0}.from_pretrained(repo{2})\n"
      "output = model(**tokenizer(\"That was well done.\", return_tensors=\"pt\"))\n"
      "print(output.{3})",
      loader, name_to_load(facts), labels, classifier ? "logits" : "last_hidden_state");
}

std::string vision_adapter(const CardFacts& facts) {
  if (facts.base_id.empty()) return "";
  return fmt::format(
      "from peft import PeftModel\n"
      "from transformers import AutoModelForImageTextToText, AutoProcessor\n\n"
      "base = {}\n"
      "processor = AutoProcessor.from_pretrained(base)\n"
      "model = PeftModel.from_pretrained(AutoModelForImageTextToText.from_pretrained(base), {})\n"
      "inputs = processor(text=\"{}\", return_tensors=\"pt\")\n"
      "output = model.generate(**inputs, max_new_tokens=128)\n"
      "print(processor.decode(output[0], skip_special_tokens=True))",
      python_string(facts.base_id), name_to_load(facts), kBeginning);
}

std::string adapter(const CardFacts& facts) {
  switch (facts.kind) {
    case model::ModelKind::kDecoder:
    case model::ModelKind::kEncoderDecoder:
      return generating_adapter(facts);
    case model::ModelKind::kVisionLanguage:
      return vision_adapter(facts);
    case model::ModelKind::kClassifier:
    case model::ModelKind::kEncoder:
      return encoding_adapter(facts);
    case model::ModelKind::kUnknown:
      break;
  }
  return "";
}

}  // namespace

std::string quick_start(const CardFacts& facts) {
  const std::string code = facts.adapter ? adapter(facts) : full_model(facts);
  if (code.empty()) return "";
  std::string out = fmt::format("## Quick start\n\n```python\n{}\n```", code);
  if (code.find("generation_config=") != std::string::npos) {
    out +=
        "\n\nThe adapter stops at other tokens than its base, and loaders take generation settings from the "
        "base: "
        "that is why\n`generation_config` of this repository is passed by hand.";
  }
  return out;
}

}  // namespace slipway::card
