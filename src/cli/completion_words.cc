#include "cli/completion_words.h"

#include <algorithm>
#include <map>
#include <set>

namespace slipway::cli {
namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

}  // namespace

ValueKind value_kind(std::string_view value) {
  if (value.empty()) return ValueKind::kNone;
  if (is_lower(value.front())) return ValueKind::kWords;
  for (const std::string_view place : {"F", "FILE", "DIR", "PATH", "PATH|ID"})
    if (value == place) return ValueKind::kFile;
  return ValueKind::kOther;
}

std::string spaced(std::string_view choices) {
  std::string words(choices);
  std::ranges::replace(words, '|', ' ');
  return words;
}

std::vector<Branch> branches() {
  std::map<std::string, std::map<std::string, std::string>> next;
  for (const Command& command : commands()) {
    const std::string name(command.name);
    std::string path;
    for (std::size_t from = 0; from < name.size();) {
      const std::size_t end = std::min(name.find(' ', from), name.size());
      const std::string word = name.substr(from, end - from);
      const bool last = end == name.size();
      next[path].try_emplace(word, last ? std::string(command.summary) : "commands of '" + word + "'");
      path = name.substr(0, end);
      from = end + 1;
    }
    if (!command.arguments.empty() && value_kind(command.arguments) == ValueKind::kWords) {
      const std::string words = spaced(command.arguments) + " ";
      for (std::size_t from = 0; from < words.size();) {
        const std::size_t end = words.find(' ', from);
        next[name].try_emplace(words.substr(from, end - from), "");
        from = end + 1;
      }
    }
  }
  std::vector<Branch> all;
  for (const auto& [path, words] : next) all.push_back({path, {words.begin(), words.end()}});
  return all;
}

std::vector<std::string> paths() {
  std::set<std::string> all;
  for (const Branch& branch : branches()) all.insert(branch.path);
  for (const Command& command : commands()) all.emplace(command.name);
  all.erase("");
  return {all.begin(), all.end()};
}

std::vector<std::string> spellings(const Flag& flag) {
  std::vector<std::string> all{"--" + std::string(flag.name)};
  if (!flag.also.empty()) all.push_back((flag.also.size() == 1 ? "-" : "--") + std::string(flag.also));
  return all;
}

std::vector<const Flag*> flags_with_value() {
  std::map<std::string_view, const Flag*> all;
  const auto take = [&](const Flag& flag) {
    if (!flag.value.empty()) all.try_emplace(flag.name, &flag);
  };
  for (const Flag& flag : global_flags()) take(flag);
  for (const Command& command : commands())
    for (const Flag& flag : command.flags) take(flag);
  std::vector<const Flag*> list;
  for (const auto& [name, flag] : all) list.push_back(flag);
  return list;
}

std::vector<const Flag*> flags_of(const Command& command) {
  std::vector<const Flag*> list;
  for (const Flag& flag : command.flags) list.push_back(&flag);
  for (const Flag& flag : global_flags()) list.push_back(&flag);
  return list;
}

}  // namespace slipway::cli
