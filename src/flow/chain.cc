#include "flow/chain.h"

#include <algorithm>

#include <fmt/format.h>

#include "os/os_error.h"
#include "run/base_model.h"
#include "slipway/json.h"

namespace slipway::flow {
namespace {

constexpr std::uint64_t kAdapterConfigBytesMax = 1u << 20;

// The base of the adapter in a repository; "" where there is no adapter, or no repository.
Result<std::string> base_on_hub(hub::Client& client, const std::string& id) {
  const auto repo = hub::wire::parse_repo_id(id);
  if (!repo) return std::string();
  const auto text = client.fetch_text(*repo, "main", "adapter_config.json", kAdapterConfigBytesMax);
  const bool unseen =
      !text && (text.error().code == ErrorCode::kNotFound || text.error().code == ErrorCode::kUnauthorized);
  if (unseen) return std::string();
  if (!text) return std::unexpected(text.error());
  if (!*text) return std::string();
  const auto config = json::parse(**text, {.allow_nan = true});
  const json::Value* base = config ? config->find("base_model_name_or_path") : nullptr;
  return base == nullptr ? std::string() : base->string();
}

// The recipe names neither the adapter's base nor anything on this machine, and may name an adapter.
Result<bool> only_hub_knows(os::World& world, const run::RunFacts& run, const std::string& trained_from) {
  if (trained_from.empty() || trained_from == run.adapter->base || !run::is_hub_id(trained_from))
    return false;
  const auto folder = run::find_model_folder(world.files, world.environment, trained_from);
  if (!folder && os::may_pass(folder.error())) return std::unexpected(folder.error());
  return folder && folder->empty();
}

Result<std::optional<run::AdapterChain>> seen_here(os::World& world, const run::RunFacts& run,
                                                   const std::string& trained_from,
                                                   const PublishOptions& options,
                                                   std::vector<model::Warning>& warnings) {
  auto chain = run::find_adapter_chain(world.files, world.environment, run, trained_from);
  if (chain) return std::move(*chain);
  if (os::may_pass(chain.error())) return std::unexpected(chain.error());
  const bool told = std::ranges::find(warnings, "base-unreadable", &model::Warning::code) != warnings.end();
  if (!told && options.base.empty())
    warnings.push_back(
        {"base-unreadable", fmt::format("what {} was trained on cannot be read ({}); say what it "
                                        "is with --base",
                                        run.folder, describe(chain.error()))});
  return std::nullopt;
}

}  // namespace

Result<std::optional<run::AdapterChain>> find_chain(os::World& world, hub::Client& client,
                                                    const run::RunFacts& run, const PublishOptions& options,
                                                    bool ask_hub, std::vector<model::Warning>& warnings) {
  if (!run.adapter) return std::nullopt;
  const std::string trained_from = options.recipe.model_name_or_path.value_or("");
  SLIPWAY_ASSIGN(auto chain, seen_here(world, run, trained_from, options, warnings));
  if (!chain && ask_hub) {
    SLIPWAY_ASSIGN(const bool ask, only_hub_knows(world, run, trained_from));
    if (ask) {
      SLIPWAY_ASSIGN_WITHIN(const std::string base, fmt::format("read {}", trained_from),
                            base_on_hub(client, trained_from));
      chain = run::chain_through_adapter(run, trained_from, base);
    }
  }
  const bool answered = chain && run::is_hub_id(options.base) && options.base != chain->root;
  return answered ? std::optional<run::AdapterChain>() : chain;
}

}  // namespace slipway::flow
