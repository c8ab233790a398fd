#include "cli/arguments.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/edit_distance.h"

namespace slipway::cli {
namespace {

std::unexpected<Error> usage(std::string message) {
  return fail(ErrorCode::kInvalidArgument, std::move(message));
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& names,
                       std::string_view dashes) {
  const auto near = nearest(word, names);
  return near ? fmt::format("; did you mean {}{}?", dashes, *near) : std::string();
}

bool is_noun(std::string_view word) {
  return std::ranges::any_of(commands(),
                             [&](const Command& c) { return c.name.starts_with(fmt::format("{} ", word)); });
}

}  // namespace

std::string Arguments::value(std::string_view flag, std::string_view fallback) const {
  const auto at = values_.find(std::string(flag));
  return at == values_.end() ? std::string(fallback) : at->second.back();
}

std::vector<std::string> Arguments::all(std::string_view flag) const {
  const auto at = values_.find(std::string(flag));
  return at == values_.end() ? std::vector<std::string>{} : at->second;
}

std::optional<std::string> Arguments::maybe(std::string_view flag) const {
  return has(flag) ? std::optional(value(flag)) : std::nullopt;
}

Result<std::uint64_t> Arguments::number(std::string_view flag, std::uint64_t fallback,
                                        std::uint64_t max) const {
  if (!has(flag)) return fallback;
  const std::string text = value(flag);
  std::uint64_t parsed = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (problem != std::errc{} || end != text.data() + text.size() || parsed > max) {
    return usage(fmt::format("--{} wants a whole number up to {}, not '{}'", flag, max, text));
  }
  return parsed;
}

class ArgumentReader {
 public:
  explicit ArgumentReader(const std::vector<std::string>& words) : words_(words) {}

  Result<Arguments> read() {
    SLIPWAY_TRY(read_command());
    bool flags_ended = false;
    for (; at_ < words_.size(); ++at_) {
      const std::string& word = words_[at_];
      if (!flags_ended && word == "--") {
        flags_ended = true;
      } else if (!flags_ended && word.size() > 1 && word.starts_with('-')) {
        SLIPWAY_TRY(read_flag(word));
      } else {
        arguments_.positionals.push_back(word);
      }
    }
    SLIPWAY_TRY(check_count());
    return std::move(arguments_);
  }

 private:
  // The verb, of one to three words; global flags may stand before it.
  Result<void> read_command() {
    while (at_ < words_.size() && words_[at_].starts_with('-')) {
      if (words_[at_] == "--version")
        arguments_.wants_version = true;
      else
        SLIPWAY_TRY(read_flag(words_[at_]));
      ++at_;
    }
    if (at_ >= words_.size()) return {};
    std::string name;
    for (std::size_t count = 1; count <= 3 && at_ + count <= words_.size(); ++count) {
      name += (count == 1 ? "" : " ") + words_[at_ + count - 1];
      if (const Command* found = find_command(name)) {
        arguments_.command = found;
        at_ += count;
        return {};
      }
      if (!is_noun(name)) break;
      arguments_.help_topic = name;
    }
    return unknown_verb(name);
  }

  Result<void> unknown_verb(const std::string& name) {
    const bool asks_help =
        std::ranges::any_of(words_, [](const auto& w) { return w == "--help" || w == "-h"; });
    if (!arguments_.help_topic.empty() && (asks_help || name == arguments_.help_topic)) {
      at_ = words_.size();
      arguments_.values_["help"].push_back("");
      return {};
    }
    std::vector<std::string_view> names;
    for (const Command& command : commands()) names.push_back(command.name);
    return usage(fmt::format("there is no command '{}'{}", name, suggestion(name, names, "slipway ")));
  }

  const Flag* find_flag(std::string_view name) const {
    const auto matches = [&](const Flag& flag) {
      return flag.name == name || (!flag.also.empty() && flag.also == name);
    };
    if (arguments_.command != nullptr) {
      const auto& own = arguments_.command->flags;
      if (const auto at = std::ranges::find_if(own, matches); at != own.end()) return &*at;
    }
    const auto global = global_flags();
    const auto at = std::ranges::find_if(global, matches);
    return at == global.end() ? nullptr : &*at;
  }

  Result<void> read_flag(const std::string& word) {
    const std::string_view body = std::string_view(word).substr(word.starts_with("--") ? 2 : 1);
    const std::size_t equals = body.find('=');
    const std::string_view name = body.substr(0, equals);
    const Flag* flag = find_flag(name);
    if (flag == nullptr) return unknown_flag(word, name);
    std::string value;
    if (flag->value.empty()) {
      if (equals != std::string_view::npos) return usage(fmt::format("--{} takes no value", flag->name));
    } else if (equals != std::string_view::npos) {
      value = body.substr(equals + 1);
    } else {
      if (at_ + 1 >= words_.size())
        return usage(fmt::format("--{} wants {} after it", flag->name, flag->value));
      value = words_[++at_];
    }
    auto& values = arguments_.values_[std::string(flag->name)];
    if (!flag->repeatable && !flag->value.empty() && !values.empty()) {
      return usage(fmt::format("--{} was given twice", flag->name));
    }
    values.push_back(std::move(value));
    return {};
  }

  Result<void> unknown_flag(std::string_view word, std::string_view name) const {
    std::vector<std::string_view> names;
    for (const Flag& flag : global_flags()) names.push_back(flag.name);
    if (arguments_.command != nullptr) {
      for (const Flag& flag : arguments_.command->flags) names.push_back(flag.name);
    }
    const std::string_view where = arguments_.command == nullptr ? "slipway" : arguments_.command->name;
    return usage(fmt::format("{} knows no flag '{}'{}", where, word.substr(0, word.find('=')),
                             suggestion(name, names, "--")));
  }

  Result<void> check_count() const {
    const Command* command = arguments_.command;
    if (command == nullptr || arguments_.has("help")) return {};
    const std::size_t count = arguments_.positionals.size();
    if (count >= command->positionals_min && count <= command->positionals_max) return {};
    return usage(fmt::format("write: slipway {}{}{}", command->name, command->arguments.empty() ? "" : " ",
                             command->arguments));
  }

  const std::vector<std::string>& words_;
  std::size_t at_ = 0;
  Arguments arguments_{};
};

Result<Arguments> read_arguments(const std::vector<std::string>& words) {
  return ArgumentReader(words).read();
}

}  // namespace slipway::cli
