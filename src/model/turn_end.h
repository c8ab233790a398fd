// model/turn_end.h - the token that ends an assistant turn, found by rendering the chat template.
//
// Contract   [user, assistant] and [user, assistant, user] are rendered without a generation prompt, their
//            contents as texts, then, where those do not come out, as lists of parts. Decided, or undecided
//            with the reason, never a guess: a token that also stands inside a turn when the assistant
//            reasons, a template that fails, content that vanishes, a text that is no token of the
//            vocabulary.
// Limits     template 1 MiB; kProbeLimits a rendering, at most eight renderings; total on any text
// Source     design §4 rule 1, measured on 417 published templates
// Threads    value
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "jinja/limits.h"
#include "model/tokenizer.h"

namespace slipway::model {

// A published template takes some thousand steps and writes some kilobytes.
inline constexpr jinja::Limits kProbeLimits{
    .steps = 1'000'000, .output_bytes = 4u << 20, .memory_bytes = 32u << 20};

struct TurnEnd {
  enum class Verdict { kDecided, kUndecided, kNone };
  Verdict verdict = Verdict::kUndecided;
  std::string token{};      // its text, when decided
  TokenId id = 0;           // when decided
  std::string why{};        // one clause, for people
  std::string opener{};     // undecided: the token that opens the next message follows the answer at once
  bool unreadable = false;  // undecided: the template is none
};

// kNone: there is no template. `tokenizer.eos` is what the variable eos_token stands for.
TurnEnd read_turn_end(const Tokenizer& tokenizer);

}  // namespace slipway::model
