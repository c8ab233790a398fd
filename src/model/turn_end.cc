#include "model/turn_end.h"

#include <fmt/format.h>
#include "model/jinja/walk.h"
#include "model/turn_tail.h"

namespace slipway::model {
namespace {

using jinja::Value;

// All paths of all four renderings together; a published template takes a few thousand.
constexpr std::size_t kTurnEndStepsMax = 3'000'000;
constexpr std::size_t kPathsMax = 4096;

// Families in the style of gpt-oss close every part of a turn with <|end|>.
constexpr std::string_view kPartEnd = "<|end|>", kReturn = "<|return|>", kChannel = "<|channel|>";

TurnEnd undecided(std::string why) {
  return {.verdict = TurnEnd::Verdict::kUndecided, .why = std::move(why)};
}

Value user(std::string key, jinja::Taint taint) {
  return Value::of(
      jinja::Dict{{"role", Value::string("user")}, {"content", Value::content(std::move(key), taint)}});
}

Value assistant(bool reasons) {
  jinja::Dict message{{"role", Value::string("assistant")},
                      {"content", Value::content("answer", jinja::kAssistant)}};
  if (reasons)
    for (const char* key : {"reasoning_content", "reasoning", "thinking", "thought"})
      message.emplace_back(key, Value::content("reasoning", jinja::kReasoning));
  return Value::of(std::move(message));
}

class Reading {
 public:
  explicit Reading(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {
    specials_ = {
        .texts = tokenizer.special, .bos = tokenizer.bos.value_or(""), .eos = tokenizer.eos.value_or("")};
    specials_.texts.insert({specials_.bos, specials_.eos});
    specials_.texts.erase("");
  }

  TurnEnd read(const jinja::Body& program) {
    if (!every_path(program, false) || !every_path(program, true)) return undecided(why_);
    if (token_.empty()) return undecided("the template refuses the conversation");
    if (token_ == kPartEnd && tokenizer_.special.contains(kReturn) && tokenizer_.special.contains(kChannel))
      return undecided("<|end|> closes parts of a turn here, not the turn");
    const auto id = tokenizer_.id_of(token_);
    if (!id) return undecided(fmt::format("{} is not one token of the vocabulary", token_));
    return {.verdict = TurnEnd::Verdict::kDecided,
            .token = token_,
            .id = *id,
            .why = "every path ends a turn with it"};
  }

 private:
  // False: no conclusion, and why_ says the reason.
  bool every_path(const jinja::Body& program, bool reasons) {
    jinja::Choices choices;
    for (std::size_t path = 0; path < kPathsMax; ++path) {
      choices.begin_path();
      const bool stock = path == 0 && !reasons;
      if (!one_path(program, choices, reasons, stock)) return false;
      if (!choices.next_path()) return true;
    }
    why_ = "the template takes too many ways";
    return false;
  }

  bool one_path(const jinja::Body& program, jinja::Choices& choices, bool reasons, bool stock) {
    jinja::Text texts[2];
    for (const bool asks_again : {false, true}) {
      jinja::Walk walk(program, specials_.texts, choices, budget_);
      switch (walk.run(globals(reasons, asks_again))) {
        case jinja::Ending::kDone:
          break;
        case jinja::Ending::kRaised:  // a call that nobody can make, unless it is the plain one
          if (stock) why_ = "the template refuses a plain conversation";
          return !stock;
        case jinja::Ending::kNotRead:
          why_ = fmt::format("the template does what is not read here: {}", walk.why());
          return false;
        case jinja::Ending::kTooLong:
          why_ = "the template takes too many ways";
          return false;
      }
      texts[asks_again ? 1 : 0] = walk.output();
    }
    return note(find_turn_end(texts[0], texts[1], specials_));
  }

  bool note(const Tail& tail) {
    if (tail.token.empty()) {
      why_ = tail.why;
      return false;
    }
    if (!token_.empty() && token_ != tail.token) {
      why_ = fmt::format("it depends on the caller: {} or {}", token_, tail.token);
      return false;
    }
    token_ = tail.token;
    return true;
  }

  jinja::Globals globals(bool reasons, bool asks_again) const {
    jinja::List messages{user("question", jinja::kFirstUser), assistant(reasons)};
    if (asks_again) messages.push_back(user("next question", jinja::kSecondUser));
    jinja::Globals globals{{"messages", Value::of(std::move(messages))},
                           {"add_generation_prompt", Value::boolean(false)}};
    const auto give = [&globals](const char* name, const std::optional<std::string>& text) {
      globals[name] = text ? Value::string(*text) : Value();
    };
    give("bos_token", tokenizer_.bos);
    give("eos_token", tokenizer_.eos);
    give("pad_token", tokenizer_.pad);
    give("unk_token", tokenizer_.unk);
    return globals;
  }

  const Tokenizer& tokenizer_;
  Specials specials_{};
  jinja::Budget budget_{kTurnEndStepsMax};
  std::string token_{};
  std::string why_{};
};

}  // namespace

TurnEnd read_turn_end(const Tokenizer& tokenizer) {
  if (!tokenizer.chat_template || tokenizer.chat_template->empty())
    return {.verdict = TurnEnd::Verdict::kNone, .why = "there is no chat template"};
  const auto program = jinja::parse_template(*tokenizer.chat_template);
  if (!program)
    return undecided(fmt::format("the chat template is not understood: {}", program.error().message));
  return Reading(tokenizer).read(*program);
}

}  // namespace slipway::model
