// cli/completion_words.h - the flag table, as completion scripts ask of it.
//
// Threads    value
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/flags.h"

namespace slipway::cli {

enum class ValueKind { kNone, kWords, kFile, kOther };  // none: a switch
ValueKind value_kind(std::string_view value);
// "union|handbook" -> "union handbook"
std::string spaced(std::string_view choices);

// "", "repo", "hub", "hub token": what must be followed by one more word, and by which.
struct Branch {
  std::string path{};
  std::vector<std::pair<std::string, std::string>> next{};  // word, what it is
};
std::vector<Branch> branches();
// Every path that may stand: branches and commands; without "".
std::vector<std::string> paths();
// "--recipe" and its other spelling.
std::vector<std::string> spellings(const Flag& flag);
// Each flag of any command once, by its spellings: the last word before the one that is completed.
std::vector<const Flag*> flags_with_value();
// Those of a command, and the ones that stand everywhere.
std::vector<const Flag*> flags_of(const Command& command);

}  // namespace slipway::cli
