#include "cli/app.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/error_table.h"
#include "base/size_text.h"
#include "cli/arguments.h"
#include "cli/help.h"
#include "cli/session.h"

namespace slipway::cli {
namespace {

constexpr std::size_t kJobsMax = 256;
// What one file in flight may hold: pieces being read and written, and the text of a small file.
constexpr std::uint64_t kJobBytes = 48u << 20;

using Run = Result<void> (*)(Session&);
constexpr std::array<std::pair<std::string_view, Run>, 22> kRuns = {{{"publish", run_publish},
                                                                     {"save", run_save},
                                                                     {"card", run_card},
                                                                     {"inspect", run_inspect},
                                                                     {"doctor", run_doctor},
                                                                     {"verify", run_verify},
                                                                     {"completion", run_completion},
                                                                     {"push", run_push},
                                                                     {"pull", run_pull},
                                                                     {"undo", run_undo},
                                                                     {"status", run_status},
                                                                     {"whoami", run_whoami},
                                                                     {"repo list", run_repo_list},
                                                                     {"repo create", run_repo_create},
                                                                     {"repo delete", run_repo_delete},
                                                                     {"repo move", run_repo_move},
                                                                     {"repo settings", run_repo_settings},
                                                                     {"repo tag", run_repo_tag},
                                                                     {"hub serve", run_serve},
                                                                     {"hub token create", run_token_create},
                                                                     {"hub token list", run_token_list},
                                                                     {"hub token revoke", run_token_revoke}}};

bool is_true(const os::World& world, std::string_view name) {
  std::string text = world.environment.get(name).value_or("");
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text == "1" || text == "ON" || text == "YES" || text == "TRUE";
}

Result<void> dispatch(os::World& world, os::Terminal& terminal, const Arguments& arguments, Output& output) {
  SLIPWAY_ASSIGN(const std::uint64_t jobs, arguments.number("jobs", 4, kJobsMax));
  Session session{.world = world, .terminal = terminal, .arguments = arguments, .output = output};
  SLIPWAY_ASSIGN_WITHIN(const std::uint64_t memory, "--memory",
                        parse_size(arguments.value("memory", "512MiB")));
  if (memory < kJobBytes) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("--memory {} is too little: one file at a time needs {}",
                            arguments.value("memory"), format_size(kJobBytes)));
  }
  session.jobs = std::clamp<std::size_t>(memory / kJobBytes, 1, std::max<std::size_t>(1, jobs));
  const bool wants_progress = !arguments.has("no-progress") && !arguments.has("quiet");
  session.progress = wants_progress && !is_true(world, "HF_HUB_DISABLE_PROGRESS_BARS");
  session.events = wants_progress && arguments.has("json");
  session.offline = is_true(world, "HF_HUB_OFFLINE") || is_true(world, "TRANSFORMERS_OFFLINE");
  const auto* at =
      std::ranges::find(kRuns, arguments.command->name, [](const auto& row) { return row.first; });
  SLIPWAY_CHECK(at != kRuns.end());
  return at->second(session);
}

int run_words(os::World& world, os::Terminal& terminal, const std::vector<std::string>& words) {
  const bool wants_json = std::ranges::find(words, "--json") != words.end();
  const auto arguments = read_arguments(words);
  if (!arguments) return Output(terminal, wants_json, false).fail(arguments.error());
  if (arguments->wants_version) {
    terminal.write_out("slipway " SLIPWAY_VERSION "\n");
    return 0;
  }
  if (arguments->has("help") || arguments->command == nullptr) {
    terminal.write_out(help_for(*arguments));
    return arguments->has("help") ? 0 : exit_code(ErrorCode::kInvalidArgument);
  }
  Output output(terminal, arguments->has("json"), arguments->has("quiet"));
  const auto done = dispatch(world, terminal, *arguments, output);
  return done ? 0 : output.fail(done.error());
}

}  // namespace

Result<hub::ClientOptions> client_options(const Session& session) {
  hub::ClientOptions options;
  options.endpoint = hub::find_endpoint(session.world, session.arguments.value("endpoint"));
  options.user_agent = "slipway/" SLIPWAY_VERSION;
  if (!session.arguments.has("quiet")) {
    options.tell = [&terminal = session.terminal](std::string_view text) {
      // A progress line may stand there; it is drawn anew.
      terminal.write_err(fmt::format("{}{}\n", terminal.err_is_terminal() ? "\r\x1B[K" : "", text));
    };
  }
  SLIPWAY_ASSIGN(options.token,
                 hub::find_token(session.world, session.arguments.value("token-file"), options.tell));
  return options;
}

int run(os::World& world, os::Terminal& terminal, const std::vector<std::string>& words) {
  try {
    return run_words(world, terminal, words);
  } catch (const BrokenInvariant& broken) {
    return Output(terminal, false, false)
        .fail({.code = ErrorCode::kInternal,
               .message = fmt::format("a bug in Slipway, please report it: {}", broken.what())});
  } catch (const std::bad_alloc&) {
    return Output(terminal, false, false)
        .fail({.code = ErrorCode::kIo, .message = "out of memory; lower --jobs"});
  }
}

}  // namespace slipway::cli
