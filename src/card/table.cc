#include "card/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "card/markdown.h"
#include "slipway/result.h"

namespace slipway::card {
namespace {

constexpr std::string_view kPipe = "&#124;";
constexpr std::string_view kAmpersand = "&amp;";

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

void add_row(std::string& out, const std::vector<std::string>& cells) {
  out += '|';
  for (const std::string& cell : cells) out += fmt::format(" {} |", cell);
}

}  // namespace

std::string table(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::string> names;
  std::vector<std::string> rules;
  for (const Column& column : columns) {
    names.push_back(cell_text(column.name));
    rules.emplace_back(column.number ? "---:" : "---");
  }
  std::string out;
  add_row(out, names);
  out += '\n';
  add_row(out, rules);
  for (const auto& row : rows) {
    SLIPWAY_CHECK(row.size() == columns.size());
    out += '\n';
    add_row(out, row);
  }
  return out;
}

std::string cell_text(std::string_view text) {
  std::string plain(trimmed(first_bytes(text, kShownBytesMax)));
  std::ranges::replace_if(plain, is_control, ' ');
  std::string out;
  for (const char c : escaped_text(trimmed(plain))) {
    if (c == '|') {
      out += kPipe;
    } else if (c == '$') {
      out += "\\$";
    } else {
      out += c;
    }
  }
  return out;
}

std::string text_of_cell(std::string_view cell) {
  std::string out;
  while (!cell.empty()) {
    std::size_t taken = 1;
    if (cell.starts_with(kPipe)) {
      out += '|';
      taken = kPipe.size();
    } else if (cell.starts_with(kAmpersand)) {
      out += '&';
      taken = kAmpersand.size();
    } else if (cell.size() > 1 && cell[0] == '\\' && std::ispunct(static_cast<unsigned char>(cell[1])) != 0) {
      out += cell[1];
      taken = 2;
    } else {
      out += cell[0];
    }
    cell.remove_prefix(taken);
  }
  return out;
}

std::vector<std::string_view> cells_of(std::string_view row) {
  std::vector<std::string_view> cells;
  row = trimmed(row);
  if (row.size() < 2 || !row.starts_with('|') || !row.ends_with('|')) return cells;
  row = row.substr(1);
  while (!row.empty()) {
    const auto end = row.find('|');
    cells.push_back(trimmed(row.substr(0, end)));
    row.remove_prefix(end + 1);
  }
  return cells;
}

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-infinite" : "infinite";
  constexpr double kExactMax = 1e15;
  if (std::abs(value) < kExactMax && std::trunc(value) == value) return fmt::format("{:.0f}", value + 0.0);
  return fmt::format("{:.4g}", value);
}

std::string count_text(double value, std::string_view noun) {
  const std::string number = number_text(value);
  return fmt::format("{} {}{}", number, noun, number == "1" ? "" : "s");
}

std::string title_of(std::string_view key) {
  std::string title(key);
  std::ranges::replace(title, '_', ' ');
  if (!title.empty() && title[0] >= 'a' && title[0] <= 'z') title[0] = static_cast<char>(title[0] - 32);
  return title;
}

}  // namespace slipway::card
