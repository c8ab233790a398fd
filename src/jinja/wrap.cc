#include "jinja/wrap.h"

#include "jinja/unicode.h"

namespace slipway::jinja {
namespace {

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Words and the blanks between them.
std::vector<std::string> chunks_of(std::string_view text) {
  std::vector<std::string> chunks;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const bool blank = is_blank(text[at]);
    while (at < text.size() && is_blank(text[at]) == blank) ++at;
    chunks.emplace_back(text.substr(begin, at - begin));
  }
  return chunks;
}

bool is_blank_chunk(const std::string& chunk) { return strip(chunk).empty(); }

class Wrapper {
 public:
  Wrapper(Machine& machine, std::string_view text, const Wrap& wrap)
      : machine_(machine), wrap_(wrap), chunks_(chunks_of(text)) {}

  Result<std::vector<std::string>> run() {
    while (at_ < chunks_.size()) {
      if (!lines_.empty() && is_blank_chunk(chunks_[at_])) ++at_;
      SLIPWAY_TRY(line());
    }
    return std::move(lines_);
  }

 private:
  std::int64_t size(const std::string& chunk) const { return static_cast<std::int64_t>(count_points(chunk)); }

  Result<void> line() {
    std::vector<std::string> line;
    std::int64_t used = 0;
    while (at_ < chunks_.size() && used + size(chunks_[at_]) <= wrap_.width) {
      used += size(chunks_[at_]);
      line.push_back(chunks_[at_++]);
      SLIPWAY_TRY(machine_.budget().step());
    }
    if (at_ < chunks_.size() && size(chunks_[at_]) > wrap_.width) long_word(line, used);
    if (!line.empty() && is_blank_chunk(line.back())) line.pop_back();
    if (line.empty()) return {};
    std::string text;
    for (const std::string& chunk : line) text += chunk;
    SLIPWAY_TRY(machine_.budget().room(text.size()));
    lines_.push_back(std::move(text));
    return {};
  }

  void long_word(std::vector<std::string>& line, std::int64_t used) {
    std::string& word = chunks_[at_];
    const std::int64_t space = wrap_.width < 1 ? 1 : wrap_.width - used;
    if (wrap_.break_words) {
      const std::size_t end = byte_of(word, static_cast<std::size_t>(space));
      line.push_back(word.substr(0, end));
      word.erase(0, end);
      return;
    }
    if (line.empty()) line.push_back(chunks_[at_++]);
  }

  Machine& machine_;
  const Wrap& wrap_;
  std::vector<std::string> chunks_;
  std::size_t at_ = 0;
  std::vector<std::string> lines_;
};

}  // namespace

Result<std::vector<std::string>> wrapped_lines(Machine& machine, std::string_view text, const Wrap& wrap) {
  if (wrap.width <= 0) return corrupt("the width of a line must be positive");
  if (wrap.break_hyphens && text.find('-') != std::string_view::npos)
    return unsupported("wordwrap of hyphens");
  return Wrapper(machine, text, wrap).run();
}

}  // namespace slipway::jinja
