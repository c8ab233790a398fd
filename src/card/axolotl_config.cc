#include "card/axolotl_config.h"

#include <algorithm>

#include "card/generator_lines.h"
#include "card/markdown.h"

namespace slipway::card {
namespace {

constexpr std::string_view kOpening = "<details><summary>See axolotl config</summary>";

// The lines of a text, one after the other, blanks around them left out.
class Lines {
 public:
  Lines(std::string_view text, std::size_t at) : text_(text), at_(at) {}

  std::size_t at() const { return at_; }
  bool done() const { return at_ >= text_.size(); }
  std::string_view next() {
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    const std::string_view line = text_.substr(at_, end - at_);
    at_ = std::min(end + 1, text_.size());
    return trimmed(line);
  }
  std::string_view next_filled() {
    std::string_view line;
    while (!done() && line.empty()) line = next();
    return line;
  }

 private:
  std::string_view text_;
  std::size_t at_;
};

bool closes(std::string_view line) { return line == "</details><br>" || line == "</details>"; }

}  // namespace

std::string_view axolotl_config(std::string_view body) {
  const std::size_t begin = body.find(kOpening);
  if (begin == std::string_view::npos || (begin > 0 && body[begin - 1] != '\n')) return {};
  Lines lines(body, begin);
  if (lines.next() != kOpening) return {};
  std::string_view line = lines.next_filled();
  if (line_matches("axolotl version: `*`", line)) line = lines.next_filled();
  if (line != "```yaml") return {};
  while (!lines.done() && line != "```") line = lines.next();
  if (line != "```" || !closes(lines.next_filled())) return {};
  return body.substr(begin, lines.at() - begin);
}

std::string without_axolotl_config(std::string_view body) {
  const std::string_view config = axolotl_config(body);
  std::string rest(body);
  if (!config.empty()) rest.erase(static_cast<std::size_t>(config.data() - body.data()), config.size());
  return rest;
}

}  // namespace slipway::card
