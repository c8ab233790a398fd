// text/front_matter.h - a card's YAML block, edited as lines so that what people wrote survives.
//
// Contract   split_card never fails: a text without a block is all body; join_card gives the text back
//            byte for byte, unless its line ends were mixed or the closing fence had blanks behind it.
//            Edits replace or append whole top-level entries; other lines, comments and their order
//            stay. Only a block whose entries share lines (`{a: 1, b: 2}`) is written anew as a whole.
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
  std::string block{};         // between the fences, without them, "\n" line ends, no line end at its end
  std::string body{};          // after the closing fence's line end, as it is
  std::string before{};        // blanks or a byte order mark before the opening fence
  std::string line_end{"\n"};  // of the fences and the block: "\n" or "\r\n"
};
CardParts split_card(std::string_view card);
std::string join_card(const CardParts& parts);

// "\r\n" when most lines end so, else "\n".
std::string_view line_end_of(std::string_view text);

// The block as a list of top-level entries.
class FrontMatter {
 public:
  static Result<FrontMatter> parse(std::string_view block);  // kCorruptData: not a YAML map
  const yaml::Node& root() const { return root_; }
  const yaml::Node* find(std::string_view key) const { return root_.find(key); }
  // Where it stood, else last. A value that is there already leaves its lines as they are.
  Result<void> set(std::string_view key, const json::Value& value);
  Result<void> erase(std::string_view key);
  std::string text() const;

 private:
  struct Entry {
    std::string key{};  // empty for comments and blank lines
    std::vector<std::string> lines{};
  };
  void split_into_entries(std::string_view block);
  void write_anew();
  Result<void> replace(std::string_view key, std::vector<std::string> lines);

  std::vector<Entry> entries_{};
  yaml::Node root_{};
};

}  // namespace slipway::text
