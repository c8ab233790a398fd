// text/front_matter.h - a card's YAML block, edited as lines so that what people wrote survives.
//
// Contract   split() never fails: a text without a block is all body. Edits replace or append whole
//            top-level entries; other lines, comments and their order stay byte for byte.
// Source     huggingface_hub repocard.py: the block is `---`, lines, `---` at the very top (blanks may
//            precede it)
// Threads    value
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "slipway/json.h"
#include "slipway/result.h"
#include "text/yaml.h"

namespace slipway::text {

struct CardParts {
  bool has_block = false;
  std::string block{};  // between the fences, without them, "\n" line ends
  std::string body{};   // after the closing fence's line end
};
CardParts split_card(std::string_view card);
std::string join_card(const CardParts& parts);

// The block as a list of top-level entries.
class FrontMatter {
 public:
  static Result<FrontMatter> parse(std::string_view block);  // kCorruptData: not a YAML map
  const yaml::Node& root() const { return root_; }
  const yaml::Node* find(std::string_view key) const { return root_.find(key); }
  Result<void> set(std::string_view key, const json::Value& value);  // where it stood, else last
  Result<void> erase(std::string_view key);
  std::string text() const;

 private:
  struct Entry {
    std::string key{};  // empty for comments and blank lines before the first key
    std::vector<std::string> lines{};
  };
  std::vector<Entry> entries_{};
  yaml::Node root_{};
};

}  // namespace slipway::text
