#include <fmt/format.h>

#include <algorithm>

#include "card/card.h"
#include "card/front.h"
#include "card/hub_values.h"
#include "card/loss_curve.h"
#include "card/markdown.h"
#include "card/prior_facts.h"
#include "card/regions.h"
#include "card/sections.h"
#include "card/settings.h"
#include "card/tags.h"
#include "text/front_matter.h"

namespace slipway::card {
namespace {

constexpr std::size_t kCardBytesMax = 1u << 20;

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

bool has_title(std::string_view body) {
  const auto headings = headings_of(outside_regions(body));
  return std::ranges::any_of(headings, [](const Heading& heading) { return heading.level == 1; });
}

// What an existing card leaves to build on.
struct Ground {
  text::CardParts parts{};
  text::FrontMatter front{};
  bool generated = false;
};

Ground read_ground(std::string_view existing, const PriorFacts& prior, CardOutcome& outcome) {
  Ground ground{.parts = text::split_card(existing)};
  auto front = text::FrontMatter::parse(ground.parts.block);
  if (front) {
    ground.front = *std::move(front);
  } else {
    outcome.replaced_front_matter = ground.parts.block;
    outcome.warnings.push_back(
        {.code = "front-matter-broken",
         .message =
             fmt::format("README.md: the front matter is made anew, for the old one cannot be read: {}",
                         front.error().message)});
  }
  if (prior.generator == Generator::kPerson) return ground;
  ground.generated = true;
  ground.front = salvaged_front(ground.front, prior.generator, prior.measured);
  ground.parts = {.line_end = ground.parts.line_end};
  return ground;
}

Owner owner_of(const Ground& ground) {
  if (ground.generated || (!ground.parts.has_block && is_blank(ground.parts.body))) return Owner::kNobody;
  return has_region(ground.parts.body) ? Owner::kOurs : Owner::kPerson;
}

// On one short line and not empty, so that a heading reads back as it was written.
std::string one_line(std::string_view name) {
  std::string line(name);
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  const std::string_view kept = trimmed(first_bytes(trimmed(line), kShownBytesMax));
  return kept.empty() ? "model" : std::string(kept);
}

// What the existing card knows and nothing else tells now.
void complete(CardFacts& facts, const PriorFacts& prior) {
  if (!facts.named && !prior.title.empty()) facts.model_name = prior.title;
  facts.model_name = one_line(facts.model_name);
  if (facts.repo.empty()) facts.repo = prior.repo;
  if (facts.trainer.empty()) facts.trainer = prior.trainer;
  TrainingFacts& training = facts.training;
  if (training.paper.id.empty()) training.paper = prior.paper;
  if (training.trackers.empty()) training.trackers = prior.trackers;
  training.versions = versions_to_show(training, prior.versions);
  training.settings = settings_to_show(training, prior.settings);
}

// The text says of data sets and handbook what the front matter says, and will say by the tags that were
// asked for.
void complete_from_front(CardFacts& facts, const text::FrontMatter& front, bool generated) {
  std::vector<std::string> tags = texts_of(front.find("tags"));
  tags.insert(tags.end(), facts.tags.begin(), facts.tags.end());
  facts.handbook = facts.handbook || std::ranges::find(tags, "alignment-handbook") != tags.end();
  if (facts.trainer.empty()) facts.trainer = trainer_among(tags);
  if (!facts.datasets.empty()) return;
  facts.datasets = texts_of(front.find("datasets"));
  std::erase_if(facts.datasets, [](const std::string& id) { return !is_dataset_id(id); });
  facts.datasets_from_card = !generated;
}

std::string new_body(const CardFacts& facts, const text::CardParts& parts, bool shows_curve) {
  const bool fresh = is_blank(parts.body);
  const auto wanted = regions_of(facts, !fresh && has_title(parts.body), shows_curve);
  std::string body = renew_regions(fresh ? std::string_view() : parts.body, wanted, parts.line_end);
  if (!body.starts_with('\n') && !body.starts_with("\r\n") && !parts.has_block)
    body.insert(0, parts.line_end);
  return body;
}

// A card never blocks the weights.
CardOutcome left_alone(std::string_view existing, std::string_view why) {
  return {.text = std::string(existing),
          .warnings = {{.code = "card-too-large",
                        .message = fmt::format("README.md: left as it is, for {}", why)}},
          .left_alone = std::string(why)};
}

// What a person wrote is theirs to mend, but the Hub will refuse the commit for it.
void warn_of_refusals(CardOutcome& outcome) {
  for (const Finding& finding : validate_card(outcome.text)) {
    if (!finding.error) continue;
    outcome.warnings.push_back(
        {.code = "card-refused", .message = "README.md: the Hub refuses this card: " + finding.message});
  }
}

}  // namespace

Result<CardOutcome> write_card(const CardFacts& given, std::optional<std::string_view> existing) {
  SLIPWAY_CHECK(!given.model_name.empty());
  if (existing && existing->size() > kCardBytesMax)
    return left_alone(*existing, fmt::format("it is larger than {} bytes", kCardBytesMax));
  CardOutcome outcome;
  const PriorFacts prior = prior_facts(existing.value_or(""));
  Ground ground = read_ground(existing.value_or(""), prior, outcome);
  CardFacts facts = clean_facts(given, outcome.warnings);
  complete(facts, prior);
  complete_from_front(facts, ground.front, ground.generated);
  const auto front = write_front(facts, prior, owner_of(ground), ground.front, outcome.warnings);
  if (!front && existing)
    return left_alone(*existing, "its front matter takes no more: " + front.error().message);
  SLIPWAY_TRY(front);
  if (ground.generated) ground.front = in_card_order(ground.front);
  if (facts.training.log && facts.may_draw) outcome.loss_curve = loss_curve(*facts.training.log);
  ground.parts.body = new_body(facts, ground.parts, !outcome.loss_curve.empty());
  if (!prior.kept.empty()) ground.parts.body += ground.parts.line_end + prior.kept;
  ground.parts.block = ground.front.text();
  ground.parts.has_block = true;
  outcome.text = text::join_card(ground.parts);
  warn_of_refusals(outcome);
  return outcome;
}

}  // namespace slipway::card
