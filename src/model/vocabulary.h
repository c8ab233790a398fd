// model/vocabulary.h - token texts and their ids, some hundred thousand of them, in one block of memory.
//
// Contract   A text that comes again takes the later id.
// Limits     texts of 4 GiB together; about 20 bytes a token besides its text
// Threads    value
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::model {

using TokenId = std::int64_t;

class Vocabulary {
 public:
  void set(std::string_view text, TokenId id);
  std::optional<TokenId> find(std::string_view text) const;
  bool contains(std::string_view text) const { return find(text).has_value(); }
  std::optional<std::string_view> text_of(TokenId id) const;  // the first that came with it; a search
  std::optional<TokenId> max_id() const;
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::uint32_t at;
    std::uint32_t size;
    TokenId id;
  };
  std::string_view text(const Entry& entry) const {
    return std::string_view(texts_).substr(entry.at, entry.size);
  }
  // Where in `places_` the text stands, or where it would.
  std::size_t place_of(std::string_view text) const;
  void grow();

  std::string texts_{};
  std::vector<Entry> entries_{};
  std::vector<std::uint32_t> places_{};  // of entries, plus one; 0 is free; a power of two, half empty
};

}  // namespace slipway::model
