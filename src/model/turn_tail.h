// model/turn_tail.h - the rule that finds the turn-end token in two renderings of a conversation.
//
// Contract   F is what follows the answer in [user, assistant], P what stands between the answer and
//            the next question in [user, assistant, user]. Both are cut at BOS or at the special token
//            that opens the first message. The turn end is the last special token of their common
//            beginning; else the last of those F begins with; else, F empty, the last of those P
//            begins with. A token that belongs to a role's header is none.
// Threads    value
// Source     design §4 rule 1, measured on 417 published templates
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace slipway::model {

// The messages' texts, each of which a template copies as it is: digits have no case, nothing to trim
// and nothing to escape.
namespace probe {
inline constexpr std::string_view kQuestion = "730155900157", kAnswer = "730155900271",
                                  kNextQuestion = "730155900389", kReasoning = "730155900443";
}

struct Specials {
  std::set<std::string, std::less<>> texts{};  // bos and eos included
  std::string bos{};
  std::string eos{};
};

struct Tail {
  std::string token{};   // "" when there is none
  std::string why{};     // then: one clause
  std::string opener{};  // then: the special token that opens the next message, where it follows at once
  bool written = false;  // every message's text is there, in its place
};

Tail find_turn_end(std::string_view final_text, std::string_view past_text, const Specials& specials);

// Whether the token stands between the answer's, or its reasoning's, first piece and the answer's last.
bool token_inside_turn(std::string_view text, std::string_view token, const Specials& specials);

}  // namespace slipway::model
