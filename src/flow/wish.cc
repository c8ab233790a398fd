#include "flow/wish.h"

#include "os/path.h"

namespace slipway::flow {
namespace {

bool wants_push(const PublishOptions& options) {
  if (options.push) return *options.push;
  return options.recipe.push_to_hub.value_or(false);
}

std::optional<std::string> first_of(const std::optional<std::string>& recipes,
                                    std::optional<std::string> run::TrainingArgs::* of_args,
                                    const run::RunFacts& run) {
  if (recipes || !run.training_args) return recipes;
  return *run.training_args.*of_args;
}

std::string target_name(const PublishOptions& options, const run::RunFacts& run) {
  const recipe::Recipe& recipe = options.recipe;
  if (!options.to.empty()) return options.to;
  if (const auto id = first_of(recipe.hub_model_id, &run::TrainingArgs::hub_model_id, run)) return *id;
  return os::base_name(first_of(recipe.output_dir, &run::TrainingArgs::output_dir, run)
                           .value_or(options.around.empty() ? options.run : options.around));
}

std::string branch(const PublishOptions& options, const run::RunFacts& run) {
  if (!options.revision.empty()) return options.revision;
  return first_of(options.recipe.hub_revision, &run::TrainingArgs::hub_revision, run).value_or("main");
}

std::optional<bool> visibility(const PublishOptions& options, const run::RunFacts& run) {
  if (options.make_private) return options.make_private;
  if (options.recipe.hub_private_repo || !run.training_args) return options.recipe.hub_private_repo;
  return run.training_args->hub_private_repo;
}

}  // namespace

Result<Wish> decide_wish(hub::Client& client, const PublishOptions& options, const run::RunFacts& run) {
  Wish wish{.push = wants_push(options),
            .revision = branch(options, run),
            .make_private = visibility(options, run)};
  if (!wish.push) return wish;

  const std::string target = target_name(options, run);
  if (options.offline && target.find('/') == std::string::npos) {
    SLIPWAY_TRY(hub::wire::check_repo_name(target));
    return fail(ErrorCode::kOffline, "HF_HUB_OFFLINE is set: without the Hub nobody knows whose '" + target +
                                         "' it is; give --to OWNER/NAME");
  }
  SLIPWAY_ASSIGN(wish.repo, client.own_repo(target));
  return wish;
}

Result<std::string> known_target(const PublishOptions& options, const run::RunFacts& run) {
  const bool named = wants_push(options) || !options.to.empty() || options.recipe.push_to_hub.value_or(false);
  if (!named) return std::string();
  const std::string target = target_name(options, run);
  if (target.find('/') == std::string::npos) return std::string();
  SLIPWAY_ASSIGN(const hub::wire::RepoId repo, hub::wire::parse_repo_id(target));
  return repo.full();
}

bool is_push_forgotten(const PublishOptions& options, const run::RunFacts& run) {
  return !options.push && !options.recipe.push_to_hub && run.training_args &&
         run.training_args->push_to_hub.value_or(false);
}

}  // namespace slipway::flow
