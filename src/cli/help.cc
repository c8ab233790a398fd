#include "cli/help.h"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::cli {
namespace {

std::string flag_head(const Flag& flag) {
  std::string head = fmt::format("--{}", flag.name);
  if (!flag.value.empty()) head += fmt::format(" {}", flag.value);
  if (flag.repeatable) head += "...";
  if (!flag.also.empty()) head += fmt::format(", {}{}", flag.also.size() == 1 ? "-" : "--", flag.also);
  return head;
}

std::string flag_lines(std::span<const Flag> flags) {
  std::string text;
  for (const Flag& flag : flags) text += fmt::format("  {:<28} {}\n", flag_head(flag), flag.help);
  return text;
}

std::string wrap(std::string_view text, std::size_t width) {
  std::string out;
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    if (column != 0 && column + 1 + space > width) {
      out += '\n';
      column = 0;
    }
    if (column != 0) {
      out += ' ';
      ++column;
    }
    out += text.substr(0, space);
    column += space;
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return out;
}

std::string command_help(const Command& command) {
  std::string text = fmt::format("slipway {} {}\n\n{}\n", command.name, command.arguments, command.summary);
  if (!command.details.empty()) text += fmt::format("\n{}\n", wrap(command.details, 90));
  if (!command.flags.empty()) text += fmt::format("\nFlags\n{}", flag_lines(command.flags));
  text += fmt::format("\nEverywhere\n{}\nExamples\n", flag_lines(global_flags()));
  for (const Example& example : command.examples)
    text += fmt::format("  {}\n      {}\n", example.command, example.does);
  return text;
}

std::string overview(std::string_view noun) {
  std::string text =
      noun.empty() ? "slipway: the last stage of fine-tuning, from a run's folder to a published model\n\n"
                   : fmt::format("slipway {}\n\n", noun);
  text += "Commands\n";
  for (const Command& command : commands()) {
    if (!noun.empty() && !command.name.starts_with(fmt::format("{} ", noun))) continue;
    text += fmt::format("  {:<18} {}\n", command.name, command.summary);
  }
  if (!noun.empty()) return text;
  text += fmt::format("\nEverywhere\n{}", flag_lines(global_flags()));
  text += "\nExamples\n";
  for (const Command& command : commands().first(1)) {
    for (const Example& example : command.examples)
      text += fmt::format("  {}\n      {}\n", example.command, example.does);
  }
  return text + "\n`slipway COMMAND --help` says more. Exit codes: docs/errors.md.\n";
}

}  // namespace

std::string help_for(const Arguments& arguments) {
  return arguments.command != nullptr ? command_help(*arguments.command) : overview(arguments.help_topic);
}

}  // namespace slipway::cli
