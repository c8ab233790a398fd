// Rule 1, first half: which ids end a generation, in order.
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include "model/rule_work.h"

namespace slipway::model {
namespace {

constexpr std::string_view kEos = "eos_token_id";

void append(std::vector<TokenId>& ids, TokenId id) {
  if (std::ranges::find(ids, id) == ids.end()) ids.push_back(id);
}

void append_levels(const json::Value& config, std::vector<TokenId>& ids) {
  for (const KeyPath& level : text_levels(config))
    for (const TokenId id : ids_of(value_at(config, below(level, kEos)))) append(ids, id);
}

std::vector<TokenId> listed_in_run(const RuleWork& work) {
  std::vector<TokenId> ids;
  if (work.generation)
    for (const TokenId id : ids_of(work.generation->find(kEos))) append(ids, id);
  if (work.config) append_levels(work.config->root(), ids);
  return ids;
}

// What a loader of the base stops at: its generation config, else what its config says.
std::vector<TokenId> stops_of_base(const BaseFacts& base) {
  std::vector<TokenId> ids;
  if (!base.generation.is_null()) return ids_of(base.generation.find(kEos));
  append_levels(base.config, ids);
  return ids;
}

void append_listed(RuleWork& work) {
  for (const TokenId id : listed_in_run(work)) {
    if (work.has_row(id)) {
      append(work.stops.ids, id);
    } else {
      work.warn("eos-out-of-range", fmt::format("stop id {} is listed, but the model has only {} output rows",
                                                id, *work.inputs.output_rows));
    }
  }
}

void append_of_base(RuleWork& work) {
  for (const TokenId id : stops_of_base(work.base)) {
    if (std::ranges::find(work.stops.ids, id) != work.stops.ids.end() || !work.has_row(id)) continue;
    if (work.means_the_same(id)) {
      work.stops.ids.push_back(id);
    } else {
      work.warn(
          "base-stop-not-taken",
          fmt::format("stop id {} of the base is left out: it is not known to be the same token here", id));
    }
  }
}

// Written by the template, as text or by the name of its variable.
bool is_written(const Tokenizer& tokenizer, const std::string& token) {
  const std::string& text = *tokenizer.chat_template;
  return text.contains(token) || (token == tokenizer.eos && text.contains("eos_token"));
}

// "<|im_end|>" of "<|im_start|>"; "" where there is none.
std::string counterpart(std::string opener) {
  for (const auto& [start, end] : {std::pair("start", "end"), std::pair("START", "END")}) {
    const std::size_t at = opener.find(start);
    if (at != std::string::npos) return opener.replace(at, std::string_view(start).size(), end);
  }
  return "";
}

// The special token that seems to have ended a turn before the template lost it: messages are opened by a
// token at which nothing stops, and its counterpart, or another stop of the model, is written nowhere.
std::optional<std::string> lost_turn_end(const RuleWork& work) {
  const Tokenizer& tokenizer = work.tokenizer;
  const std::string& opener = work.stops.turn_end.opener;
  const std::vector<TokenId> listed = listed_in_run(work);
  const auto stops_at = [&](const std::string& token) {
    const auto id = tokenizer.id_of(token);
    return id && std::ranges::find(listed, *id) != listed.end();
  };
  if (opener.empty() || stops_at(opener)) return std::nullopt;
  for (const std::string& token : tokenizer.special) {
    const bool is_end =
        token == counterpart(opener) || (stops_at(token) && token != tokenizer.eos && token != tokenizer.pad);
    if (is_end && !is_written(tokenizer, token)) return token;
  }
  return std::nullopt;
}

void report_undecided(RuleWork& work) {
  const TurnEnd& end = work.stops.turn_end;
  const std::string& file = work.tokenizer.chat_template_file;
  if (end.unreadable) {
    work.warn("template-unreadable", fmt::format("{}: {}; no loader can chat with it", file, end.why));
  } else if (const auto lost = lost_turn_end(work)) {
    work.warn(
        "turn-end-lost",
        fmt::format("the chat template in {} opens a message with {} and ends none; {} stands nowhere in "
                    "it, so a conversation is no longer the one that was trained on",
                    file, end.opener, *lost));
  } else {
    work.warn("turn-end-undecided", fmt::format("no turn-end token is added to the stops: {}", end.why));
  }
}

void append_turn_end(RuleWork& work) {
  const TurnEnd& end = work.stops.turn_end;
  if (end.verdict == TurnEnd::Verdict::kUndecided) report_undecided(work);
  if (end.verdict != TurnEnd::Verdict::kDecided) return;
  if (work.has_row(end.id)) {
    append(work.stops.ids, end.id);
  } else {
    work.warn("eos-out-of-range",
              fmt::format("the turn-end token {} has id {}, but the model has only {} output rows", end.token,
                          end.id, *work.inputs.output_rows));
  }
}

Result<void> begin_with_eos(RuleWork& work) {
  work.stops.eos = work.tokenizer.eos_id();
  if (!work.stops.eos && work.tokenizer.eos && work.inputs.run.find("tokenizer.json") != nullptr) {
    work.warn("tokenizer-eos-lost",
              fmt::format(
                  "the tokenizer's end token {} is no token of tokenizer.json; stop ids are left as they are",
                  *work.tokenizer.eos));
    return {};
  }
  if (!work.stops.eos) {
    work.warn("tokenizer-eos-unknown",
              work.tokenizer.eos
                  ? fmt::format("the tokenizer's end token {} has no id in a readable vocabulary; stop "
                                "ids are left as they are",
                                *work.tokenizer.eos)
                  : "the tokenizer names no end token; stop ids are left as they are");
    return {};
  }
  if (!work.has_row(*work.stops.eos))
    return fail(
        ErrorCode::kRefused,
        fmt::format(
            "the tokenizer's end token {} has id {}, but the model has only {} output rows, so it can "
            "never be generated; use the tokenizer the model was trained with",
            *work.tokenizer.eos, *work.stops.eos, *work.inputs.output_rows));
  work.stops.ids.push_back(*work.stops.eos);
  return {};
}

bool same_set(const std::vector<TokenId>& left, const std::vector<TokenId>& right) {
  return std::set(left.begin(), left.end()) == std::set(right.begin(), right.end());
}

}  // namespace

Result<void> collect_stops(RuleWork& work) {
  work.stops.turn_end = read_turn_end(work.tokenizer);
  SLIPWAY_TRY(begin_with_eos(work));
  if (!work.inputs.handbook_eos || !work.stops.eos) {
    if (work.stops.eos) append_turn_end(work);
    append_listed(work);
    if (work.base.known) append_of_base(work);
  }
  if (!work.inputs.adapter || work.stops.ids.empty()) return {};
  work.stops.differs_from_base = !work.base.known || !same_set(work.stops.ids, stops_of_base(work.base));
  return {};
}

}  // namespace slipway::model
