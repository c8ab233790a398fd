#include "server/faults.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/glob.h"

namespace slipway::server {
namespace {

constexpr std::size_t kTextBytesMax = 1u << 20;
constexpr std::size_t kRulesMax = 1000;
constexpr double kWaitSecondsMax = 3600;
constexpr std::size_t kSha256Chars = 64;
constexpr std::size_t kOidsMax = 25'000;

struct KindName {
  std::string_view name;
  FaultKind kind;
};
constexpr auto kKinds = std::to_array<KindName>({{"answer", FaultKind::kAnswer},
                                                 {"cut_reply", FaultKind::kCutReply},
                                                 {"cut_before_body", FaultKind::kCutBeforeBody},
                                                 {"cut_request", FaultKind::kCutRequest},
                                                 {"delay", FaultKind::kDelay},
                                                 {"lose_reply", FaultKind::kLoseReply},
                                                 {"stall", FaultKind::kStall},
                                                 {"corrupt", FaultKind::kCorrupt},
                                                 {"expire", FaultKind::kExpire},
                                                 {"count", FaultKind::kCount}});

// One rule of the file, read member by member.
class RuleReader {
 public:
  explicit RuleReader(std::size_t number) { fault_.name = fmt::format("rule {}", number); }

  Result<Fault> read(const json::Value& rule) {
    if (!rule.is_object()) return wrong("a rule", "an object");
    bool has_action = false;
    for (const auto& [key, value] : rule.members()) {
      SLIPWAY_TRY(member(key, value));
      has_action = has_action || key == "action";
    }
    if (!has_action) return wrong("\"action\"", "given");
    return std::move(fault_);
  }

 private:
  std::unexpected<Error> wrong(std::string_view what, std::string_view need) const {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{} of the faults: {} must be {}", fault_.name, what, need));
  }

  Result<void> member(std::string_view key, const json::Value& value) {
    if (key == "name") return text(key, value, fault_.name);
    if (key == "match") return match(value);
    if (key == "skip") return number(key, value, fault_.skip);
    if (key == "times") return number(key, value, fault_.times);
    if (key == "action") return action(value);
    if (key == "status") return status(value);
    if (key == "headers") return headers(value);
    if (key == "body") return text(key, value, fault_.body);
    if (key == "bytes") return number(key, value, fault_.bytes);
    if (key == "seconds") return seconds(value);
    return wrong(fmt::format("\"{}\"", clipped(key, 100)), "left out: it is no member of a rule");
  }

  Result<void> text(std::string_view key, const json::Value& value, std::string& into) const {
    if (!value.is_string()) return wrong(fmt::format("\"{}\"", key), "a string");
    into = value.string();
    return {};
  }

  Result<void> number(std::string_view key, const json::Value& value, std::uint64_t& into) const {
    const auto read = value.as_uint();
    if (!read) return wrong(fmt::format("\"{}\"", key), "a whole number");
    into = *read;
    return {};
  }

  Result<void> match(const json::Value& value) {
    if (!value.is_object()) return wrong("\"match\"", "an object");
    for (const auto& [key, part] : value.members()) SLIPWAY_TRY(match_member(key, part));
    return {};
  }

  Result<void> match_member(std::string_view key, const json::Value& value) {
    FaultMatch& match = fault_.match;
    if (key == "method") return text(key, value, match.method);
    if (key == "target") return text(key, value, match.target);
    if (key == "header") return text(key, value, match.header);
    if (key == "value") return text(key, value, match.header_value);
    if (key == "oid") return text(key, value, match.oid);
    return wrong(fmt::format("\"{}\"", clipped(key, 100)), "left out: it is no member of a match");
  }

  Result<void> action(const json::Value& value) {
    const auto at = std::ranges::find(kKinds, value.string(), &KindName::name);
    if (at == kKinds.end()) return wrong("\"action\"", "one of those that docs/testing.md lists");
    fault_.kind = at->kind;
    return {};
  }

  Result<void> status(const json::Value& value) {
    const auto read = value.as_int();
    if (!read || *read < 200 || *read > 599) return wrong("\"status\"", "200 to 599");
    fault_.status = static_cast<int>(*read);
    return {};
  }

  Result<void> headers(const json::Value& value) {
    if (!value.is_object()) return wrong("\"headers\"", "an object");
    for (const auto& [name, text] : value.members()) {
      if (!text.is_string()) return wrong("\"headers\"", "an object of strings");
      fault_.headers.add(name, text.string());
    }
    return {};
  }

  Result<void> seconds(const json::Value& value) {
    const auto read = value.as_double();
    if (!read || !std::isfinite(*read) || *read < 0 || *read > kWaitSecondsMax)
      return wrong("\"seconds\"", "0 to 3600");
    fault_.wait = os::Millis(static_cast<std::int64_t>(*read * 1000));
    return {};
  }

  Fault fault_{};
};

}  // namespace

Result<std::vector<Fault>> read_faults(std::string_view text) {
  SLIPWAY_ASSIGN_WITHIN(const json::Value root, "the faults",
                        json::parse(text, {.allow_nan = false, .bytes_max = kTextBytesMax}));
  if (!root.is_array() || root.items().size() > kRulesMax) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("the faults must be a list of up to {} rules", kRulesMax));
  }
  std::vector<Fault> faults;
  for (const json::Value& rule : root.items()) {
    SLIPWAY_ASSIGN(Fault fault, RuleReader(faults.size() + 1).read(rule));
    faults.push_back(std::move(fault));
  }
  return faults;
}

bool fault_matches(const FaultMatch& match, const os::RequestHead& head, std::span<const std::string> oids) {
  if (!match.method.empty() && match.method != head.method) return false;
  if (!match.target.empty() && !glob_match(match.target, head.target)) return false;
  if (!match.header.empty()) {
    const auto value = head.headers.find(match.header);
    if (!value || (!match.header_value.empty() && !glob_match(match.header_value, *value))) return false;
  }
  return match.oid.empty() || std::ranges::find(oids, match.oid) != oids.end();
}

std::vector<std::string> oids_of_target(std::string_view target) {
  std::vector<std::string> oids;
  for (std::string_view path = target.substr(0, target.find('?')); !path.empty();) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    if (part.size() == kSha256Chars && is_hex(part) && oids.size() < kOidsMax) oids.emplace_back(part);
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return oids;
}

// The key is looked for as text: what a broken body holds is still about its objects.
std::vector<std::string> oids_of_body(std::string_view body) {
  constexpr std::string_view kKey = "\"oid\"";
  std::vector<std::string> oids;
  for (std::size_t at = body.find(kKey); at != std::string_view::npos && oids.size() < kOidsMax;
       at = body.find(kKey, at)) {
    at = body.find_first_not_of(" \t:", at + kKey.size());
    if (at == std::string_view::npos) break;
    const std::string_view value = body.substr(at, kSha256Chars + 2);
    const bool whole = value.size() == kSha256Chars + 2 && value.front() == '"' && value.back() == '"';
    if (whole && is_hex(value.substr(1, kSha256Chars))) oids.emplace_back(value.substr(1, kSha256Chars));
  }
  return oids;
}

FaultPlan::FaultPlan(std::vector<Fault> rules) : rules_(std::move(rules)) {
  for (const Fault& rule : rules_) counts_.push_back({.name = rule.name});
}

bool FaultPlan::is_due(std::size_t rule, const os::RequestHead& head, std::span<const std::string> oids) {
  if (!fault_matches(rules_[rule].match, head, oids)) return false;
  FaultCount& count = counts_[rule];
  ++count.matched;
  if (rules_[rule].kind == FaultKind::kCount || count.matched <= rules_[rule].skip ||
      count.fired >= rules_[rule].times)
    return false;
  ++count.fired;
  return true;
}

std::optional<Fault> FaultPlan::take(const os::RequestHead& head, std::span<const std::string> oids,
                                     Ask ask) {
  const std::scoped_lock hold(mutex_);
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const bool with_oid = !rules_[i].match.oid.empty();
    if ((ask == Ask::kWithOid && !with_oid) || (ask == Ask::kWithoutOid && with_oid)) continue;
    if (is_due(i, head, oids)) return rules_[i];
  }
  return std::nullopt;
}

bool FaultPlan::any_with_oid(const os::RequestHead& head) const {
  return std::ranges::any_of(rules_, [&](const Fault& rule) {
    return !rule.match.oid.empty() && fault_matches(rule.match, head, std::span(&rule.match.oid, 1));
  });
}

std::vector<FaultCount> FaultPlan::counts() const {
  const std::scoped_lock hold(mutex_);
  return counts_;
}

}  // namespace slipway::server
