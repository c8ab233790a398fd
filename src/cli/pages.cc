// The reference pages of docs/ that are made from tables.
#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/error_table.h"
#include "cli/help.h"
#include "model/fix_codes.h"

namespace slipway::cli {
namespace {

constexpr std::string_view kMade =
    "<!-- Made by `./dev docs` from the tables in the code; do not edit. -->\n";

constexpr std::string_view kJsonLines =
    "\n## With `--json`\n\n"
    "Each line on stdout is one object, and `type` says which: `event`, `warning` (`code`, `message`), "
    "`plan`, "
    "and last, whatever happened, `result`, with `ok` and `exit_code`, and when it failed `error`: `kind` "
    "([a "
    "name](errors.md)), `message` and `context`. Readers pass over types and fields that they do not "
    "know.\n\n"
    "| `event` | fields |\n| --- | --- |\n"
    "| `progress` | `stage`: `reading`, `writing`, `uploading`, `committing`, `merging`, `confirming` or "
    "`fetching`; `done` and `total`: its bytes, `total` 0 where there is nothing to count. At the beginning "
    "and "
    "at the end of each stage, at most ten a second between. Not with `--no-progress` or `--quiet`. |\n"
    "| `note` | `message`: what was done or met on the way |\n";

std::string flag_rows(std::span<const Flag> flags) {
  std::string text = "| flag | does |\n| --- | --- |\n";
  for (const Flag& flag : flags) {
    std::string head = fmt::format("`--{}{}{}`", flag.name, flag.value.empty() ? "" : " ", flag.value);
    for (std::size_t at = 0; (at = head.find('|', at)) != std::string::npos; at += 2) head.insert(at, "\\");
    if (!flag.also.empty()) head += fmt::format(" `{}{}`", flag.also.size() == 1 ? "-" : "--", flag.also);
    text += fmt::format("| {}{} | {} |\n", head, flag.repeatable ? " (may be repeated)" : "", flag.help);
  }
  return text;
}

}  // namespace

std::string cli_page() {
  std::string text =
      fmt::format("# Command line\n\n{}\n## Everywhere\n\n{}", kMade, flag_rows(global_flags()));
  text += kJsonLines;
  for (const Command& command : commands()) {
    text += fmt::format("\n## slipway {} {}\n\n{}", command.name, command.arguments, command.summary);
    if (!command.details.empty()) text += fmt::format("\n\n{}", command.details);
    text += "\n";
    if (!command.flags.empty()) text += fmt::format("\n{}", flag_rows(command.flags));
    text += "\n```sh\n";
    for (const Example& example : command.examples)
      text += fmt::format("{}  # {}\n", example.command, example.does);
    text += "```\n";
  }
  return text;
}

std::string errors_page() {
  std::string text = fmt::format(
      "# Errors and exit codes\n\n{}\nExit 0 is success. With `--json` the last line is a `result` with "
      "`\"ok\":false` and "
      "`error.kind`.\n\n| kind | exit | meaning | way out |\n| --- | --- | --- | --- |\n",
      kMade);
  for (const ErrorRow& row : error_rows()) {
    text += fmt::format("| `{}` | {} | {} | {} |\n", row.kind, row.exit_code, row.meaning, row.way_out);
  }
  return text;
}

std::map<std::string, std::string> fix_pages() {
  std::map<std::string, std::string> pages;
  std::string index = fmt::format(
      "# Fixes\n\n{}\nEvery change that Slipway makes has a code, and so has all that it reports; each code "
      "has "
      "a page.\n\n",
      kMade);
  std::vector<model::FixCode> all(model::fix_codes().begin(), model::fix_codes().end());
  std::ranges::copy(model::said_codes(), std::back_inserter(all));
  std::ranges::copy(model::problem_codes(), std::back_inserter(all));
  for (const model::FixCode& fix : all) {
    index += fmt::format("- [`{}`]({}.md): {}\n", fix.code, fix.code, fix.title);
    pages[fmt::format("{}.md", fix.code)] = fmt::format(
        "# `{}`: {}\n\n{}\nSeverity: {}.\n\n## Without it\n\n{}\n\n## What Slipway does\n\n{}\n{}", fix.code,
        fix.title, kMade, severity_name(fix.severity), fix.problem, fix.change,
        fix.loaders.empty() ? "" : fmt::format("\n## What loaders do\n\n{}\n", fix.loaders));
  }
  pages["README.md"] = index;
  return pages;
}

}  // namespace slipway::cli
