#include "flow/provenance.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "flow/chain.h"
#include "model/base_check.h"
#include "os/os_error.h"
#include "os/path.h"
#include "run/metadata_files.h"

namespace slipway::flow {
namespace {

constexpr std::uint64_t kBaseFileBytesMax = 64u << 20;
constexpr std::array kBaseFiles = std::to_array<std::string_view>(
    {"config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json",
     "special_tokens_map.json", "added_tokens.json", "vocab.json", "chat_template.jinja"});

// --base, then what the adapter says, then the recipe, then the run's own files. Of an adapter that names a
// path the card may know the id.
std::vector<std::string> base_names(const run::RunFacts& run, const PublishOptions& options) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  add(options.base);
  if (run.adapter) add(run.adapter->base);
  add(options.recipe.model_name_or_path.value_or(""));
  add(run.base);
  if (run.adapter && !run::is_hub_id(run.adapter->base)) add(run.card_base);
  return names;
}

// What may not be looked at may be there: it is no public id.
Result<bool> is_local(os::World& world, const std::string& name) {
  const auto there = os::exists(world.files, name);
  if (!there && !os::may_pass(there.error())) return true;
  return there;
}

// The public id that a name means; "" for a folder that says none.
Result<std::string> id_of(os::World& world, const std::string& name) {
  const std::string cached = run::id_of_cache_path(name);
  if (!cached.empty()) return cached;
  SLIPWAY_ASSIGN(const bool local, is_local(world, name));
  return !local && run::is_hub_id(name) ? name : std::string();
}

Result<std::string> first_id(os::World& world, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    SLIPWAY_ASSIGN(std::string id, id_of(world, name));
    if (!id.empty()) return id;
  }
  return std::string();
}

// Of two names one may be the folder and one the id of the same model; two ids are two models, and
// nothing of the one is said of the other.
Result<std::vector<std::string>> names_of_one_model(os::World& world, const std::vector<std::string>& names) {
  SLIPWAY_ASSIGN(const std::string wanted, first_id(world, names));
  std::vector<std::string> same;
  for (const std::string& name : names) {
    SLIPWAY_ASSIGN(const std::string id, id_of(world, name));
    if (id.empty() || id == wanted) same.push_back(name);
  }
  return same;
}

// A base that the caller has asked for must be readable; any other one is then not known. What may pass is an
// error: the same command would make another release.
Result<void> no_base(const std::string& name, const Error& error, const PublishOptions& options,
                     std::vector<model::Warning>& warnings) {
  if (os::may_pass(error)) return std::unexpected(error);
  if (name == options.base) return std::unexpected(within("--base " + name, error));
  warnings.push_back(
      {"base-unreadable", fmt::format("the base {} cannot be read ({}) and is taken as not known; "
                                      "give one that can be read with --base",
                                      name, describe(error))});
  return {};
}

Result<std::optional<run::BaseModel>> whole_base(os::World& world, const std::string& name) {
  SLIPWAY_ASSIGN(auto base, run::find_base(world, {name}));
  if (base) SLIPWAY_TRY_WITHIN(base->origin, model::check_base(base->metadata));
  return base;
}

// A folder that the caller names must hold a model; only an id may be one of a model that is elsewhere.
Result<std::optional<run::BaseModel>> asked_for(os::World& world, const PublishOptions& options) {
  if (options.base.empty() || hub::is_remote_address(options.base)) return std::nullopt;
  SLIPWAY_ASSIGN(const bool local, is_local(world, options.base));
  if (!local && run::is_hub_id(options.base)) return std::nullopt;
  auto base = whole_base(world, options.base);
  if (!base) return std::unexpected(within("--base " + options.base, std::move(base).error()));
  if (*base) return base;
  return fail(ErrorCode::kNotFound,
              fmt::format("--base {}: {}; give the folder of the model, or its id (OWNER/NAME)", options.base,
                          local ? "no folder of a model (it has no config.json)"
                                : "neither a model folder nor an id of the form OWNER/NAME"));
}

Result<std::optional<run::BaseModel>> first_base(os::World& world, const std::vector<std::string>& names,
                                                 const PublishOptions& options,
                                                 std::vector<model::Warning>& warnings) {
  for (const std::string& name : names) {
    auto base = whole_base(world, name);
    if (base && *base) return base;
    if (!base) SLIPWAY_TRY(no_base(name, base.error(), options, warnings));
  }
  return std::nullopt;
}

Result<std::optional<run::BaseModel>> fetch_base(hub::Client& client, const std::string& id,
                                                 const PublishOptions& options,
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
  if (const auto whole = model::check_base(base.metadata); !whole) {
    SLIPWAY_TRY(no_base(id, within(base.origin, whole.error()), options, warnings));
    return std::nullopt;
  }
  SLIPWAY_ASSIGN(base.readme, client.fetch_text(*repo, (*info)->sha, model::kReadmeName, kBaseFileBytesMax));
  return std::optional(std::move(base));
}

// "main" names a branch that moves on; only something that stays says what training loaded. A revision
// counts for the id that it came with.
std::string known_revision(const run::RunFacts& run, const PublishOptions& options, const Provenance& found) {
  if (found.base_id.empty()) return "";
  const std::string wanted = options.recipe.model_revision.value_or("");
  const std::string of = options.recipe.model_name_or_path.value_or(run.base);
  if (!wanted.empty() && wanted != "main" && of == found.base_id) return wanted;
  return found.base && found.base->id == found.base_id ? found.base->revision : std::string();
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

// A base that is read where it lies, at one commit of a repository.
Result<void> open_remote_base(hub::Client& client, const PublishOptions& options, Provenance& found) {
  if (!hub::is_remote_address(options.base)) return {};
  if (options.offline)
    return fail(ErrorCode::kOffline, fmt::format("HF_HUB_OFFLINE is set: --base {} cannot be read; unset it, "
                                                 "or give a folder",
                                                 options.base));
  SLIPWAY_ASSIGN_WITHIN(found.remote_base, "--base " + options.base,
                        hub::RemoteFolder::open(client, options.base));
  run::BaseModel base{.id = found.remote_base->address().repo.full(),
                      .revision = found.remote_base->commit(),
                      .origin = found.remote_base->root()};
  SLIPWAY_ASSIGN_WITHIN(base.metadata, "--base " + options.base,
                        run::read_metadata(*found.remote_base, base.origin));
  SLIPWAY_TRY_WITHIN("--base " + options.base, model::check_base(base.metadata));
  if (const auto readme =
          os::read_file(*found.remote_base, os::join(base.origin, model::kReadmeName), kBaseFileBytesMax))
    base.readme = *readme;
  found.base = std::move(base);
  return {};
}

}  // namespace

Result<Provenance> find_provenance(os::World& world, hub::Client& client, const run::RunFacts& run,
                                   const PublishOptions& options, bool ask_hub) {
  Provenance found;
  SLIPWAY_ASSIGN(found.base, asked_for(world, options));
  SLIPWAY_TRY(open_remote_base(client, options, found));
  SLIPWAY_ASSIGN(std::vector<std::string> names, names_of_one_model(world, base_names(run, options)));
  if (found.remote_base) {
    names = {found.base->id};
  } else if (!found.base) {
    SLIPWAY_ASSIGN(found.base, first_base(world, names, options, found.warnings));
  }
  SLIPWAY_ASSIGN(found.chain, find_chain(world, client, run, options, ask_hub, found.warnings));
  // Further names are those of the chain's root, or nobody knows of what.
  if (!found.chain) {
    SLIPWAY_ASSIGN(found.base_id, first_id(world, names));
    if (found.base_id.empty() && found.base) found.base_id = found.base->id;
    const bool is_other = found.base && !found.base->id.empty() && found.base->id != found.base_id;
    if (is_other) found.base.reset();  // a link into the cache of another model
  }
  if (run.adapter && found.base) {
    os::FileSystem& files = found.remote_base ? *found.remote_base : world.files;
    found.base_weights = run::open_base_weights(files, *found.base);
  }
  found.base_revision = known_revision(run, options, found);
  if (!found.base && ask_hub && !found.base_id.empty()) {
    SLIPWAY_ASSIGN_WITHIN(found.base, fmt::format("read base model {}", found.base_id),
                          fetch_base(client, found.base_id, options, found.warnings));
  }
  SLIPWAY_TRY(choose_datasets(world, options, found));
  return found;
}

}  // namespace slipway::flow
