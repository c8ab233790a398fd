// flow/card.h - writes or checks the model card of a run, and nothing else of it.
//
// Contract   The card is the one that publish would write with the same options; README.md and the picture
//            that it shows are the only files of the run that change, and undo takes them back. A second
//            call changes nothing. Not one request is sent. A check writes nothing at all.
// Limits     card 1 MiB
// Threads    one thread
// Errors     kNotFound (no such folder; for a check no README.md), kRefused (nothing to publish; an
//            interrupted publish; a folder that cannot be written), as release::make_plan
#pragma once

#include <vector>

#include "card/card.h"
#include "flow/publish.h"

namespace slipway::flow {

struct CardResult {
  bool changed = false;
  std::vector<model::Fix> fixes{};  // of README.md and its picture
  std::vector<model::Warning> warnings{};
};

Result<CardResult> renew_card(os::World& world, hub::Client& client, const PublishOptions& options);

struct Stale {
  model::Fix fix{};
  int line = 0;  // the first that would be another; 0: the file is not there
};

struct CardCheck {
  std::string file{};                     // the card's name
  std::vector<card::Finding> findings{};  // by the Hub's rules, as card::validate_card
  std::vector<Stale> stale{};             // what renew_card would change with the same options
  std::string not_compared{};             // why the card could not be held against the run; "" when it was
};
// A card that has no part of ours and that no trainer generated is a person's: nothing in it can be stale.
// Where the options name a card itself and no folder, it is held against the Hub's rules alone.
Result<CardCheck> check_card(os::World& world, hub::Client& client, const PublishOptions& options);

}  // namespace slipway::flow
