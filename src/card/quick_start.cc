#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "card/markdown.h"
#include "card/sections.h"

namespace slipway::card {
namespace {

constexpr std::string_view kQuestion = "Why is the sky blue?";
constexpr std::string_view kBeginning = "The sky is blue because";

std::string name_to_load(const CardFacts& facts) {
  return python_string(facts.repo.empty() ? facts.model_name : facts.repo);
}

// What a loader is told beside the name: a model's own code runs only where somebody says so.
std::string_view leave(const CardFacts& facts) {
  return facts.own_code && !facts.adapter ? ", trust_remote_code=True" : "";
}

std::string pipeline_line(const CardFacts& facts, std::string_view variable) {
  return fmt::format("{} = pipeline(\"{}\", model={}{})\n", variable, model::pipeline_tag(task_of(facts)),
                     name_to_load(facts), leave(facts));
}

// The lines that load a tokenizer and a model.
std::string auto_lines(const CardFacts& facts, std::string_view loader) {
  return fmt::format(
      "from transformers import {0}, AutoTokenizer\n\n"
      "repo = {1}\n"
      "tokenizer = AutoTokenizer.from_pretrained(repo{2})\n"
      "model = {0}.from_pretrained(repo{2})\n",
      loader, name_to_load(facts), leave(facts));
}

std::string full_decoder(const CardFacts& facts) {
  const std::string load = "from transformers import pipeline\n\n" + pipeline_line(facts, "generator");
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

std::string full_answering(const CardFacts& facts) {
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
      pipeline_line(facts, "generator"));
}

// An adapter's loader, and whatever a sound is needed for: a second of silence, so that the lines run as they
// are.
constexpr std::string_view kSound = "np.zeros(16000, dtype=np.float32)";

struct PipelineUse {
  model::Task task;
  std::string_view import;  // what else it takes
  std::string_view before;  // a line that makes the input
  std::string_view input;
};

constexpr std::string_view kPicture =
    "picture = Image.new(\"RGB\", (224, 224), \"navy\")  # or Image.open(...)\n";
constexpr std::string_view kRecording =
    "sound = {\"raw\": np.zeros(16000, dtype=np.float32), \"sampling_rate\": 16000}  # or the name of a "
    "file\n";
constexpr std::string_view kPil = "from PIL import Image\n";
constexpr std::string_view kNumpy = "import numpy as np\n";

constexpr auto kPipelines = std::to_array<PipelineUse>({
    {model::Task::kTextClassification, "", "", "\"That was well done.\""},
    {model::Task::kFeatureExtraction, "", "", "\"A sentence to encode.\""},
    {model::Task::kTokenClassification, "", "", "\"Ada Lovelace lived in London.\""},
    {model::Task::kFillMask, "", "", "f\"The sky is {pipe.tokenizer.mask_token}.\""},
    {model::Task::kSpeechRecognition, kNumpy, kRecording, "sound"},
    {model::Task::kAudioClassification, kNumpy, kRecording, "sound"},
    {model::Task::kImageClassification, kPil, kPicture, "picture"},
    {model::Task::kImageFeatures, kPil, kPicture, "picture"},
    {model::Task::kImageSegmentation, kPil, kPicture, "picture"},
    {model::Task::kObjectDetection, kPil, kPicture, "picture"},
    {model::Task::kDepthEstimation, kPil, kPicture, "picture"},
    {model::Task::kZeroShotImageClassification, kPil, kPicture,
     "picture, candidate_labels=[\"the sky\", \"a ship\"]"},
    {model::Task::kZeroShotObjectDetection, kPil, kPicture, "picture, candidate_labels=[\"a ship\"]"},
});

std::string full_pipeline(const CardFacts& facts) {
  const auto* use = std::ranges::find(kPipelines, task_of(facts), &PipelineUse::task);
  if (use == kPipelines.end()) return "";
  return fmt::format("{}from transformers import pipeline\n\n{}{}print(pipe({}))", use->import,
                     pipeline_line(facts, "pipe"), use->before, use->input);
}

// The logit itself is the reward; the pipeline would press it between 0 and 1.
std::string full_reward(const CardFacts& facts) {
  const std::string load = "from transformers import pipeline\n\n" + pipeline_line(facts, "pipe");
  if (!facts.chat) return load + "print(pipe(\"That was well done.\", function_to_apply=\"none\"))";
  return load +
         fmt::format(
             "messages = [\n    {{\"role\": \"user\", \"content\": \"{}\"}},\n"
             "    {{\"role\": \"assistant\", \"content\": \"Air scatters blue light more than red.\"}},\n]\n"
             "text = pipe.tokenizer.apply_chat_template(messages, tokenize=False)\n"
             "print(pipe(text, function_to_apply=\"none\"))",
             kQuestion);
}

std::string full_sentences(const CardFacts& facts) {
  return fmt::format(
      "from sentence_transformers import SentenceTransformer\n\n"
      "model = SentenceTransformer({}{})\n"
      "embeddings = model.encode([\"The sky is blue.\", \"Blue is the sky.\", \"Grass is green.\"])\n"
      "print(model.similarity(embeddings, embeddings))",
      name_to_load(facts), leave(facts));
}

std::string full_sound_features(const CardFacts& facts) {
  return fmt::format(
      "import numpy as np\nfrom transformers import AutoFeatureExtractor, AutoModel\n\n"
      "repo = {}\n"
      "extractor = AutoFeatureExtractor.from_pretrained(repo)\n"
      "model = AutoModel.from_pretrained(repo)\n"
      "inputs = extractor({}, sampling_rate=16000, return_tensors=\"pt\")\n"
      "print(model(**inputs).last_hidden_state.shape)",
      name_to_load(facts), kSound);
}

// There is no auto class for these in transformers 4: the class itself.
std::string full_hearing(const CardFacts& facts) {
  return fmt::format(
      "import numpy as np\nfrom transformers import AutoProcessor, {0}\n\n"
      "repo = {1}\n"
      "processor = AutoProcessor.from_pretrained(repo)\n"
      "model = {0}.from_pretrained(repo)\n"
      "content = [{{\"type\": \"audio\", \"audio\": {2}}}, {{\"type\": \"text\", \"text\": \"What do you "
      "hear?\"}}]\n"
      "inputs = processor.apply_chat_template(\n"
      "    [{{\"role\": \"user\", \"content\": content}}],\n"
      "    add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors=\"pt\"\n)\n"
      "output = model.generate(**inputs, max_new_tokens=128)\n"
      "print(processor.batch_decode(output[:, inputs[\"input_ids\"].shape[1] :], "
      "skip_special_tokens=True)[0])",
      facts.architecture, name_to_load(facts), kSound);
}

std::string full_speaking(const CardFacts& facts) {
  return fmt::format(
      "from transformers import pipeline\n\npipe = pipeline(\"text-to-audio\", model={})\n"
      "speech = pipe(\"The sky is blue.\")\n"
      "print(speech[\"audio\"].shape, speech[\"sampling_rate\"])",
      name_to_load(facts));
}

bool is_identifier(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && std::ranges::all_of(name, letter) && !(name[0] >= '0' && name[0] <= '9');
}

std::string full_model(const CardFacts& facts) {
  switch (task_of(facts)) {
    case model::Task::kTextGeneration:
      return full_decoder(facts);
    case model::Task::kTextToText:
      return full_encoder_decoder(facts);
    case model::Task::kImageTextToText:
      return full_vision_language(facts);
    case model::Task::kAudioTextToText:
      return is_identifier(facts.architecture) && !facts.own_code ? full_hearing(facts) : "";
    case model::Task::kSpeechSynthesis:
      return full_speaking(facts);
    case model::Task::kAudioFeatures:
      return full_sound_features(facts);
    case model::Task::kQuestionAnswering:
      return full_answering(facts);
    case model::Task::kSentenceSimilarity:
      return full_sentences(facts);
    case model::Task::kTextClassification:
      return facts.labels == 1 ? full_reward(facts) : full_pipeline(facts);
    default:
      return full_pipeline(facts);
  }
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
  model::Task task;
  std::string_view loader;
  std::string_view output;
};

constexpr auto kAdapters = std::to_array<AdapterUse>({
    {model::Task::kTextClassification, "AutoPeftModelForSequenceClassification", "logits"},
    {model::Task::kTokenClassification, "AutoPeftModelForTokenClassification", "logits"},
    {model::Task::kQuestionAnswering, "AutoPeftModelForQuestionAnswering", "start_logits"},
    {model::Task::kFeatureExtraction, "AutoPeftModelForFeatureExtraction", "last_hidden_state"},
    {model::Task::kFillMask, "AutoPeftModelForFeatureExtraction", "last_hidden_state"},
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

// peft has no loader for models that hear; those that write down what they hear have an auto class.
std::string hearing_adapter(const CardFacts& facts) {
  if (facts.base_id.empty() || facts.kind != model::ModelKind::kEncoderDecoder) return "";
  return fmt::format(
      "import numpy as np\nfrom peft import PeftModel\n"
      "from transformers import AutoModelForSpeechSeq2Seq, AutoProcessor\n\n"
      "base = {}\n"
      "processor = AutoProcessor.from_pretrained(base)\n"
      "model = PeftModel.from_pretrained(AutoModelForSpeechSeq2Seq.from_pretrained(base), {})\n"
      "inputs = processor({}, sampling_rate=16000, return_tensors=\"pt\")\n"
      "output = model.generate(**inputs)\n"
      "print(processor.batch_decode(output, skip_special_tokens=True)[0])",
      python_string(facts.base_id), name_to_load(facts), kSound);
}

std::string adapter(const CardFacts& facts) {
  switch (task_of(facts)) {
    case model::Task::kTextGeneration:
    case model::Task::kTextToText:
      return generating_adapter(facts);
    case model::Task::kImageTextToText:
      return vision_adapter(facts);
    case model::Task::kSpeechRecognition:
      return hearing_adapter(facts);
    default:
      return encoding_adapter(facts);
  }
}

}  // namespace

model::Task task_of(const CardFacts& facts) {
  return facts.task == model::Task::kUnknown ? model::usual_task(facts.kind) : facts.task;
}

std::string quick_start(const CardFacts& facts) {
  const std::string code = facts.adapter ? adapter(facts) : full_model(facts);
  const std::string engines = engine_snippets(facts);
  if (code.empty() && engines.empty()) return "";
  std::string out = "## Quick start";
  if (!code.empty()) out += fmt::format("\n\n```python\n{}\n```", code);
  if (code.find("generation_config=") != std::string::npos) {
    out +=
        "\n\nThe adapter stops at other tokens than its base, and loaders take generation settings from the "
        "base: "
        "that is why\n`generation_config` of this repository is passed by hand.";
  }
  return out + engines;
}

}  // namespace slipway::card
