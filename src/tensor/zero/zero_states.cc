#include "tensor/zero/zero_states.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "pickle/look.h"
#include "tensor/tensor_name.h"

namespace slipway::tensor {
namespace {

using pickle::Graph;
using pickle::Kind;
using pickle::NodeId;

std::unexpected<Error> corrupt(std::string message) {
  return fail(ErrorCode::kCorruptData, std::move(message));
}

// Something else than None, or an empty list or dict.
bool says_something(const Graph& graph, NodeId id) {
  if (id == pickle::kNoNode || graph.at(id).kind == Kind::kNone) return false;
  if (pickle::is_mapping(graph, id)) return !graph.at(id).pairs.empty();
  const auto* items = pickle::items_of(graph, id);
  return items == nullptr || !items->empty();
}

Result<std::string> name_at(const Graph& graph, NodeId id) {
  auto name = graph.text(id);
  if (!name) return corrupt("names a parameter by something that is no text");
  return *std::move(name);
}

Result<std::vector<ZeroParameter>> shapes(const Graph& graph, NodeId mapping) {
  std::vector<ZeroParameter> found;
  if (!says_something(graph, mapping)) return found;
  if (!pickle::is_mapping(graph, mapping)) return corrupt("lists its parameters in an unknown way");
  for (const auto& [key, value] : graph.at(mapping).pairs) {
    SLIPWAY_ASSIGN(std::string name, name_at(graph, key));
    SLIPWAY_ASSIGN_WITHIN(auto shape, "tensor " + shown_name(name), read_size(graph, value));
    found.push_back({.name = std::move(name), .shape = std::move(shape)});
  }
  return found;
}

Result<std::vector<ZeroGroup>> groups_of(const Graph& graph, NodeId listed) {
  std::vector<ZeroGroup> groups;
  const auto* items = pickle::items_of(graph, listed);
  const std::vector<NodeId> one{listed};
  if (!says_something(graph, listed)) return groups;
  for (const NodeId group : items != nullptr ? *items : one) {
    SLIPWAY_ASSIGN(ZeroGroup parameters, shapes(graph, group));
    groups.push_back(std::move(parameters));
  }
  return groups;
}

Result<std::map<std::string, TorchTensor>> fragments_of(const TorchFile& file, NodeId mapping) {
  std::map<std::string, TorchTensor> found;
  if (!says_something(file.graph(), mapping)) return found;
  if (!pickle::is_mapping(file.graph(), mapping)) return corrupt("keeps frozen parameters in an unknown way");
  for (const auto& [key, value] : file.graph().at(mapping).pairs) {
    SLIPWAY_ASSIGN(std::string name, name_at(file.graph(), key));
    SLIPWAY_ASSIGN_WITHIN(TorchTensor tensor, "tensor " + shown_name(name), file.tensor(value));
    found.insert_or_assign(std::move(name), std::move(tensor));
  }
  return found;
}

// A dict, or pairs.
Result<std::vector<std::pair<std::string, std::string>>> shared_of(const Graph& graph, NodeId id) {
  std::vector<std::pair<NodeId, NodeId>> pairs;
  if (!says_something(graph, id)) return std::vector<std::pair<std::string, std::string>>{};
  if (pickle::is_mapping(graph, id)) pairs = graph.at(id).pairs;
  if (const auto* items = pickle::items_of(graph, id)) {
    for (const NodeId item : *items) {
      const auto* pair = pickle::items_of(graph, item);
      if (pair == nullptr || pair->size() != 2) return corrupt("shares parameters in an unknown way");
      pairs.emplace_back((*pair)[0], (*pair)[1]);
    }
  }
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& [alias, source] : pairs) {
    SLIPWAY_ASSIGN(std::string to, name_at(graph, alias));
    SLIPWAY_ASSIGN(std::string from, name_at(graph, source));
    found.emplace_back(std::move(to), std::move(from));
  }
  return found;
}

Result<void> refuse_other_parallelism(const Graph& graph) {
  if (says_something(graph, pickle::find(graph, graph.root(), "ds_autoep_layers")))
    return fail(ErrorCode::kUnsupported,
                "its experts are cut over ranks (AutoEP), which are not put together here; save the model "
                "gathered");
  const auto ranks =
      pickle::whole_number(graph, pickle::find(graph, graph.root(), "mp_world_size")).value_or(1);
  if (ranks > 1)
    return fail(ErrorCode::kUnsupported,
                fmt::format("the model is cut by tensor parallelism over {} ranks, which is not put together "
                            "here; let DeepSpeed load it and save the model gathered (save_16bit_model)",
                            ranks));
  return {};
}

// A number, or ZeroStageEnum(number), or as early Python 3.11 writes a member of an enum.
std::optional<std::uint64_t> stage_of(const Graph& graph, NodeId id) {
  constexpr auto kNames =
      std::to_array<std::string_view>({"disabled", "optimizer_states", "gradients", "weights"});
  if (const auto plain = pickle::whole_number(graph, id)) return plain;
  if (id == pickle::kNoNode || graph.at(id).kind != Kind::kCall) return std::nullopt;
  const auto& arguments = graph.at(graph.at(id).arguments).items;
  if (arguments.size() == 1) return pickle::whole_number(graph, arguments[0]);
  if (arguments.size() != 2) return std::nullopt;
  const auto name = std::ranges::find(kNames, graph.text(arguments[1]).value_or(""));
  if (name == kNames.end()) return std::nullopt;
  return static_cast<std::uint64_t>(name - kNames.begin());
}

// One number, or one a group.
std::uint64_t ranks_of(const Graph& graph, NodeId id) {
  if (const auto plain = pickle::whole_number(graph, id)) return *plain;
  std::uint64_t most = 0;
  if (const auto* items = pickle::items_of(graph, id)) {
    for (const NodeId item : *items) most = std::max(most, pickle::whole_number(graph, item).value_or(0));
  }
  return most;
}

}  // namespace

Result<ModelStates> read_model_states(const TorchFile& file) {
  const Graph& graph = file.graph();
  SLIPWAY_TRY(refuse_other_parallelism(graph));
  const auto at = [&](std::string_view key) { return pickle::find(graph, graph.root(), key); };
  if (!pickle::is_mapping(graph, at("module"))) return corrupt("holds no model states (no dict `module`)");
  ModelStates states;
  SLIPWAY_ASSIGN(states.module, read_state_dict(file, at("module")));
  if (const auto* names = pickle::items_of(graph, at("buffer_names"))) {
    for (const NodeId name : *names) states.buffers.insert(graph.text(name).value_or(""));
  }
  SLIPWAY_ASSIGN(states.groups, groups_of(graph, at("param_shapes")));
  SLIPWAY_ASSIGN(states.frozen, shapes(graph, at("frozen_param_shapes")));
  SLIPWAY_ASSIGN(states.fragments, fragments_of(file, at("frozen_param_fragments")));
  SLIPWAY_ASSIGN(states.shared, shared_of(graph, at("shared_params")));
  return states;
}

Result<OptimStates> read_optim_states(const TorchFile& file) {
  const Graph& graph = file.graph();
  const NodeId state = pickle::find(graph, graph.root(), "optimizer_state_dict");
  const auto at = [&](std::string_view key) { return pickle::find(graph, state, key); };
  OptimStates states;
  const NodeId groups = at("single_partition_of_fp32_groups");
  const NodeId flat = at("fp32_flat_groups");
  states.stage_3 = flat != pickle::kNoNode;
  const auto* parts = pickle::items_of(graph, states.stage_3 ? flat : groups);
  if (parts == nullptr)
    return fail(ErrorCode::kUnsupported,
                "holds no weights in 32 bits where ZeRO keeps them; save the model gathered");
  const std::uint64_t stage = stage_of(graph, at("zero_stage")).value_or(states.stage_3 ? 3 : 1);
  if ((stage == 3) != states.stage_3 || stage > 3)
    return corrupt(fmt::format("says that it is of stage {}, but holds what another keeps", stage));
  states.ranks = ranks_of(graph, at("partition_count"));
  for (std::size_t i = 0; i < parts->size(); ++i) {
    SLIPWAY_ASSIGN_WITHIN(TorchTensor part, fmt::format("group {}", i), file.tensor((*parts)[i]));
    if (part.dtype != Dtype::kF32)
      return fail(ErrorCode::kUnsupported, fmt::format("group {} is of {} where weights in 32 bits should be",
                                                       i, dtype_name(part.dtype)));
    states.parts.push_back(std::move(part));
  }
  return states;
}

}  // namespace slipway::tensor
