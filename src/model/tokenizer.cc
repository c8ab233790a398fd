#include "model/tokenizer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "model/tokenizer_json.h"
#include "text/json_scan.h"

namespace slipway::model {
namespace {

using json::Value;

constexpr std::string_view kTokenizerJson = "tokenizer.json";
constexpr TokenId kTokenIdMax = (TokenId{1} << 31) - 1;

struct NamedToken {
  std::string_view key;
  std::optional<std::string> Tokenizer::* member;
};
constexpr auto kNamedTokens = std::to_array<NamedToken>({{"eos_token", &Tokenizer::eos},
                                                         {"bos_token", &Tokenizer::bos},
                                                         {"pad_token", &Tokenizer::pad},
                                                         {"unk_token", &Tokenizer::unk}});

std::unexpected<Error> corrupt(std::string_view file, std::string_view what) {
  return fail(ErrorCode::kCorruptData, fmt::format("{}: {}; save the tokenizer again", file, what));
}

// A file's object; null where the file is not there.
Result<Value> read_object(const Metadata& files, std::string_view name) {
  const std::string* text = files.find(name);
  if (text == nullptr) return Value();
  SLIPWAY_ASSIGN_WITHIN(Value root, name, json::parse(*text, {.allow_nan = true}));
  if (!root.is_object()) return corrupt(name, "is not a JSON object");
  return root;
}

std::optional<TokenId> token_id(const Value& value) {
  const auto id = value.as_int();
  return id && *id >= 0 && *id <= kTokenIdMax ? id : std::nullopt;
}

std::optional<TokenId> token_id(std::string_view text) {
  TokenId id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && id >= 0 && id <= kTokenIdMax ? std::optional(id) : std::nullopt;
}

// A token stands as its text, or as an object with `content`.
std::optional<std::string> token_text(const Value& value) {
  if (value.is_string()) return value.string();
  const Value* content = value.find("content");
  return content != nullptr && content->is_string() ? std::optional(content->string()) : std::nullopt;
}

void add_token(Tokenizer& tokenizer, const std::string& text, TokenId id, bool special) {
  tokenizer.ids.set(text, id);
  tokenizer.added[id] = text;
  if (special) tokenizer.special.insert(text);
}

bool is_special(const Value& token) {
  const Value* flag = token.find("special");
  return flag != nullptr && flag->as_bool().value_or(false);
}

// {"text": id, ...}
Result<void> read_id_map(std::string_view file, const Value& map, Tokenizer& tokenizer, bool added) {
  for (const auto& [text, value] : map.members()) {
    const auto id = token_id(value);
    if (!id) return corrupt(file, fmt::format("the id of token '{}' is not a number a token can have", text));
    if (added) {
      add_token(tokenizer, text, *id, false);
    } else {
      tokenizer.ids.set(text, *id);
    }
  }
  return {};
}

// The vocabulary of tokenizer.json is walked in place: as a tree it would take ten times its size.
// {"text": id, ...}
Result<void> scan_id_map(std::string_view text, json::Scan scan, Tokenizer& tokenizer) {
  for (json::ScanItem item;;) {
    SLIPWAY_ASSIGN_WITHIN(const bool more, kTokenizerJson, scan.next(item));
    if (!more) return {};
    const auto id = token_id(text.substr(item.begin, item.end - item.begin));
    if (!id)
      return corrupt(kTokenizerJson,
                     fmt::format("the id of token '{}' is not a number a token can have", item.key));
    tokenizer.ids.set(item.key, *id);
  }
}

// Unigram: [["text", score], ...], the place is the id.
Result<void> scan_id_list(std::string_view text, json::Scan scan, Tokenizer& tokenizer) {
  TokenId id = 0;
  for (json::ScanItem entry;; ++id) {
    SLIPWAY_ASSIGN_WITHIN(const bool more, kTokenizerJson, scan.next(entry));
    if (!more) return {};
    const auto pair = json::parse(text.substr(entry.begin, entry.end - entry.begin));
    if (!pair || !pair->is_array() || pair->items().empty() || !pair->items().front().is_string())
      return corrupt(kTokenizerJson, fmt::format("entry {} of model.vocab is no pair of text and score", id));
    tokenizer.ids.set(pair->items().front().string(), id);
  }
}

// The text of a member of `object`, "" where there is none.
Result<std::string_view> member_text(std::string_view object, std::string_view key) {
  if (!object.starts_with('{')) return std::string_view();
  SLIPWAY_ASSIGN_WITHIN(json::Scan scan, kTokenizerJson, json::Scan::open(object));
  for (json::ScanItem item;;) {
    SLIPWAY_ASSIGN_WITHIN(const bool more, kTokenizerJson, scan.next(item));
    if (!more) return std::string_view();
    if (item.key == key) return object.substr(item.begin, item.end - item.begin);
  }
}

Result<void> read_vocabulary(const TokenizerJson& file, const Value& vocab_json, Tokenizer& tokenizer) {
  SLIPWAY_ASSIGN(const std::string_view vocab, member_text(file.raw("model"), "vocab"));
  if (vocab.starts_with('{') || vocab.starts_with('[')) {
    tokenizer.readable_vocabulary = true;
    SLIPWAY_ASSIGN_WITHIN(json::Scan scan, kTokenizerJson, json::Scan::open(vocab));
    return scan.is_object() ? scan_id_map(vocab, std::move(scan), tokenizer)
                            : scan_id_list(vocab, std::move(scan), tokenizer);
  }
  tokenizer.readable_vocabulary = !vocab_json.members().empty();
  return read_id_map("vocab.json", vocab_json, tokenizer, false);
}

Result<void> read_added_list(const TokenizerJson& file, Tokenizer& tokenizer) {
  SLIPWAY_ASSIGN(const Value list, file.value("added_tokens"));
  if (!list.is_array()) return {};
  for (const Value& token : list.items()) {
    const auto text = token_text(token);
    const Value* value = token.find("id");
    const auto id = value == nullptr ? std::nullopt : token_id(*value);
    if (!text || !id) return corrupt(kTokenizerJson, "an entry of added_tokens lacks its content or id");
    add_token(tokenizer, *text, *id, is_special(token));
  }
  return {};
}

// An empty one where the file is not there.
Result<TokenizerJson> open_tokenizer_json(const Metadata& files) {
  const std::string* text = files.find(kTokenizerJson);
  return text == nullptr ? TokenizerJson() : TokenizerJson::open(*text);
}

// transformers v4: {"151643": {"content": "<|endoftext|>", "special": true, ...}, ...}
Result<void> read_added_decoder(const Value& config, Tokenizer& tokenizer) {
  const Value* map = config.find("added_tokens_decoder");
  if (map == nullptr || !map->is_object()) return {};
  for (const auto& [key, token] : map->members()) {
    const auto id = token_id(std::string_view(key));
    const auto text = token_text(token);
    if (!id || !text)
      return corrupt("tokenizer_config.json",
                     fmt::format("entry '{}' of added_tokens_decoder is no token", key));
    add_token(tokenizer, *text, *id, is_special(token));
  }
  return {};
}

// A key that is there decides, also with null: a tokenizer may have no BOS on purpose.
void read_named_tokens(const Value& config, const Value& map, Tokenizer& tokenizer) {
  for (const auto& [key, member] : kNamedTokens) {
    const Value* value = config.find(key);
    if (value == nullptr) value = map.find(key);
    if (value != nullptr) tokenizer.*member = token_text(*value);
  }
}

// Lists (and, in v5 also, maps) of further special tokens; only texts that have an id count.
void mark_special(const Value& config, std::string_view key, Tokenizer& tokenizer) {
  const Value* value = config.find(key);
  if (value == nullptr) return;
  const auto mark = [&tokenizer](const Value& token) {
    const auto text = token_text(token);
    if (text && tokenizer.ids.contains(*text)) tokenizer.special.insert(*text);
  };
  for (const Value& token : value->items()) mark(token);
  for (const auto& member : value->members()) mark(member.second);
}

void mark_all_special(const Value& config, const Value& map, Tokenizer& tokenizer) {
  for (const Value* file : {&config, &map}) {
    mark_special(*file, "additional_special_tokens", tokenizer);
    mark_special(*file, "extra_special_tokens", tokenizer);
  }
  for (const auto& [key, member] : kNamedTokens) {
    const auto& text = tokenizer.*member;
    if (text && tokenizer.ids.contains(*text)) tokenizer.special.insert(*text);
  }
}

std::optional<std::string> default_template(const Value& value) {
  if (value.is_string()) return value.string();
  for (const Value& entry : value.items()) {
    const Value* name = entry.find("name");
    const Value* text = entry.find("template");
    if (name != nullptr && name->string() == "default" && text != nullptr && text->is_string())
      return text->string();
  }
  return std::nullopt;
}

// As transformers loads it: the file of its own wins over the key.
void read_chat_template(const Metadata& files, const Value& config, Tokenizer& tokenizer) {
  if (const std::string* text = files.find("chat_template.jinja")) {
    tokenizer.chat_template = *text;
    tokenizer.chat_template_file = "chat_template.jinja";
    return;
  }
  const Value* value = config.find("chat_template");
  if (value == nullptr) return;
  tokenizer.chat_template = default_template(*value);
  if (tokenizer.chat_template) tokenizer.chat_template_file = "tokenizer_config.json";
}

}  // namespace

std::optional<TokenId> Tokenizer::id_of(std::string_view text) const { return ids.find(text); }

std::optional<std::string> Tokenizer::text_of(TokenId id) const {
  if (const auto at = added.find(id); at != added.end()) return at->second;
  const auto text = ids.text_of(id);
  return text ? std::optional(std::string(*text)) : std::nullopt;
}

Result<Tokenizer> read_tokenizer(const Metadata& files) {
  SLIPWAY_ASSIGN(const TokenizerJson root, open_tokenizer_json(files));
  SLIPWAY_ASSIGN(const Value vocab, read_object(files, "vocab.json"));
  SLIPWAY_ASSIGN(const Value added, read_object(files, "added_tokens.json"));
  SLIPWAY_ASSIGN(const Value config, read_object(files, "tokenizer_config.json"));
  SLIPWAY_ASSIGN(const Value map, read_object(files, "special_tokens_map.json"));
  Tokenizer tokenizer;
  SLIPWAY_TRY(read_vocabulary(root, vocab, tokenizer));
  SLIPWAY_TRY(read_id_map("added_tokens.json", added, tokenizer, true));
  SLIPWAY_TRY(read_added_list(root, tokenizer));
  SLIPWAY_TRY(read_added_decoder(config, tokenizer));
  read_named_tokens(config, map, tokenizer);
  mark_all_special(config, map, tokenizer);
  read_chat_template(files, config, tokenizer);
  return tokenizer;
}

}  // namespace slipway::model
