#include "flow/provenance.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "flow/chain.h"
#include "os/path.h"
#include "run/weights.h"

namespace slipway::flow {
namespace {

constexpr std::uint64_t kBaseFileBytesMax = 64u << 20;
constexpr std::array kBaseFiles = std::to_array<std::string_view>(
    {"config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json",
     "special_tokens_map.json", "added_tokens.json", "vocab.json", "chat_template.jinja"});

// --base, then what the adapter says, then the recipe, then the run's own files.
std::vector<std::string> base_names(const run::RunFacts& run, const PublishOptions& options) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  add(options.base);
  if (run.adapter) add(run.adapter->base);
  add(options.recipe.model_name_or_path.value_or(""));
  add(run.base);
  return names;
}

Result<bool> is_local(os::World& world, const std::string& name) { return os::exists(world.files, name); }

Result<std::string> public_id(os::World& world, const std::vector<std::string>& names,
                              const std::optional<run::BaseModel>& base) {
  for (const std::string& name : names) {
    SLIPWAY_ASSIGN(const bool local, is_local(world, name));
    const std::string cached = run::id_of_cache_path(name);
    if (!cached.empty()) return cached;
    if (!local && run::is_hub_id(name)) return name;
  }
  return base ? base->id : std::string();
}

Result<std::optional<run::BaseModel>> fetch_base(hub::Client& client, const std::string& id,
                                                 std::vector<model::Warning>& warnings) {
  const auto repo = hub::wire::parse_repo_id(id);
  if (!repo) return std::nullopt;  // a legacy one-part id: nothing is fetched for it
  auto info = client.repo_info(*repo, "main");
  const bool not_seen = (info && !*info) || (!info && info.error().code == ErrorCode::kUnauthorized);
  if (not_seen) {
    warnings.push_back({"base-not-on-hub", fmt::format("{} does not know the base model {}; its id is kept",
                                                       client.options().endpoint, id)});
    return std::nullopt;
  }
  if (!info) return std::unexpected(std::move(info).error());
  run::BaseModel base{.id = id, .revision = "", .origin = client.options().endpoint + "/" + id};
  for (const std::string_view name : kBaseFiles) {
    SLIPWAY_ASSIGN(auto text, client.fetch_text(*repo, (*info)->sha, name, kBaseFileBytesMax));
    if (text) base.metadata.files.emplace(name, std::move(*text));
  }
  SLIPWAY_ASSIGN(base.readme, client.fetch_text(*repo, (*info)->sha, model::kReadmeName, kBaseFileBytesMax));
  return std::optional(std::move(base));
}

// "main" names a branch that moves on; only something that stays says what training loaded.
std::string known_revision(const PublishOptions& options, const std::optional<run::BaseModel>& base) {
  const std::string wanted = options.recipe.model_revision.value_or("");
  if (!wanted.empty() && wanted != "main") return wanted;
  return base ? base->revision : std::string();
}

std::optional<std::uint64_t> rows_of_base(os::World& world, const run::RunFacts& run,
                                          const std::optional<run::BaseModel>& base) {
  if (!run.adapter || run.output_rows || !base) return std::nullopt;
  const auto weights = run::open_base_weights(world.files, *base);
  return weights ? run::output_rows(weights->source->catalogue()) : std::nullopt;
}

Result<void> choose_datasets(os::World& world, const PublishOptions& options, Provenance& found) {
  std::vector<std::string> named = options.recipe.datasets();
  named.insert(named.end(), options.datasets.begin(), options.datasets.end());
  for (const std::string& name : named) {
    SLIPWAY_ASSIGN(const bool local, is_local(world, name));
    if (local || !run::is_hub_id(name)) {
      found.datasets_complete = false;
      found.warnings.push_back(
          {"dataset-local", fmt::format("the data set '{}' is no Hub id and is left out of the card", name)});
    } else if (std::ranges::find(found.datasets, name) == found.datasets.end()) {
      found.datasets.push_back(name);
    }
  }
  return {};
}

}  // namespace

Result<Provenance> find_provenance(os::World& world, hub::Client& client, const run::RunFacts& run,
                                   const PublishOptions& options, bool ask_hub) {
  Provenance found;
  const std::vector<std::string> names = base_names(run, options);
  SLIPWAY_ASSIGN(found.base, run::find_base(world, names));
  SLIPWAY_ASSIGN(found.chain, find_chain(world, client, run, options, ask_hub));
  // Further names are those of the chain's root, or nobody knows of what.
  if (!found.chain) {
    SLIPWAY_ASSIGN(found.base_id, public_id(world, names, found.base));
  }
  found.base_rows = rows_of_base(world, run, found.base);
  if (!options.base.empty() && !found.base && !run::is_hub_id(options.base)) {
    return fail(
        ErrorCode::kNotFound,
        fmt::format("--base {}: neither a model folder nor an id of the form OWNER/NAME", options.base));
  }
  found.base_revision = known_revision(options, found.base);
  if (!found.base && ask_hub && !found.base_id.empty()) {
    SLIPWAY_ASSIGN_WITHIN(found.base, fmt::format("read base model {}", found.base_id),
                          fetch_base(client, found.base_id, found.warnings));
  }
  SLIPWAY_TRY(choose_datasets(world, options, found));
  return found;
}

}  // namespace slipway::flow
