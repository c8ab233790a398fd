#include "text/line_diff.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <fmt/format.h>

#include "text/lines.h"

namespace slipway::text {
namespace {

constexpr std::size_t kComparedLinesMax = 2'000;
constexpr std::size_t kAround = 2;

using Lines = std::vector<std::string_view>;

struct Row {
  char sign = ' ';  // ' ', '-' or '+'
  std::string_view line{};
};

// The middles of two texts: what stands between their equal beginning and their equal end.
class Middles {
 public:
  Middles(const Lines& before, const Lines& after) : before_(before), after_(after) {
    const std::size_t shorter = std::min(before.size(), after.size());
    while (begin_ < shorter && before[begin_] == after[begin_]) ++begin_;
    while (end_ < shorter - begin_ && before[before.size() - 1 - end_] == after[after.size() - 1 - end_])
      ++end_;
  }

  std::vector<Row> rows() const {
    std::vector<Row> rows;
    for (std::size_t i = 0; i < begin_; ++i) rows.push_back({' ', before_[i]});
    middle(rows);
    for (std::size_t i = before_.size() - end_; i < before_.size(); ++i) rows.push_back({' ', before_[i]});
    return rows;
  }

 private:
  std::size_t height() const { return before_.size() - begin_ - end_; }
  std::size_t width() const { return after_.size() - begin_ - end_; }
  std::string_view left(std::size_t i) const { return before_[begin_ + i]; }
  std::string_view right(std::size_t j) const { return after_[begin_ + j]; }

  // lengths[i][j]: the longest common run of lines of left from i and right from j.
  std::vector<std::uint16_t> lengths() const {
    const std::size_t stride = width() + 1;
    std::vector<std::uint16_t> table((height() + 1) * stride, 0);
    for (std::size_t i = height(); i-- > 0;) {
      for (std::size_t j = width(); j-- > 0;) {
        table[i * stride + j] = left(i) == right(j)
                                    ? static_cast<std::uint16_t>(table[(i + 1) * stride + j + 1] + 1)
                                    : std::max(table[(i + 1) * stride + j], table[i * stride + j + 1]);
      }
    }
    return table;
  }

  void middle(std::vector<Row>& rows) const {
    const bool compared = height() <= kComparedLinesMax && width() <= kComparedLinesMax;
    const std::vector<std::uint16_t> table = compared ? lengths() : std::vector<std::uint16_t>();
    const std::size_t stride = width() + 1;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < height() || j < width()) {
      if (compared && i < height() && j < width() && left(i) == right(j)) {
        rows.push_back({' ', left(i)});
        ++i, ++j;
      } else if (i < height() &&
                 (!compared || j == width() || table[(i + 1) * stride + j] >= table[i * stride + j + 1])) {
        rows.push_back({'-', left(i++)});
      } else {
        rows.push_back({'+', right(j++)});
      }
    }
  }

  const Lines& before_;
  const Lines& after_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

// Which rows are shown: the changed ones and a few around them.
std::vector<bool> shown(const std::vector<Row>& rows) {
  std::vector<bool> near(rows.size(), false);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].sign == ' ') continue;
    const std::size_t last = std::min(rows.size() - 1, i + kAround);
    for (std::size_t k = i - std::min(i, kAround); k <= last; ++k) near[k] = true;
  }
  return near;
}

}  // namespace

std::string line_diff(std::string_view before, std::string_view after, std::size_t lines_max) {
  const Lines old_lines = lines_of(before);
  const Lines new_lines = lines_of(after);
  const std::vector<Row> rows = Middles(old_lines, new_lines).rows();
  const std::vector<bool> near = shown(rows);
  std::string out;
  std::size_t given = 0;
  std::size_t left_out = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!near[i]) {
      if (i > 0 && near[i - 1] && given < lines_max) out += "...\n";
    } else if (given++ < lines_max) {
      out += fmt::format("{} {}\n", rows[i].sign, rows[i].line);
    } else {
      ++left_out;
    }
  }
  if (left_out > 0) out += fmt::format("... and {} more lines\n", left_out);
  return out;
}

}  // namespace slipway::text
