// card/table.h - Markdown tables whose cells hold any text, and numbers as people read them.
//
// Contract   A cell's text never ends its cell, its row or its line, in any Markdown dialect: a pipe is
//            written as an entity. text_of_cell(cell_text(t)) is t for texts without control characters.
// Threads    value
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace slipway::card {

struct Column {
  std::string_view name;
  bool number = false;  // stands at the right
};

std::string table(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows);

std::string cell_text(std::string_view text);                  // at most 200 bytes of it, on one line
std::string text_of_cell(std::string_view cell);               // the way back
std::vector<std::string_view> cells_of(std::string_view row);  // "| a | b |", trimmed; empty: no row

std::string number_text(double value);                        // four digits: 0.3638, 1.25e-05, 40960, NaN
std::string count_text(double value, std::string_view noun);  // "1 epoch", "1.5 epochs"
std::string title_of(std::string_view key);                   // "mean_token_accuracy": "Mean token accuracy"

}  // namespace slipway::card
