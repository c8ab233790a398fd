// model/turn_tail.h - the rule that finds the turn-end token in two renderings of a conversation.
//
// Contract   F is what follows the answer in [user, assistant], P what stands between the answer and
//            the next question in [user, assistant, user]. Both are cut at the special token that opens
//            the first message. The turn end is the last special token of their common beginning; else
//            the last of those F begins with; else, F empty, the last of those P begins with.
//            A token that belongs to a role's header is none.
// Threads    value
// Source     design §4 rule 1, measured on 417 published templates
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "model/jinja/value.h"

namespace slipway::model {

struct Specials {
  std::set<std::string, std::less<>> texts{};  // bos and eos included
  std::string bos{};
  std::string eos{};
};

struct Tail {
  std::string token{};  // "" when there is none
  std::string why{};    // then: one clause
};

Tail find_turn_end(const jinja::Text& final_text, const jinja::Text& past_text, const Specials& specials);

}  // namespace slipway::model
