#include "card/sections.h"

#include <fmt/format.h>

#include <algorithm>

#include "card/markdown.h"

namespace slipway::card {
namespace {

std::string_view noun_of(model::ModelKind kind) {
  switch (kind) {
    case model::ModelKind::kDecoder:
      return "language model";
    case model::ModelKind::kEncoderDecoder:
      return "sequence-to-sequence model";
    case model::ModelKind::kVisionLanguage:
      return "vision-language model";
    case model::ModelKind::kClassifier:
      return "classifier";
    case model::ModelKind::kEncoder:
      return "encoder";
    case model::ModelKind::kUnknown:
      break;
  }
  return "model";
}

std::string adapter_noun(const CardFacts& facts) {
  if (facts.peft_type == "LORA") return "a LoRA adapter";
  return facts.peft_type.empty() ? "an adapter"
                                 : fmt::format("a PEFT adapter ({})", escaped_text(facts.peft_type));
}

std::string dataset_links(const CardFacts& facts) {
  std::vector<std::string> links;
  for (const std::string& id : facts.datasets) links.push_back(link(id, "datasets"));
  return listed(links);
}

std::string what_it_is(const CardFacts& facts) {
  std::string out;
  const bool known = !facts.base_id.empty();
  if (facts.adapter) {
    out = fmt::format("This is {}", adapter_noun(facts));
    if (known) out += fmt::format(" for {}", link(facts.base_id));
  } else if (known) {
    out = fmt::format("This {} is a fine-tuned version of {}", noun_of(facts.kind), link(facts.base_id));
  } else {
    out = fmt::format("This is a fine-tuned {}", noun_of(facts.kind));
  }
  if (!facts.datasets.empty()) out += fmt::format(", trained on {}", dataset_links(facts));
  out += '.';
  if (!known) out += " Which model it was made from is not recorded.";
  return out;
}

std::string with_separators(std::uint64_t number) {
  std::string digits = fmt::format("{}", number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string what_it_holds(const CardFacts& facts) {
  if (facts.parameters == 0) return "";
  std::string out = fmt::format("\n\nThe weights hold {} values", with_separators(facts.parameters));
  if (!facts.dtype.empty()) out += fmt::format(", most of them stored as {}", code_span(facts.dtype));
  return out + '.';
}

std::string overview(const CardFacts& facts, bool has_title) {
  const std::string heading =
      has_title ? "## About this model" : fmt::format("# {}", escaped_text(facts.model_name));
  return fmt::format("{}\n\n{}{}", heading, what_it_is(facts), what_it_holds(facts));
}

std::string stops(const CardFacts& facts) {
  if (facts.stops.empty()) return "";
  std::string out = "## Where it stops\n\nGeneration ends at any of these tokens:\n";
  for (const auto& [id, text] : facts.stops) {
    out += text.empty() ? fmt::format("\n- id {}", id) : fmt::format("\n- {} (id {})", code_span(text), id);
  }
  return out;
}

std::string method_name(std::string_view trainer) {
  if (trainer == "reward-trainer") return "reward modelling";
  std::string name(trainer);
  std::ranges::transform(name, name.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
  return escaped_text(name);
}

std::string training(const CardFacts& facts) {
  std::string out;
  if (!facts.trainer.empty()) {
    out += fmt::format("\n- Method: {}, with [TRL](https://github.com/huggingface/trl)",
                       method_name(facts.trainer));
  }
  if (facts.handbook) {
    out += "\n- Recipe: [alignment-handbook](https://github.com/huggingface/alignment-handbook)";
  }
  if (!facts.base_id.empty()) {
    out += fmt::format("\n- Base model: {}", link(facts.base_id));
    if (!facts.base_revision.empty()) out += fmt::format(", revision {}", code_span(facts.base_revision));
  }
  if (!facts.datasets.empty()) {
    out += fmt::format("\n- Data {}: {}", facts.datasets.size() == 1 ? "set" : "sets", dataset_links(facts));
  }
  return out.empty() ? "" : "## Training\n" + out;
}

}  // namespace

std::vector<Region> regions_of(const CardFacts& facts, bool has_title) {
  return {{"overview", overview(facts, has_title)},
          {"quick-start", quick_start(facts)},
          {"stops", stops(facts)},
          {"training", training(facts)}};
}

}  // namespace slipway::card
