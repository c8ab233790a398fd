// model/tokenizer.h - what the stop rules need to know of a tokenizer: texts, ids, what is special.
//
// Source     tokenizer.json (model.vocab, added_tokens), tokenizer_config.json (added_tokens_decoder,
//            eos/bos/pad_token, chat_template), special_tokens_map.json, added_tokens.json,
//            vocab.json, chat_template.jinja. tokenizer_config wins over special_tokens_map.
// Threads    value
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/metadata.h"
#include "model/vocabulary.h"
#include "slipway/result.h"

namespace slipway::model {

struct Tokenizer {
  bool readable_vocabulary = false;                       // texts can be turned into ids
  Vocabulary ids{};                                       // the whole vocabulary, added tokens included
  std::map<TokenId, std::string> added{};                 // added tokens only
  std::set<std::string, std::less<>> special{};           // added tokens marked special
  std::optional<std::string> eos{}, bos{}, pad{}, unk{};  // token texts
  std::optional<std::string> chat_template{};             // the default one
  std::string chat_template_file{};                       // where it was read

  std::optional<TokenId> id_of(std::string_view text) const;
  std::optional<std::string> text_of(TokenId id) const;
  std::optional<TokenId> eos_id() const { return eos ? id_of(*eos) : std::nullopt; }
  std::optional<TokenId> bos_id() const { return bos ? id_of(*bos) : std::nullopt; }
  std::optional<TokenId> pad_id() const { return pad ? id_of(*pad) : std::nullopt; }
  std::optional<TokenId> max_id() const { return ids.max_id(); }
};

// Missing files give an empty tokenizer; a malformed one is kCorruptData naming the file.
Result<Tokenizer> read_tokenizer(const Metadata& files);

}  // namespace slipway::model
