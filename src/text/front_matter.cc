#include "text/front_matter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace slipway::text {
namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::vector<std::string> entry_lines(std::string_view key, const json::Value& value) {
  return lines_of(yaml::dump_block(json::Value::object({{std::string(key), value}})));
}

// A comment or blank line that need not belong to the entry before it.
bool is_free(std::string_view line) {
  return line.starts_with('#') || line.find_first_not_of(" \t") == std::string_view::npos;
}

// Line breaks to YAML 1.1 that are none to us would shift the line numbers.
bool has_odd_breaks(std::string_view block) {
  constexpr std::array<std::string_view, 4> kBreaks{"\r", "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"};
  return std::ranges::any_of(kBreaks, [&](auto mark) { return block.find(mark) != std::string_view::npos; });
}

// Every key begins a line of its own at the left edge: entries are runs of lines.
bool has_entry_lines(const yaml::Node& root, const std::vector<std::string>& lines) {
  int last = 0;
  for (const auto& [key, value] : root.members) {
    if (key.line <= last || static_cast<std::size_t>(key.line) > lines.size()) return false;
    last = key.line;
    const std::string& line = lines[static_cast<std::size_t>(last - 1)];
    if (line.empty() || line.starts_with(' ') || line.starts_with('{') || line.starts_with("<<"))
      return false;
  }
  const auto marks = [](const std::string& line) { return line.starts_with("...") || line.starts_with('%'); };
  return std::ranges::none_of(lines, marks);
}

Result<yaml::Node> parse_map(std::string_view block) {
  SLIPWAY_ASSIGN(yaml::Node root, yaml::parse(block));
  if (root.kind == yaml::Kind::kNull) root.kind = yaml::Kind::kMap;
  if (root.kind == yaml::Kind::kMap) return root;
  return fail(ErrorCode::kCorruptData,
              fmt::format("line {}: the front matter must be a map of keys and values, this is {}", root.line,
                          yaml::kind_name(root.kind)));
}

}  // namespace

Result<FrontMatter> FrontMatter::parse(std::string_view block) {
  FrontMatter front;
  SLIPWAY_ASSIGN(front.root_, parse_map(block));
  front.split_into_entries(block);
  return front;
}

void FrontMatter::split_into_entries(std::string_view block) {
  const std::vector<std::string> lines = lines_of(block);
  entries_.clear();
  if (has_odd_breaks(block) || !has_entry_lines(root_, lines)) return write_anew();
  std::size_t from = 0;
  const auto take = [&](std::string key, std::size_t to) {
    if (from < to)
      entries_.push_back({.key = std::move(key), .lines = {&lines[from], &lines[from] + (to - from)}});
    from = to;
  };
  std::string key;
  for (std::size_t member = 0; member <= root_.members.size(); ++member) {
    const bool last = member == root_.members.size();
    const std::size_t end =
        last ? lines.size() : static_cast<std::size_t>(root_.members[member].first.line - 1);
    std::size_t own = end;
    while (own > from && is_free(lines[own - 1])) --own;
    if (!key.empty() || member > 0) take(std::move(key), std::max(own, std::min(from + 1, end)));
    take({}, end);
    if (!last) key = root_.members[member].first.text;
  }
}

void FrontMatter::write_anew() {
  entries_.clear();
  for (const auto& [key, value] : root_.members) {
    entries_.push_back({.key = key.text, .lines = entry_lines(key.text, yaml::to_json(value))});
  }
}

std::string FrontMatter::text() const {
  std::string out;
  for (const Entry& entry : entries_) {
    for (const std::string& line : entry.lines) out += line + '\n';
  }
  if (!out.empty()) out.pop_back();
  return out;
}

// Puts `lines` in the entry's place (none: takes it away), and reads the whole again: an edit that would not
// read back, as of an anchor that another entry needs, is undone by writing the block anew.
Result<void> FrontMatter::replace(std::string_view key, std::vector<std::string> lines) {
  const auto at = std::ranges::find(entries_, key, &Entry::key);
  if (at != entries_.end()) {
    at->lines = std::move(lines);
    if (at->lines.empty()) entries_.erase(at);
  } else if (!lines.empty()) {
    entries_.push_back({.key = std::string(key), .lines = std::move(lines)});
  }
  const std::string block = text();
  SLIPWAY_ASSIGN(root_, parse_map(block));
  split_into_entries(block);
  return {};
}

Result<void> FrontMatter::set(std::string_view key, const json::Value& value) {
  SLIPWAY_CHECK(!key.empty());
  const yaml::Node* node = find(key);
  if (node != nullptr && yaml::to_json(*node).same_as(value)) return {};
  if (replace(key, entry_lines(key, value))) return {};
  write_anew();
  return replace(key, entry_lines(key, value));
}

Result<void> FrontMatter::erase(std::string_view key) {
  if (find(key) == nullptr) return {};
  if (replace(key, {})) return {};
  write_anew();
  return replace(key, {});
}

}  // namespace slipway::text
