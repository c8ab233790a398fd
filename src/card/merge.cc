#include "card/merge.h"

#include <array>

#include "base/hash.h"
#include "card/markdown.h"
#include "card/regions.h"
#include "text/front_matter.h"
#include "text/line_diff.h"

namespace slipway::card {
namespace {

constexpr std::size_t kDiffLinesMax = 40;

// Parts that say how this run went, partly from the card that its library had generated beside it.
constexpr auto kCarried = std::to_array<std::string_view>(
    {"evaluation", "training", "data-sets", "progress", "hyper-parameters", "versions"});

// Our parts come and go with blank lines around them, which nobody wrote.
std::string without_blank_runs(std::string_view text) {
  std::string out;
  bool blank = false;
  for (const std::string_view line : lines_of(text)) {
    const bool empty = trimmed(line).empty();
    if (!empty && blank && !out.empty()) out += '\n';
    if (!empty) out.append(line).append("\n");
    blank = empty;
  }
  return out;
}

std::string own_words(std::string_view card) {
  if (generator_of(card) != Generator::kPerson) return "";
  return without_blank_runs(outside_regions(text::split_card(card).body));
}

enum class Ground { kOurs, kTheirs, kConflict };

Ground choose(std::string_view ours, std::string_view theirs, const std::optional<PublishedCard>& published) {
  if (generator_of(theirs) != Generator::kPerson) return Ground::kOurs;
  const bool untouched = published && !published->merged && published->sha256 == sha256_hex(as_bytes(theirs));
  if (untouched) return Ground::kOurs;
  const std::string words = own_words(ours);
  const bool ours_as_before = published && published->own_sha256 == sha256_hex(as_bytes(words));
  if (words.empty() || ours_as_before || words == own_words(theirs)) return Ground::kTheirs;
  return Ground::kConflict;
}

// Keys that only `ours` has: people added them there, or we know them and the other card never did.
Result<std::string> joined_front(const std::string& block, std::string_view ours) {
  SLIPWAY_ASSIGN(text::FrontMatter front, text::FrontMatter::parse(block));
  const auto other = text::FrontMatter::parse(text::split_card(ours).block);
  if (!other) return block;
  for (const auto& [key, value] : other->root().members) {
    if (front.find(key.text) == nullptr) SLIPWAY_TRY(front.set(key.text, yaml::to_json(value)));
  }
  return front.text();
}

std::string fault_of_front(std::string_view card) {
  const auto front = text::FrontMatter::parse(text::split_card(card).block);
  return front ? "" : front.error().message;
}

Result<std::string> on_theirs(const CardFacts& facts, std::string_view ours, std::string_view theirs) {
  SLIPWAY_ASSIGN(const CardOutcome written, write_card(facts, theirs));
  if (!written.left_alone.empty()) return fail(ErrorCode::kCorruptData, written.left_alone);
  text::CardParts parts = text::split_card(written.text);
  SLIPWAY_ASSIGN(parts.block, joined_front(parts.block, ours));
  const std::string our_body = text::split_card(ours).body;
  std::vector<Region> carried;
  for (const std::string_view name : kCarried) {
    auto told = region_text(our_body, name);
    if (!told || trimmed(*told).empty()) continue;
    carried.push_back({.name = std::string(name), .content = std::string(trimmed(*told))});
  }
  parts.body = renew_regions(parts.body, carried, parts.line_end);
  return text::join_card(parts);
}

}  // namespace

std::string own_words_sha256(std::string_view card) { return sha256_hex(as_bytes(own_words(card))); }

MergeOutcome merge_cards(const CardFacts& facts, std::string_view ours, std::string_view theirs,
                         const std::optional<PublishedCard>& published) {
  const Ground ground = choose(ours, theirs, published);
  if (ground == Ground::kOurs) return {.text = std::string(ours)};
  MergeOutcome outcome;
  const auto joined = on_theirs(facts, ours, theirs);
  outcome.text = joined ? *joined : std::string(ours);
  outcome.merged = joined && own_words(theirs) != own_words(ours);
  if (joined)
    outcome.broken_front = fault_of_front(theirs);
  else
    outcome.refusal = joined.error().message;
  if (!joined || ground == Ground::kConflict)
    outcome.conflict = text::line_diff(own_words(ours), own_words(theirs), kDiffLinesMax);
  return outcome;
}

}  // namespace slipway::card
