// push, pull and whoami.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/size_text.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "flow/pull.h"
#include "flow/push_folder.h"
#include "os/path.h"

namespace slipway::cli {
namespace {

// Both orders are understood, as in `hf upload`: what exists as a folder is the folder.
Result<void> read_push_targets(Session& session, flow::PushOptions& options) {
  const auto& words = session.arguments.positionals;
  const auto is_folder = [&](const std::string& word) {
    const auto stat = session.world.files.stat(word);
    return stat && stat->kind == os::FileKind::kDirectory;
  };
  if (is_folder(words[0])) {
    options.folder = words[0];
    options.repo = words[1];
  } else if (is_folder(words[1])) {
    options.folder = words[1];
    options.repo = words[0];
  } else {
    return fail(ErrorCode::kNotFound, fmt::format("{} is no folder", words[0]));
  }
  return {};
}

Result<void> read_visibility(const Arguments& a, std::optional<bool>& make_private) {
  if (a.has("private") && a.has("public")) {
    return fail(ErrorCode::kInvalidArgument, "give either --private or --public, not both");
  }
  if (a.has("private") || a.has("public")) make_private = a.has("private");
  return {};
}

Result<void> refuse_offline(const Session& session) {
  if (!session.offline) return {};
  return fail(ErrorCode::kOffline,
              "HF_HUB_OFFLINE is set: nothing is sent or fetched; unset it and try again");
}

// What every training leaves beside its model is not sent, and said in one line.
std::string state_lines(const std::vector<std::string>& left_out) {
  const auto count = std::ranges::count_if(left_out, release::is_training_state);
  if (count == 0) return "";
  const auto first = std::ranges::find_if(left_out, release::is_training_state);
  return fmt::format("  stays here: {}{}: what a training goes on from\n", *first,
                     count > 1 ? fmt::format(" and {} more", count - 1) : "");
}

Result<void> push_with(Session& session, const flow::PushOptions& options) {
  SLIPWAY_ASSIGN(hub::ClientOptions hub_options, client_options(session));
  hub::Client client(session.world, std::move(hub_options));
  Progress progress(session.terminal, session.world.clock, session.progress, session.events);
  SLIPWAY_ASSIGN(const flow::PublishResult result,
                 flow::push_folder(session.world, client, options, progress));
  progress.finish();
  for (const model::Warning& warning : result.warnings) session.output.warn(warning);
  session.output.line(plan_json(result));
  session.output.result(publish_json(result));
  session.output.print(state_lines(result.left_out) + publish_text(result));
  return {};
}

}  // namespace

Result<void> run_push(Session& session) {
  const Arguments& a = session.arguments;
  SLIPWAY_TRY(refuse_offline(session));
  flow::PushOptions options;
  SLIPWAY_TRY(read_push_targets(session, options));
  SLIPWAY_TRY(read_visibility(a, options.make_private));
  options.revision = a.value("revision", options.revision);
  options.include = a.all("include");
  options.exclude = a.all("exclude");
  options.deleted = a.all("delete");
  options.commit_message = a.value("commit-message", options.commit_message);
  options.allowed_secrets = a.all("allow-secret");
  options.create_pr = a.has("create-pr");
  options.allow_several = a.has("allow-several-commits");
  options.replan = a.has("replan");
  options.dry_run = a.has("dry-run");
  options.jobs = session.jobs;
  return once_for_all_ranks(session, options.folder, [&] { return push_with(session, options); });
}

Result<void> run_pull(Session& session) {
  const Arguments& a = session.arguments;
  const flow::PullOptions options{.repo = a.positionals.front(),
                                  .revision = a.value("revision", "main"),
                                  .out = a.maybe("out"),
                                  .include = a.all("include"),
                                  .exclude = a.all("exclude"),
                                  .jobs = session.jobs,
                                  .offline = session.offline};
  SLIPWAY_ASSIGN(hub::ClientOptions hub_options, client_options(session));
  hub::Client client(session.world, std::move(hub_options));
  Progress progress(session.terminal, session.world.clock, session.progress, session.events);
  SLIPWAY_ASSIGN(const flow::PullResult result, flow::pull(session.world, client, options, progress));
  progress.finish();
  json::Value files = json::Value::array();
  for (const std::string& path : result.files) files.push_back(path);
  session.output.result(
      json::Value::object({{"repo", result.repo},
                           {"revision", result.revision},
                           {"commit", result.commit},
                           {"folder", result.folder},
                           {"changed", result.received_bytes != 0},
                           {"files", std::move(files)},
                           {"bytes", json::Value::object({{"received", result.received_bytes},
                                                          {"already_there", result.already_there_bytes}})},
                           {"seconds", result.seconds}}));
  session.output.print(fmt::format("{}", result.folder));
  session.output.say(fmt::format("{} files of {} at {}; received {}; {}", result.files.size(), result.repo,
                                 result.commit, format_size(result.received_bytes),
                                 format_duration(result.seconds)));
  return {};
}

Result<void> run_whoami(Session& session) {
  SLIPWAY_TRY(refuse_offline(session));
  SLIPWAY_ASSIGN(hub::ClientOptions hub_options, client_options(session));
  hub::Client client(session.world, std::move(hub_options));
  SLIPWAY_ASSIGN(const hub::wire::WhoAmI account, client.whoami());
  json::Value orgs = json::Value::array();
  for (const std::string& org : account.orgs) orgs.push_back(org);
  session.output.result(json::Value::object({{"name", account.name},
                                             {"orgs", std::move(orgs)},
                                             {"role", account.role},
                                             {"endpoint", client.options().endpoint}}));
  session.output.print(account.name);
  if (!account.orgs.empty())
    session.output.say(fmt::format("organisations: {}", fmt::join(account.orgs, ", ")));
  session.output.say(fmt::format("endpoint: {}", client.options().endpoint));
  return {};
}

}  // namespace slipway::cli
