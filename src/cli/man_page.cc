// slipway(1), made from the flag and error tables.
#include <fmt/format.h>

#include "base/error_table.h"
#include "cli/help.h"

namespace slipway::cli {
namespace {

// Text as roff takes it word for word.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if ((c == '.' || c == '\'') && out.empty()) {
      out += fmt::format("\\&{}", c);
    } else {
      out += c;
    }
  }
  return out;
}

std::string flag_entries(std::span<const Flag> flags) {
  std::string text;
  for (const Flag& flag : flags) {
    text += fmt::format(".TP\n\\fB{}\\fR", roff(fmt::format("--{}", flag.name)));
    if (!flag.also.empty())
      text += fmt::format(", \\fB{}\\fR",
                          roff(fmt::format("{}{}", flag.also.size() == 1 ? "-" : "--", flag.also)));
    if (!flag.value.empty()) text += fmt::format(" \\fI{}\\fR", roff(flag.value));
    if (flag.repeatable) text += " ...";
    text += fmt::format("\n{}\n", roff(flag.help));
  }
  return text;
}

std::string command_entry(const Command& command) {
  std::string text = fmt::format(".SS \"slipway {} {}\"\n{}\n", roff(command.name), roff(command.arguments),
                                 roff(command.summary));
  if (!command.details.empty()) text += fmt::format(".PP\n{}\n", roff(command.details));
  text += flag_entries(command.flags);
  for (const Example& example : command.examples)
    text +=
        fmt::format(".PP\n{}:\n.PP\n.RS 4\n.nf\n{}\n.fi\n.RE\n", roff(example.does), roff(example.command));
  return text;
}

// What of the environment is read; nothing of our own.
constexpr std::pair<std::string_view, std::string_view> kVariables[] = {
    {"HF_ENDPOINT", "The Hub to speak to (https://huggingface.co)."},
    {"HF_TOKEN, HUGGING_FACE_HUB_TOKEN",
     "The token; else the file that HF_TOKEN_PATH names, or hf auth login wrote."},
    {"HF_HUB_DISABLE_IMPLICIT_TOKEN", "Only a token that is given is sent."},
    {"HF_HOME, HF_HUB_CACHE", "Where the shared cache lies."},
    {"HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE", "Prepare everything, send and fetch nothing; exit 3."},
    {"HF_HUB_DISABLE_PROGRESS_BARS, NO_COLOR", "How the talk on stderr looks."},
    {"HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE", "The way to the network."},
};

}  // namespace

std::string man_page() {
  std::string text =
      ".\\\" Made by ./dev docs from the tables in the code.\n"
      ".TH SLIPWAY 1 \"\" \"slipway " SLIPWAY_VERSION
      "\"\n"
      ".SH NAME\nslipway \\- the last stage of fine\\-tuning, from a run's folder to a published model\n"
      ".SH SYNOPSIS\n\\fBslipway\\fR \\fICOMMAND\\fR [\\fIFLAG\\fR...] [\\fIARGUMENT\\fR...]\n"
      ".SH DESCRIPTION\nSlipway takes what a training run left, aligns stop ids, cache flag and generation "
      "settings "
      "with the tokenizer, writes clean safetensors and a true model card, verifies everything and publishes "
      "it in "
      "one commit. The same command again goes on where an interrupted one stopped.\n"
      ".SH FLAGS OF EVERY COMMAND\n";
  text += flag_entries(global_flags());
  text += ".SH COMMANDS\n";
  for (const Command& command : commands()) text += command_entry(command);
  text += ".SH EXIT STATUS\n.TP\n0\nDone.\n";
  for (const ErrorRow& row : error_rows()) {
    text += fmt::format(".TP\n{} (\\fI{}\\fR)\n{}\n", row.exit_code, roff(row.kind), roff(row.meaning));
  }
  text += ".SH ENVIRONMENT\n";
  for (const auto& [name, meaning] : kVariables)
    text += fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(name), roff(meaning));
  return text;
}

}  // namespace slipway::cli
