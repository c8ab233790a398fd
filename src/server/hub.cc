#include "server/hub.h"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>

#include "base/hash.h"

namespace slipway::server {
namespace {

constexpr std::string_view kBearer = "Bearer ";

Refusal anonymous_refusal() { return {401, "RepoNotFound", "Invalid username or password."}; }

// The request's target with another repository in the place of the one it names.
std::string target_for(const Exchange& exchange, const RepoRow& repo) {
  const auto& raw = exchange.raw_segments();
  const std::size_t at = raw[0] == "api" ? 2 : 0;
  std::string target;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const bool git = i == at + 1 && raw[i].ends_with(".git");
    const std::string& part = i == at ? repo.owner : i == at + 1 ? repo.name : raw[i];
    target += fmt::format("/{}{}", part, git ? ".git" : "");
  }
  const std::string& asked = exchange.head().target;
  return target + asked.substr(std::min(asked.find('?'), asked.size()));
}

bool sees(const Account& account, const RepoRow& repo) { return !repo.is_private || !account.anonymous; }

bool reads_files(const Account& account, const RepoRow& repo) {
  return sees(account, repo) && (repo.gated.empty() || writes(account, repo.owner));
}

os::Headers challenge() { return {{"WWW-Authenticate", "Bearer realm=\"Authentication required\""}}; }

}  // namespace

std::string iso_time(std::int64_t unix_ms) {
  const std::time_t seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, unix_ms % 1000);
}

bool writes(const Account& account, const std::string& owner) {
  if (account.role == "admin") return true;
  const bool own =
      account.name == owner || std::ranges::find(account.namespaces, owner) != account.namespaces.end();
  return account.role == "write" && own;
}

std::string hash_token(std::string_view token) { return sha256_hex(as_bytes(token)); }

std::string Hub::now() const { return iso_time(world.clock.unix_ms()); }

std::optional<Account> Hub::identify(Exchange& exchange) {
  const auto closed = store->has_tokens();
  if (refused(exchange, closed)) return std::nullopt;
  if (!*closed) return Account{.name = "local", .role = "admin", .anonymous = false};
  const std::string header = exchange.head().headers.find("Authorization").value_or("");
  if (header.empty()) return Account{};
  if (!header.starts_with(kBearer)) {
    exchange.refuse({401, "", "Invalid credentials in Authorization header"}, challenge());
    return std::nullopt;
  }
  const auto token = store->find_token(hash_token(std::string_view(header).substr(kBearer.size())));
  if (refused(exchange, token)) return std::nullopt;
  if (!*token) {
    exchange.refuse({401, "", "Invalid credentials in Authorization header"}, challenge());
    return std::nullopt;
  }
  return Account{.name = (*token)->user,
                 .role = (*token)->role,
                 .token_id = (*token)->id,
                 .namespaces = (*token)->namespaces,
                 .anonymous = false};
}

std::optional<RepoRow> Hub::readable_repo(Exchange& exchange, const Account& account,
                                          const std::string& owner, const std::string& name) {
  auto repo = store->find_repo(owner, name);
  if (refused(exchange, repo)) return std::nullopt;
  if (*repo && sees(account, **repo)) return std::move(**repo);
  if (!*repo && sent_to_new_name(exchange, account, owner, name)) return std::nullopt;
  if (account.anonymous) {
    exchange.refuse(anonymous_refusal(), challenge());
  } else {
    exchange.refuse(not_found("RepoNotFound", "Repository not found"));
  }
  return std::nullopt;
}

bool Hub::sent_to_new_name(Exchange& exchange, const Account& account, const std::string& owner,
                           const std::string& name) {
  const auto& raw = exchange.raw_segments();
  const bool by_address = raw.size() >= 2 && (raw[0] != "api" || (raw.size() >= 4 && raw[1] == "models"));
  if (!by_address) return false;
  const auto repo = store->find_renamed(owner, name);
  if (refused(exchange, repo)) return true;
  if (!*repo || !sees(account, **repo)) return false;
  exchange.empty(307, {{"Location", target_for(exchange, **repo)}});
  return true;
}

bool Hub::may_read_files(Exchange& exchange, const Account& account, const RepoRow& repo) {
  if (reads_files(account, repo)) return true;
  const std::string restricted = fmt::format("Access to model {} is restricted", repo.full());
  if (account.anonymous) {
    exchange.refuse(
        {401, "GatedRepo",
         restricted + ". You must have access to it and be authenticated to access it. Please log in."},
        challenge());
  } else {
    exchange.refuse({403, "GatedRepo", restricted + " and you are not in the authorized list."});
  }
  return false;
}

Result<bool> Hub::may_use_object(const Account& account, const RepoRow& repo, const std::string& oid) {
  SLIPWAY_ASSIGN(const bool stored, blobs.has(oid));
  if (!stored) return false;
  SLIPWAY_ASSIGN(const auto holders, store->holders(oid));
  const auto open = [&](const RepoRow& row) { return row.key == repo.key || reads_files(account, row); };
  if (std::ranges::any_of(holders, open)) return true;
  return store->was_sent(oid, account.name);
}

bool Hub::may_write(Exchange& exchange, const Account& account, const std::string& owner) {
  if (account.anonymous) {
    exchange.refuse(anonymous_refusal(), challenge());
    return false;
  }
  if (writes(account, owner)) return true;
  exchange.refuse(
      {403, "", fmt::format("You don't have the rights to write under the namespace \"{}\".", owner)});
  return false;
}

bool Hub::may_propose(Exchange& exchange, const Account& account) {
  if (account.role == "admin" || account.role == "write") return true;
  if (account.anonymous) {
    exchange.refuse(anonymous_refusal(), challenge());
  } else {
    exchange.refuse({403, "", "This token may only read."});
  }
  return false;
}

std::optional<Place> Hub::readable_place(Exchange& exchange, const RepoRow& repo,
                                         const std::string& revision) {
  auto commit = store->find_commit(repo.key, revision);
  if (refused(exchange, commit)) return std::nullopt;
  if (*commit) return Place{repo, std::move(**commit)};
  exchange.refuse(not_found("RevisionNotFound", fmt::format("Invalid rev id: {}", revision)));
  return std::nullopt;
}

}  // namespace slipway::server
