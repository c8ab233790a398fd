#include "model/vocabulary.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "slipway/result.h"

namespace slipway::model {

std::size_t Vocabulary::place_of(std::string_view wanted) const {
  const std::size_t mask = places_.size() - 1;
  std::size_t place = std::hash<std::string_view>()(wanted) & mask;
  while (places_[place] != 0 && text(entries_[places_[place] - 1]) != wanted) place = (place + 1) & mask;
  return place;
}

void Vocabulary::grow() {
  places_.assign(places_.empty() ? 64 : places_.size() * 2, 0);
  for (std::uint32_t i = 0; i < entries_.size(); ++i) places_[place_of(text(entries_[i]))] = i + 1;
}

void Vocabulary::set(std::string_view wanted, TokenId id) {
  if ((entries_.size() + 1) * 2 > places_.size()) grow();
  std::uint32_t& place = places_[place_of(wanted)];
  if (place != 0) {
    entries_[place - 1].id = id;
    return;
  }
  SLIPWAY_CHECK(texts_.size() + wanted.size() <= std::numeric_limits<std::uint32_t>::max());
  entries_.push_back(
      {static_cast<std::uint32_t>(texts_.size()), static_cast<std::uint32_t>(wanted.size()), id});
  texts_ += wanted;
  place = static_cast<std::uint32_t>(entries_.size());
}

std::optional<TokenId> Vocabulary::find(std::string_view wanted) const {
  if (places_.empty()) return std::nullopt;
  const std::uint32_t place = places_[place_of(wanted)];
  return place == 0 ? std::nullopt : std::optional(entries_[place - 1].id);
}

std::optional<std::string_view> Vocabulary::text_of(TokenId id) const {
  const auto at = std::ranges::find(entries_, id, &Entry::id);
  return at == entries_.end() ? std::nullopt : std::optional(text(*at));
}

std::optional<TokenId> Vocabulary::max_id() const {
  const auto at = std::ranges::max_element(entries_, {}, &Entry::id);
  return at == entries_.end() ? std::nullopt : std::optional(at->id);
}

}  // namespace slipway::model
