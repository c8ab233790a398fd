// answers.h - how the programs that answer the tests of this folder speak: fields on standard input and
// output.
//
// Contract   A field is a length in decimal, a newline, that many bytes; in both directions.
#pragma once

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace slipway::testing {

inline std::string all_input() {
  std::string text;
  std::array<char, 1 << 16> piece{};
  while (const std::size_t got = std::fread(piece.data(), 1, piece.size(), stdin))
    text.append(piece.data(), got);
  return text;
}

// Takes one field from the front of `input`.
inline std::string field(std::string_view& input) {
  const std::size_t line = input.find('\n');
  const auto size = static_cast<std::size_t>(std::atoll(std::string(input.substr(0, line)).c_str()));
  std::string text(input.substr(line + 1, size));
  input.remove_prefix(line + 1 + size);
  return text;
}

// `answer` takes its request's fields from the front of the input and gives the answer's.
template <class Answer>
void answer_all(Answer answer) {
  const std::string all = all_input();
  for (std::string_view input = all; !input.empty();) {
    std::string out;
    for (const std::string& text : answer(input)) out += fmt::format("{}\n{}", text.size(), text);
    std::fwrite(out.data(), 1, out.size(), stdout);
    std::fflush(stdout);  // so that a crash is seen to be that of the next request
  }
}

}  // namespace slipway::testing
