#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "card/markdown.h"
#include "card/sections.h"
#include "model/task.h"

namespace slipway::card {
namespace {

constexpr std::string_view kQuestion = "Why is the sky blue?";
constexpr std::string_view kBeginning = "The sky is blue because";

std::string name_to_load(const CardFacts& facts) {
  return python_string(facts.repo.empty() ? facts.model_name : facts.repo);
}

// What a loader is told beside the name: a model's own code runs only where somebody says so.
std::string_view leave(const CardFacts& facts) { return facts.own_code ? ", trust_remote_code=True" : ""; }

std::string pipeline_line(const CardFacts& facts, std::string_view variable, std::string_view task) {
  return fmt::format("{} = pipeline(\"{}\", model={}{})\n", variable, task, name_to_load(facts),
                     leave(facts));
}

// The lines that load a tokenizer and a model of CLASS.
std::string auto_lines(const CardFacts& facts, std::string_view loader) {
  return fmt::format(
      "from transformers import {0}, AutoTokenizer\n\n"
      "repo = {1}\n"
      "tokenizer = AutoTokenizer.from_pretrained(repo{2})\n"
      "model = {0}.from_pretrained(repo{2})\n",
      loader, name_to_load(facts), leave(facts));
}

std::string full_decoder(const CardFacts& facts) {
  const std::string load =
      "from transformers import pipeline\n\n" + pipeline_line(facts, "generator", "text-generation");
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

// Text to text and questions have no pipeline any more in transformers 5.
std::string full_encoder_decoder(const CardFacts& facts) {
  return auto_lines(facts, "AutoModelForSeq2SeqLM") +
         fmt::format(
             "inputs = tokenizer(\"{}\", return_tensors=\"pt\")\n"
             "output = model.generate(**inputs, max_new_tokens=128)\n"
             "print(tokenizer.decode(output[0], skip_special_tokens=True))",
             kQuestion);
}

std::string question_answering(const CardFacts& facts) {
  return auto_lines(facts, "AutoModelForQuestionAnswering") +
         "inputs = tokenizer(\"Who built the ship?\", \"Mara built the ship.\", return_tensors=\"pt\")\n"
         "output = model(**inputs)\n"
         "first, last = output.start_logits.argmax(), output.end_logits.argmax()\n"
         "print(\"answer:\", tokenizer.decode(inputs[\"input_ids\"][0, first : last + 1]))";
}

std::string full_vision_language(const CardFacts& facts) {
  return fmt::format(
      "from PIL import Image\n"
      "from transformers import pipeline\n\n"
      "{}"
      "picture = Image.new(\"RGB\", (224, 224), \"navy\")  # or Image.open(...)\n"
      "content = [{{\"type\": \"image\", \"image\": picture}}, {{\"type\": \"text\", \"text\": \"What colour "
      "is this?\"}}]\n"
      "messages = [{{\"role\": \"user\", \"content\": content}}]\n"
      "output = generator(text=messages, max_new_tokens=128, return_full_text=False)\n"
      "print(output[0][\"generated_text\"])",
      pipeline_line(facts, "generator", "image-text-to-text"));
}

std::string sentences(const CardFacts& facts) {
  return fmt::format(
      "from sentence_transformers import SentenceTransformer\n\n"
      "model = SentenceTransformer({}{})\n"
      "embeddings = model.encode([\"The ship leaves the yard.\", \"A vessel sets sail.\"])\n"
      "print(model.similarity(embeddings, embeddings))",
      name_to_load(facts), leave(facts));
}

struct PipelineUse {
  std::string_view task;
  std::string_view import;  // what else it takes
  std::string_view before;  // a line that makes the input
  std::string_view input;
};

constexpr std::string_view kPicture =
    "picture = Image.new(\"RGB\", (224, 224), \"navy\")  # or Image.open(...)\n";
constexpr std::string_view kSound =
    "sound = numpy.zeros(16000, dtype=\"float32\")  # or the path of a recording\n";
constexpr std::string_view kPil = "from PIL import Image\n";
constexpr std::string_view kNumpy = "import numpy\n";

constexpr auto kPipelines = std::to_array<PipelineUse>({
    {"text-classification", "", "", "\"That was well done.\""},
    {"feature-extraction", "", "", "\"A sentence to encode.\""},
    {"token-classification", "", "", "\"Ada Lovelace was born in London.\""},
    {"fill-mask", "", "", "f\"The sky is {pipe.tokenizer.mask_token}.\""},
    {"automatic-speech-recognition", kNumpy, kSound, "sound"},
    {"audio-classification", kNumpy, kSound, "sound"},
    {"image-classification", kPil, kPicture, "picture"},
    {"image-feature-extraction", kPil, kPicture, "picture"},
    {"image-segmentation", kPil, kPicture, "picture"},
    {"object-detection", kPil, kPicture, "picture"},
    {"depth-estimation", kPil, kPicture, "picture"},
    {"zero-shot-image-classification", kPil, kPicture, "picture, candidate_labels=[\"the sky\", \"a ship\"]"},
    {"zero-shot-object-detection", kPil, kPicture, "picture, candidate_labels=[\"a ship\"]"},
});

std::string by_pipeline(const CardFacts& facts, std::string_view task) {
  const auto* use = std::ranges::find(kPipelines, task, &PipelineUse::task);
  if (use == kPipelines.end()) return "";
  return fmt::format("{}from transformers import pipeline\n\n{}{}print(pipe({}))", use->import,
                     pipeline_line(facts, "pipe", task), use->before, use->input);
}

std::string full_model(const CardFacts& facts) {
  const std::string_view task = task_of(facts);
  if (task == "text-generation") return full_decoder(facts);
  if (task == "text2text-generation") return full_encoder_decoder(facts);
  if (task == "image-text-to-text") return full_vision_language(facts);
  if (task == "question-answering") return question_answering(facts);
  if (task == "sentence-similarity") return sentences(facts);
  return by_pipeline(facts, task);
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

struct AdapterUse {
  std::string_view task;
  std::string_view loader;
  std::string_view output;
};

constexpr auto kAdapters = std::to_array<AdapterUse>({
    {"text-classification", "AutoPeftModelForSequenceClassification", "logits"},
    {"token-classification", "AutoPeftModelForTokenClassification", "logits"},
    {"question-answering", "AutoPeftModelForQuestionAnswering", "start_logits"},
    {"feature-extraction", "AutoPeftModelForFeatureExtraction", "last_hidden_state"},
});

std::string encoding_adapter(const CardFacts& facts) {
  const auto* use = std::ranges::find(kAdapters, task_of(facts), &AdapterUse::task);
  if (use == kAdapters.end()) return "";
  const std::string labels =
      facts.labels > 0 && use->output == "logits" ? fmt::format(", num_labels={}", facts.labels) : "";
  return fmt::format(
      "from peft import {0}\n"
      "from transformers import AutoTokenizer\n\n"
      "repo = {1}\n"
      "tokenizer = AutoTokenizer.from_pretrained(repo)\n"
      "model = {0}.from_pretrained(repo{2})\n"
      "output = model(**tokenizer(\"That was well done.\", return_tensors=\"pt\"))\n"
      "print(output.{3})",
      use->loader, name_to_load(facts), labels, use->output);
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
  const std::string_view task = task_of(facts);
  if (task == "text-generation" || task == "text2text-generation") return generating_adapter(facts);
  return task == "image-text-to-text" ? vision_adapter(facts) : encoding_adapter(facts);
}

}  // namespace

std::string_view task_of(const CardFacts& facts) {
  return facts.task.empty() ? model::pipeline_tag(facts.kind) : std::string_view(facts.task);
}

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
