#include <algorithm>
#include <array>
#include <span>

#include "card/card.h"
#include "card/front.h"
#include "card/markdown.h"
#include "card/regions.h"
#include "card/tags.h"
#include "text/front_matter.h"

namespace slipway::card {
namespace {

constexpr std::size_t kPlaceholdersMin = 20;  // peft's template has twice as many; an edited one has fewer

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; at += part.size()) ++count;
  return count;
}

// Somebody who added a section of their own has made the card theirs.
bool has_only(std::string_view body, std::span<const std::string_view> known) {
  int titles = 0;
  for (const Heading& heading : headings_of(body)) {
    if (heading.level == 1 && ++titles == 1) continue;
    if (std::ranges::find(known, heading.title) == known.end()) return false;
  }
  return true;
}

bool is_trl(std::string_view body) {
  constexpr std::array<std::string_view, 6> kSections{"Quick start",        "Training procedure",
                                                      "Framework versions", "Framework Versions",
                                                      "Citations",          "Citation"};
  return has(body, "# Model Card for ") && has(body, "It has been trained using [TRL](") &&
         has_only(body, kSections);
}

bool is_transformers(std::string_view body) {
  constexpr std::array<std::string_view, 7> kSections{
      "Model description",  "Intended uses & limitations", "Training and evaluation data",
      "Training procedure", "Training hyperparameters",    "Training results",
      "Framework versions"};
  return has(body,
             "This model card has been generated automatically according to the information the Trainer "
             "had") &&
         count_of(body, "More information needed") >= 3 && !has(body, "<details") &&
         has_only(body, kSections);
}

bool is_peft(std::string_view body) {
  return has(body, "# Model Card for Model ID") &&
         count_of(body, "[More Information Needed]") >= kPlaceholdersMin;
}

}  // namespace

Generator generator_of(std::string_view card) {
  const text::CardParts parts = text::split_card(card);
  if (has_region(parts.body)) return Generator::kPerson;
  if (is_trl(parts.body)) return Generator::kTrl;
  if (is_transformers(parts.body)) return Generator::kTransformers;
  return is_peft(parts.body) ? Generator::kPeft : Generator::kPerson;
}

std::string trainer_of(std::string_view card) {
  const auto front = text::FrontMatter::parse(text::split_card(card).block);
  return front ? trainer_among(texts_of(front->find("tags"))) : "";
}

}  // namespace slipway::card
