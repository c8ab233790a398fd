// repo list, create, delete, move, settings, tag.
#include <fmt/format.h>

#include "cli/session.h"
#include "flow/remote.h"

namespace slipway::cli {
namespace {

class RepoCommand {
 public:
  static Result<RepoCommand> open(Session& session) {
    if (session.offline)
      return fail(ErrorCode::kOffline,
                  "HF_HUB_OFFLINE is set: nothing is sent or fetched; unset it and try again");
    SLIPWAY_ASSIGN(hub::ClientOptions options, client_options(session));
    return RepoCommand(session, hub::Client(session.world, std::move(options)));
  }

  hub::Client& client() { return client_; }

  Result<hub::wire::RepoId> repo(const std::string& word) { return client_.own_repo(word); }

  void done(const std::string& repo, bool changed, const std::string& text) {
    session_.output.result(
        json::Value::object({{"repo", repo},
                             {"changed", changed},
                             {"url", fmt::format("{}/{}", client_.options().endpoint, repo)}}));
    session_.output.print(text);
  }

 private:
  RepoCommand(Session& session, hub::Client client) : session_(session), client_(std::move(client)) {}

  Session& session_;
  hub::Client client_;
};

Result<bool> wanted_visibility(const Arguments& a, bool needed) {
  if (a.has("private") && a.has("public"))
    return fail(ErrorCode::kInvalidArgument, "give either --private or --public, not both");
  if (needed && !a.has("private") && !a.has("public"))
    return fail(ErrorCode::kInvalidArgument, "what is to change? Give --private, --public or --gated");
  return !a.has("public");
}

Result<std::optional<hub::wire::Gated>> wanted_gate(const Arguments& a) {
  if (!a.has("gated")) return std::nullopt;
  const std::string word = a.value("gated");
  if (word == "auto") return std::optional(hub::wire::Gated::kAuto);
  if (word == "manual") return std::optional(hub::wire::Gated::kManual);
  if (word == "no") return std::optional(hub::wire::Gated::kNo);
  return fail(ErrorCode::kInvalidArgument, fmt::format("--gated knows auto, manual and no, not '{}'", word));
}

std::string_view visibility(bool is_private) { return is_private ? "private" : "public"; }

// An existing repository keeps its visibility.
Result<void> refuse_another(hub::Client& client, const hub::wire::RepoId& repo, bool is_private) {
  SLIPWAY_ASSIGN(const auto now, client.repo_info(repo, flow::kDefaultBranch));
  return now ? flow::refuse_other_visibility(repo, now->is_private, is_private) : Result<void>();
}

}  // namespace

Result<void> run_repo_list(Session& session) {
  SLIPWAY_ASSIGN(RepoCommand command, RepoCommand::open(session));
  std::string owner;
  if (!session.arguments.positionals.empty()) {
    owner = session.arguments.positionals.front();
  } else {
    SLIPWAY_ASSIGN(const hub::wire::WhoAmI account, command.client().whoami());
    owner = account.name;
  }
  SLIPWAY_ASSIGN(const auto repos, command.client().list_repos(owner));
  json::Value rows = json::Value::array();
  std::string text;
  for (const hub::ListedRepo& repo : repos) {
    rows.push_back(json::Value::object({{"repo", repo.id}, {"private", repo.is_private}}));
    text += fmt::format("{}{}  {}", text.empty() ? "" : "\n", repo.id, visibility(repo.is_private));
  }
  session.output.result(json::Value::object({{"owner", owner}, {"repos", std::move(rows)}}));
  if (!text.empty()) session.output.print(text);
  if (text.empty()) session.output.say(fmt::format("{} has no repositories here", owner));
  return {};
}

Result<void> run_repo_create(Session& session) {
  SLIPWAY_ASSIGN(RepoCommand command, RepoCommand::open(session));
  SLIPWAY_ASSIGN(const bool is_private, wanted_visibility(session.arguments, false));
  SLIPWAY_ASSIGN(const auto repo, command.repo(session.arguments.positionals.front()));
  SLIPWAY_ASSIGN(const bool made, command.client().create_repo(repo, is_private));
  const bool asked = session.arguments.has("private") || session.arguments.has("public");
  if (!made && asked) SLIPWAY_TRY(refuse_another(command.client(), repo, is_private));
  command.done(repo.full(), made,
               made ? fmt::format("created {}, {}", repo.full(), visibility(is_private))
                    : fmt::format("{} is there already; its settings stay", repo.full()));
  return {};
}

Result<void> run_repo_settings(Session& session) {
  const Arguments& a = session.arguments;
  const bool changes_view = a.has("private") || a.has("public") || !a.has("gated");
  SLIPWAY_ASSIGN(const auto gate, wanted_gate(a));
  SLIPWAY_ASSIGN(const bool is_private, wanted_visibility(a, changes_view));
  SLIPWAY_ASSIGN(RepoCommand command, RepoCommand::open(session));
  SLIPWAY_ASSIGN(const auto repo, command.repo(a.positionals.front()));
  if (changes_view) SLIPWAY_TRY(command.client().set_private(repo, is_private));
  if (gate) SLIPWAY_TRY(command.client().set_gated(repo, *gate));
  std::string now = changes_view ? std::string(visibility(is_private)) : std::string();
  if (gate) now += fmt::format("{}gated: {}", now.empty() ? "" : ", ", a.value("gated"));
  command.done(repo.full(), true, fmt::format("{} is {}", repo.full(), now));
  return {};
}

Result<void> run_repo_tag(Session& session) {
  const Arguments& a = session.arguments;
  SLIPWAY_ASSIGN(RepoCommand command, RepoCommand::open(session));
  SLIPWAY_ASSIGN(const auto repo, command.repo(a.positionals[0]));
  const std::string revision = a.value("revision", "main");
  SLIPWAY_ASSIGN(const bool made,
                 command.client().create_tag(repo, revision, a.positionals[1], a.value("message")));
  command.done(
      repo.full(), made,
      made ? fmt::format("{} of {} is tagged {}", revision, repo.full(), a.positionals[1])
           : fmt::format("{} has a tag {} already; it stays where it is", repo.full(), a.positionals[1]));
  return {};
}

Result<void> run_repo_move(Session& session) {
  SLIPWAY_ASSIGN(RepoCommand command, RepoCommand::open(session));
  SLIPWAY_ASSIGN(const auto from, command.repo(session.arguments.positionals[0]));
  SLIPWAY_ASSIGN(const auto to, command.repo(session.arguments.positionals[1]));
  SLIPWAY_TRY(command.client().move_repo(from, to));
  command.done(to.full(), true, fmt::format("{} is now {}", from.full(), to.full()));
  return {};
}

Result<void> run_repo_delete(Session& session) {
  SLIPWAY_ASSIGN(RepoCommand command, RepoCommand::open(session));
  SLIPWAY_ASSIGN(const auto repo, command.repo(session.arguments.positionals.front()));
  if (!session.arguments.has("yes")) {
    const auto answer =
        session.terminal.ask(fmt::format("This deletes {} for good. Type its name to go on: ", repo.full()));
    if (!answer)
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("deleting {} needs --yes here: nobody can be asked", repo.full()));
    if (*answer != repo.full())
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("'{}' is not {}; nothing was deleted", *answer, repo.full()));
  }
  SLIPWAY_TRY(command.client().delete_repo(repo));
  command.done(repo.full(), true, fmt::format("{} is deleted", repo.full()));
  return {};
}

}  // namespace slipway::cli
