// model/turn_end.h - the token that ends an assistant turn, read from the chat template's text alone.
//
// Contract   The text is walked over two conversations, [user, assistant] and [user, assistant, user],
//            whose roles are known and whose texts are not: no tools, no system message; whatever a
//            caller may give or a text may hold is taken both ways, also reasoning beside the answer.
//            Decided only if exactly one candidate remains on every path; everything else is
//            undecided with the reason, never a guess. A reading may decide less than rendering
//            would, never differently.
// Limits     template 1 MiB; nesting 64; bounded walk (kTurnEndStepsMax); total on any text
// Source     design §4 rule 1, "read statically"
// Threads    value
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/tokenizer.h"

namespace slipway::model {

struct TurnEnd {
  enum class Verdict { kDecided, kUndecided, kNone };
  Verdict verdict = Verdict::kUndecided;
  std::string token{};  // its text, when decided
  TokenId id = 0;       // when decided
  std::string why{};    // one clause, for people
};

// kNone: there is no template. `tokenizer.eos` is what the variable eos_token stands for.
TurnEnd read_turn_end(const Tokenizer& tokenizer);

}  // namespace slipway::model
