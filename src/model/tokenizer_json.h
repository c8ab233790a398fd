// model/tokenizer_json.h - the outermost members of a tokenizer.json by byte range: no tree of 35 MB is
// built.
//
// Contract   Pure. Only the members asked for are parsed; replacing one leaves every other byte as it is.
// Errors     kCorruptData naming tokenizer.json
// Threads    value
// Source     the tokenizers library's serialisation: truncation, padding, added_tokens, normalizer,
//            pre_tokenizer, post_processor, decoder, model
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "slipway/json.h"
#include "slipway/result.h"

namespace slipway::model {

class TokenizerJson {
 public:
  // `text` must outlive it.
  static Result<TokenizerJson> open(std::string_view text);

  // The text of a member, "" where there is none.
  std::string_view raw(std::string_view key) const;
  Result<json::Value> value(std::string_view key) const;  // null where there is none
  // The whole text with other texts for some members that are there.
  std::string with(const std::map<std::string, std::string, std::less<>>& members) const;

 private:
  struct Range {
    std::size_t begin;
    std::size_t end;
  };
  std::string_view text_{};
  std::map<std::string, Range, std::less<>> ranges_{};
};

}  // namespace slipway::model
