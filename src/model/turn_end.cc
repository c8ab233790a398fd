#include "model/turn_end.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "jinja/template.h"
#include "model/turn_tail.h"

namespace slipway::model {
namespace {

using jinja::Value;

// Families in the style of gpt-oss close every part of a turn with <|end|>.
constexpr std::string_view kPartEnd = "<|end|>", kReturn = "<|return|>", kChannel = "<|channel|>";

TurnEnd undecided(std::string why) {
  return {.verdict = TurnEnd::Verdict::kUndecided, .why = std::move(why)};
}

enum class Form { kText, kParts };
enum class Reasoning { kNone, kBeside, kWithin };  // beside the answer in keys of its own, or in its text

Value content(std::string text, Form form) {
  Value whole = Value::string(std::move(text));
  if (form == Form::kText) return whole;
  return Value::list({Value::dict({{"type", Value::string("text")}, {"text", std::move(whole)}})});
}

Value message(std::string role, std::string_view text, Form form) {
  return Value::dict(
      {{"role", Value::string(std::move(role))}, {"content", content(std::string(text), form)}});
}

Value answer(Form form, Reasoning reasoning) {
  if (reasoning == Reasoning::kNone) return message("assistant", probe::kAnswer, form);
  if (reasoning == Reasoning::kWithin)
    return message("assistant", fmt::format("<think>\n{}\n</think>\n\n{}", probe::kReasoning, probe::kAnswer),
                   form);
  std::vector<std::pair<std::string, Value>> members{{"role", Value::string("assistant")},
                                                     {"content", content(std::string(probe::kAnswer), form)}};
  for (const char* key : {"reasoning_content", "reasoning", "thinking", "thought"})
    members.emplace_back(key, Value::string(std::string(probe::kReasoning)));
  return Value::dict(std::move(members));
}

// What a conversation looks like at its end, and with another question after the answer.
struct Pair {
  std::string final_text{};
  std::string past_text{};
};

class Reading {
 public:
  Reading(const Tokenizer& tokenizer, const jinja::Template& chat_template)
      : tokenizer_(tokenizer), template_(chat_template) {
    specials_ = {
        .texts = tokenizer.special, .bos = tokenizer.bos.value_or(""), .eos = tokenizer.eos.value_or("")};
    specials_.texts.insert({specials_.bos, specials_.eos});
    specials_.texts.erase("");
  }

  TurnEnd read() const {
    std::string refusal;
    for (const Form form : {Form::kText, Form::kParts}) {
      const auto pair = render(form, Reasoning::kNone);
      const Tail tail = pair ? find_turn_end(pair->final_text, pair->past_text, specials_)
                             : Tail{.why = fmt::format("the template refuses a plain conversation: {}",
                                                       pair.error().message)};
      if (tail.written) return judge(tail, form);
      if (refusal.empty()) refusal = tail.why;
    }
    return undecided(std::move(refusal));
  }

 private:
  TurnEnd judge(const Tail& tail, Form form) const {
    const std::string& token = tail.token;
    if (token.empty()) {
      TurnEnd end = undecided(tail.why);
      end.opener = tail.opener;
      return end;
    }
    if (token == kPartEnd && tokenizer_.special.contains(kReturn) && tokenizer_.special.contains(kChannel))
      return undecided("<|end|> closes parts of a turn here, not the turn");
    for (const Reasoning reasoning : {Reasoning::kNone, Reasoning::kBeside, Reasoning::kWithin})
      if (stands_inside(token, form, reasoning))
        return undecided(fmt::format("{} also stands inside a turn", token));
    const auto id = tokenizer_.id_of(token);
    if (!id) return undecided(fmt::format("{} is not one token of the vocabulary", token));
    return {.verdict = TurnEnd::Verdict::kDecided,
            .token = token,
            .id = *id,
            .why = "the template ends a turn with it"};
  }

  // A conversation that the template refuses cannot show anything.
  bool stands_inside(std::string_view token, Form form, Reasoning reasoning) const {
    const auto pair = render(form, reasoning);
    return pair && (token_inside_turn(pair->final_text, token, specials_) ||
                    token_inside_turn(pair->past_text, token, specials_));
  }

  Result<Pair> render(Form form, Reasoning reasoning) const {
    Pair pair;
    std::vector<Value> messages{message("user", probe::kQuestion, form), answer(form, reasoning)};
    SLIPWAY_ASSIGN(pair.final_text, render(messages));
    messages.push_back(message("user", probe::kNextQuestion, form));
    SLIPWAY_ASSIGN(pair.past_text, render(std::move(messages)));
    return pair;
  }

  Result<std::string> render(std::vector<Value> messages) const {
    jinja::Variables variables{{"messages", Value::list(std::move(messages))},
                               {"tools", Value::none()},
                               {"documents", Value::none()},
                               {"add_generation_prompt", Value::boolean(false)}};
    const auto give = [&variables](const char* name, const std::optional<std::string>& text) {
      if (text) variables.emplace_back(name, Value::string(*text));
    };
    give("bos_token", tokenizer_.bos);
    give("eos_token", tokenizer_.eos);
    give("pad_token", tokenizer_.pad);
    give("unk_token", tokenizer_.unk);
    return template_.render(variables, {.limits = kProbeLimits, .now = jinja::LocalTime{}});
  }

  const Tokenizer& tokenizer_;
  const jinja::Template& template_;
  Specials specials_{};
};

}  // namespace

TurnEnd read_turn_end(const Tokenizer& tokenizer) {
  if (!tokenizer.chat_template || tokenizer.chat_template->empty())
    return {.verdict = TurnEnd::Verdict::kNone, .why = "there is no chat template"};
  const auto chat_template = jinja::Template::parse(*tokenizer.chat_template);
  if (!chat_template) {
    TurnEnd end =
        undecided(fmt::format("the chat template is not understood: {}", chat_template.error().message));
    end.unreadable = true;
    return end;
  }
  return Reading(tokenizer, *chat_template).read();
}

}  // namespace slipway::model
