#include "model/tokenizer_json.h"

#include <vector>

#include <fmt/format.h>

#include "text/json_scan.h"

namespace slipway::model {
namespace {

constexpr std::string_view kName = "tokenizer.json";
constexpr std::size_t kMembersMax = 1000;

}  // namespace

Result<TokenizerJson> TokenizerJson::open(std::string_view text) {
  TokenizerJson file;
  file.text_ = text;
  SLIPWAY_ASSIGN_WITHIN(json::Scan scan, kName, json::Scan::open(text));
  if (!scan.is_object())
    return fail(ErrorCode::kCorruptData,
                fmt::format("{} is not a JSON object; save the tokenizer again", kName));
  for (json::ScanItem item;;) {
    SLIPWAY_ASSIGN_WITHIN(const bool more, kName, scan.next(item));
    if (!more) return file;
    if (file.ranges_.size() == kMembersMax ||
        !file.ranges_.emplace(item.key, Range{item.begin, item.end}).second)
      return fail(ErrorCode::kCorruptData,
                  fmt::format("{} names '{}' twice or has over {} members; save the tokenizer again", kName,
                              item.key.substr(0, 60), kMembersMax));
  }
}

std::string_view TokenizerJson::raw(std::string_view key) const {
  const auto at = ranges_.find(key);
  return at == ranges_.end() ? std::string_view()
                             : text_.substr(at->second.begin, at->second.end - at->second.begin);
}

Result<json::Value> TokenizerJson::value(std::string_view key) const {
  const std::string_view text = raw(key);
  if (text.empty()) return json::Value();
  SLIPWAY_ASSIGN_WITHIN(json::Value value, fmt::format("{}: {}", kName, key), json::parse(text));
  return value;
}

std::string TokenizerJson::with(const std::map<std::string, std::string, std::less<>>& members) const {
  std::map<std::size_t, std::pair<Range, std::string_view>> edits;  // by place
  for (const auto& [key, text] : members)
    if (const auto at = ranges_.find(key); at != ranges_.end())
      edits.emplace(at->second.begin, std::pair(at->second, std::string_view(text)));
  std::string out;
  std::size_t copied = 0;
  for (const auto& [begin, edit] : edits) {
    out += text_.substr(copied, begin - copied);
    out += edit.second;
    copied = edit.first.end;
  }
  out += text_.substr(copied);
  return out;
}

}  // namespace slipway::model
