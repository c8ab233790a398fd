#include "cli/completions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/completion_words.h"

namespace slipway::cli {
namespace {

// Within single quotes of a POSIX shell.
std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// The same for fish, which knows \' there.
std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

// "a:b" as one entry of zsh's _describe.
std::string described(const std::string& word, std::string_view help) {
  std::string name;
  for (const char c : word) name += c == ':' ? std::string("\\:") : std::string(1, c);
  return shell_quoted(fmt::format("{}:{}", name, help));
}

// Words of the kind, as a pattern of `case`.
std::string pattern(ValueKind kind) {
  std::vector<std::string> all;
  for (const Flag* flag : flags_with_value())
    if (value_kind(flag->value) == kind)
      for (std::string& word : spellings(*flag)) all.push_back(std::move(word));
  return fmt::format("{}", fmt::join(all, "|"));
}

std::string path_pattern() {
  std::vector<std::string> all;
  for (const std::string& path : paths()) all.push_back(shell_quoted(path));
  return fmt::format("{}", fmt::join(all, "|"));
}

std::string flag_words(const Command& command) {
  std::vector<std::string> all;
  for (const Flag* flag : flags_of(command)) all.push_back("--" + std::string(flag->name));
  return fmt::format("{}", fmt::join(all, " "));
}

std::string next_words(const Branch& branch) {
  std::vector<std::string> all;
  for (const auto& [word, help] : branch.next) all.push_back(word);
  return fmt::format("{}", fmt::join(all, " "));
}

}  // namespace

std::string bash_completion() {
  std::string text =
      "# Completion of slipway for bash, made from its flag table: `slipway completion bash`.\n"
      "_slipway() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path= words= i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case \"$path${path:+ }${COMP_WORDS[i]}\" in\n";
  text += fmt::format("      {}) path+=\"${{path:+ }}${{COMP_WORDS[i]}}\" ;;\n    esac\n  done\n",
                      path_pattern());
  text += "  COMPREPLY=()\n  case \"$prev\" in\n";
  for (const Flag* flag : flags_with_value()) {
    if (value_kind(flag->value) != ValueKind::kWords) continue;
    text += fmt::format("    {}) COMPREPLY=($(compgen -W {} -- \"$cur\")); return ;;\n",
                        fmt::join(spellings(*flag), "|"), shell_quoted(spaced(flag->value)));
  }
  text += fmt::format("    {}) return ;;\n", pattern(ValueKind::kFile));
  text +=
      fmt::format("    {}) compopt +o default 2> /dev/null; return ;;\n  esac\n", pattern(ValueKind::kOther));
  text += "  if [[ $cur == -* ]]; then\n    case \"$path\" in\n";
  for (const Command& command : commands())
    text +=
        fmt::format("      {}) words={} ;;\n", shell_quoted(command.name), shell_quoted(flag_words(command)));
  text += "      *) words='--help --version' ;;\n    esac\n  else\n    case \"$path\" in\n";
  for (const Branch& branch : branches())
    text +=
        fmt::format("      {}) words={} ;;\n", shell_quoted(branch.path), shell_quoted(next_words(branch)));
  text += "    esac\n  fi\n  [[ -z $words ]] || COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\n";
  return text + "complete -o default -F _slipway slipway\n";
}

std::string zsh_completion() {
  std::string text =
      "#compdef slipway\n"
      "# Completion of slipway for zsh, made from its flag table: `slipway completion zsh`.\n"
      "_slipway() {\n"
      "  local place= i\n"
      "  local -a entries\n"
      "  for ((i = 2; i < CURRENT; i++)); do\n"
      "    case \"$place${place:+ }${words[i]}\" in\n";
  text +=
      fmt::format("      {}) place+=\"${{place:+ }}${{words[i]}}\" ;;\n    esac\n  done\n", path_pattern());
  text += "  case \"${words[CURRENT-1]}\" in\n";
  for (const Flag* flag : flags_with_value()) {
    if (value_kind(flag->value) != ValueKind::kWords) continue;
    text +=
        fmt::format("    {}) compadd {}; return ;;\n", fmt::join(spellings(*flag), "|"), spaced(flag->value));
  }
  text += fmt::format("    {}) _files; return ;;\n", pattern(ValueKind::kFile));
  text += fmt::format("    {}) return ;;\n  esac\n", pattern(ValueKind::kOther));
  text += "  if [[ ${words[CURRENT]} == -* ]]; then\n    case \"$place\" in\n";
  for (const Command& command : commands()) {
    text += fmt::format("      {}) entries=(\n", shell_quoted(command.name));
    for (const Flag* flag : flags_of(command))
      text += fmt::format("        {}\n", described("--" + std::string(flag->name), flag->help));
    text += "      ) ;;\n";
  }
  text += "      *) entries=('--help:Show what there is.' '--version:Print the version.') ;;\n    esac\n";
  text += "    _describe -o flag entries\n    return\n  fi\n  case \"$place\" in\n";
  for (const Branch& branch : branches()) {
    text += fmt::format("    {}) entries=(\n", shell_quoted(branch.path));
    for (const auto& [word, help] : branch.next) text += fmt::format("      {}\n", described(word, help));
    text += "    ); _describe command entries ;;\n";
  }
  text += "    *) _files ;;\n  esac\n}\n";
  return text +
         "if [[ ${funcstack[1]} == _slipway ]]; then\n  _slipway \"$@\"\nelse\n  compdef _slipway "
         "slipway\nfi\n";
}

std::string fish_completion() {
  std::string text =
      "# Completion of slipway for fish, made from its flag table: `slipway completion fish`.\n"
      "function __slipway_path\n"
      "  set -l place ''\n"
      "  for word in (commandline -opc)[2..]\n"
      "    switch (string trim \"$place $word\")\n";
  std::string cases;
  for (const std::string& path : paths()) cases += " " + fish_quoted(path);
  text +=
      fmt::format("      case{}\n        set place (string trim \"$place $word\")\n    end\n  end\n", cases);
  text +=
      "  echo $place\nend\nfunction __slipway_at\n  set -l place (__slipway_path)\n"
      "  test \"$place\" = \"$argv\"\nend\n";
  for (const Branch& branch : branches()) {
    for (const auto& [word, help] : branch.next) {
      text +=
          fmt::format("complete -c slipway -n {} -f -a {} -d {}\n",
                      fish_quoted(fmt::format("__slipway_at '{}'", branch.path)), word, fish_quoted(help));
    }
  }
  for (const Command& command : commands()) {
    const std::string here = fish_quoted(fmt::format("__slipway_at '{}'", command.name));
    for (const Flag* flag : flags_of(command)) {
      text += fmt::format("complete -c slipway -n {} -l {}", here, flag->name);
      if (!flag->also.empty()) text += fmt::format(" -{} {}", flag->also.size() == 1 ? "s" : "l", flag->also);
      const ValueKind kind = value_kind(flag->value);
      if (kind == ValueKind::kWords) text += fmt::format(" -x -a {}", fish_quoted(spaced(flag->value)));
      if (kind == ValueKind::kFile) text += " -r -F";
      if (kind == ValueKind::kOther) text += " -x";
      text += fmt::format(" -d {}\n", fish_quoted(flag->help));
    }
  }
  return text;
}

}  // namespace slipway::cli
