#include "flow/wish.h"

#include "os/path.h"

namespace slipway::flow {
namespace {

bool wants_push(const PublishOptions& options) {
  if (options.push) return *options.push;
  return options.recipe.push_to_hub.value_or(false);
}

std::string target_name(const PublishOptions& options) {
  if (!options.to.empty()) return options.to;
  if (options.recipe.hub_model_id) return *options.recipe.hub_model_id;
  return os::base_name(options.recipe.output_dir.value_or(options.run));
}

}  // namespace

Result<Wish> decide_wish(hub::Client& client, const PublishOptions& options) {
  Wish wish{.push = wants_push(options)};
  wish.revision = !options.revision.empty() ? options.revision : options.recipe.hub_revision.value_or("main");
  wish.make_private = options.make_private ? options.make_private : options.recipe.hub_private_repo;
  if (!wish.push) return wish;

  std::string target = target_name(options);
  if (target.find('/') == std::string::npos) {
    SLIPWAY_TRY(hub::wire::check_repo_name(target));
    if (options.offline) {
      return fail(ErrorCode::kOffline, "HF_HUB_OFFLINE is set: without the Hub nobody knows whose '" +
                                           target + "' it is; give --to OWNER/NAME");
    }
    SLIPWAY_ASSIGN(const hub::wire::WhoAmI account, client.whoami());
    target = account.name + "/" + target;
  }
  SLIPWAY_ASSIGN(wish.repo, hub::wire::parse_repo_id(target));
  return wish;
}

Result<std::string> known_target(const PublishOptions& options) {
  const bool named = wants_push(options) || !options.to.empty() || options.recipe.push_to_hub.value_or(false);
  if (!named) return std::string();
  const std::string target = target_name(options);
  if (target.find('/') == std::string::npos) return std::string();
  SLIPWAY_ASSIGN(const hub::wire::RepoId repo, hub::wire::parse_repo_id(target));
  return repo.full();
}

}  // namespace slipway::flow
