#include "card/sections.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "card/markdown.h"
#include "card/table.h"
#include "card/tags.h"

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
  if (!facts.merged.empty())
    out += fmt::format(" Its LoRA adapter was merged into {} of the base.", facts.merged);
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
    const std::string shown = code_span(first_bytes(text, kShownBytesMax));
    out += text.empty() ? fmt::format("\n- id {}", id) : fmt::format("\n- {} (id {})", shown, id);
  }
  return out;
}

std::string engines(const CardFacts& facts) {
  if (facts.engines.empty()) return "";
  const bool stops = facts.engines.front().stops.has_value();
  std::vector<Column> columns{{"Engine"}, {"Loads"}};
  if (stops) columns.push_back({"Stops"});
  std::vector<std::vector<std::string>> rows;
  for (const model::EngineClaim& claim : facts.engines) {
    rows.push_back({std::string(claim.engine), std::string(proof_name(claim.loads))});
    if (stops) rows.back().emplace_back(proof_name(claim.stops.value_or(model::Proof::kUnknown)));
  }
  return fmt::format(
      "## Where it runs\n\n{}\n\n*Proved here*: the tests of Slipway, which wrote this card, load models of "
      "this class "
      "with the engine{}. *By rule*: what the engine documents covers it. *Unknown*: neither.",
      table(columns, rows), stops ? " and generate with them" : "");
}

std::string method(const CardFacts& facts) {
  std::string out = escaped_text(trainer_name(facts.trainer));
  const Paper& paper = facts.training.paper;
  if (!paper.id.empty())
    out += fmt::format(" ([{}](https://huggingface.co/papers/{}))", escaped_text(paper.title), paper.id);
  return out + ", with [TRL](https://github.com/huggingface/trl)";
}

std::string duration(double seconds) {
  if (seconds < 120) return fmt::format("{:.1f} s", seconds);
  const auto minutes = static_cast<std::uint64_t>(std::min(seconds / 60, 1e9) + 0.5);
  return minutes < 120 ? fmt::format("{} min", minutes)
                       : fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

std::string length(const TrainingTotals& totals) {
  std::vector<std::string> parts;
  if (totals.epochs) parts.push_back(count_text(*totals.epochs, "epoch"));
  if (totals.samples)
    parts.push_back(fmt::format("{} {}", with_separators(static_cast<std::uint64_t>(*totals.samples)),
                                *totals.samples == 1 ? "sample" : "samples"));
  if (totals.seconds) parts.push_back(duration(*totals.seconds));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string training(const CardFacts& facts) {
  std::string out;
  if (!facts.trainer.empty()) {
    out += fmt::format("\n- Method: {}", method(facts));
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
  const std::string long_it_took = length(facts.training.totals);
  if (!long_it_took.empty()) out += fmt::format("\n- Length: {}", long_it_took);
  if (facts.training.totals.loss)
    out += fmt::format("\n- Training loss: {} on average", number_text(*facts.training.totals.loss));
  for (const auto& [label, url] : facts.training.trackers)
    out += fmt::format("\n- Log: [{}]({})", label, url);
  return out.empty() ? "" : "## Training\n" + out;
}

}  // namespace

std::vector<Region> regions_of(const CardFacts& facts, bool has_title, bool shows_curve) {
  return {{"overview", overview(facts, has_title)},
          {"quick-start", quick_start(facts)},
          {"stops", stops(facts)},
          {"engines", engines(facts)},
          {"evaluation", evaluation(facts.training)},
          {"training", training(facts)},
          {"data-sets", data_sets(facts.training)},
          {"progress", progress(facts.training, shows_curve)},
          {"hyper-parameters", hyper_parameters(facts.training)},
          {"versions", versions(facts.training)}};
}

}  // namespace slipway::card
