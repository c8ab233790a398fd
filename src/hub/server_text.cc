// What a server says in words, wherever it puts them.
#include <algorithm>

#include <fmt/format.h>

#include "hub/errors.h"

namespace slipway::hub {
namespace {

constexpr std::size_t kTextBytesMax = 500;
constexpr std::size_t kPartsMax = 50;

// Sentences in the order they were found, none twice.
class Sentences {
 public:
  void add(std::string_view sentence) {
    while (sentence.ends_with('\n') || sentence.ends_with(' ')) sentence.remove_suffix(1);
    if (sentence.empty() || parts_.size() >= kPartsMax) return;
    if (std::ranges::find(parts_, sentence) == parts_.end()) parts_.emplace_back(sentence);
  }
  void add_value(const json::Value* value) {
    if (value == nullptr) return;
    if (value->is_string()) return add(value->string());
    if (!value->is_array()) return;
    for (const json::Value& item : value->items()) {
      if (item.is_string()) add(item.string());
    }
  }
  bool empty() const { return parts_.empty(); }
  std::string joined() const { return fmt::format("{}", fmt::join(parts_, "; ")); }

 private:
  std::vector<std::string> parts_{};
};

void add_body(const json::Value& root, Sentences& sentences) {
  for (const char* key : {"error", "message", "error_description"}) sentences.add_value(root.find(key));
  const json::Value* errors = root.find("errors");
  if (errors == nullptr || !errors->is_array()) return;
  for (const json::Value& row : errors->items()) {
    sentences.add_value(row.is_object() ? row.find("message") : &row);
  }
}

std::string one_line(std::string text) {
  for (char& c : text) c = static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  if (text.size() <= kTextBytesMax) return text;
  std::size_t end = kTextBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

}  // namespace

std::string server_text(const os::HttpResponse& response, std::string_view body) {
  Sentences sentences;
  sentences.add(response.headers.find("X-Error-Message").value_or(""));
  const auto root = json::parse(body);
  if (root && root->is_object()) {
    add_body(*root, sentences);
  } else if (sentences.empty() && !root) {
    const std::string kind = response.headers.find("Content-Type").value_or("");
    const bool page = kind.find("html") != std::string::npos || kind.find("xml") != std::string::npos ||
                      body.find('<') != std::string_view::npos;
    if (!page) sentences.add(body.substr(0, 4 * kTextBytesMax));
  }
  return sentences.empty() ? "no reason given" : one_line(sentences.joined());
}

std::string request_note(const os::HttpResponse& response) {
  for (const char* name : {"X-Request-Id", "X-Amzn-Trace-Id", "X-Amz-Cf-Id"}) {
    const auto id = response.headers.find(name);
    if (id && !id->empty()) return fmt::format(" (request {})", one_line(*id));
  }
  return "";
}

}  // namespace slipway::hub
