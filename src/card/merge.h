// card/merge.h - our card of a release and the card that stands on the Hub become one.
//
// Contract   What people wrote on the Hub survives: the Hub's card is the ground unless nobody has changed it
//            since our last release, or a library generated it. Where people changed both, the Hub's text
//            stands and the difference is given. Front-matter keys of either side stay; our own say what is
//            true now. Merging a merged card again changes nothing.
// Threads    value
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "card/card.h"

namespace slipway::card {

// What our last release says of the card that it published.
struct PublishedCard {
  std::string sha256{};      // of README.md as it was published
  std::string own_sha256{};  // of what people had written into the run's card then
  bool merged = false;       // it held words of the Hub that the run's card did not have
};

struct MergeOutcome {
  std::string text{};          // the card to publish
  bool merged = false;         // it is made on the Hub's
  std::string conflict{};      // a diff from the run's words to the Hub's, where people changed both
  std::string refusal{};       // why the two cannot be joined: `text` is ours, `conflict` what it lacks
  std::string broken_front{};  // why the Hub's front matter could not be read, and was made anew
};

// `ours`: the finished card of the run; `facts`: what it was written from; `theirs`: the Hub's.
MergeOutcome merge_cards(const CardFacts& facts, std::string_view ours, std::string_view theirs,
                         const std::optional<PublishedCard>& published);

// SHA-256 of what people wrote into a card: outside our parts, line ends and outer blank lines apart.
std::string own_words_sha256(std::string_view card);

}  // namespace slipway::card
