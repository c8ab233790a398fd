#include "transform/merge/merge_plan.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "slipway/safetensors.h"
#include "transform/cast.h"
#include "transform/embeddings.h"
#include "transform/merge/adapter_keys.h"
#include "transform/merge/base_names.h"
#include "transform/merge/low_rank_forms.h"
#include "transform/wrapped_names.h"

namespace slipway::transform {
namespace {

using tensor::TensorInfo;

constexpr std::size_t kNamedMax = 5;

std::unexpected<Error> lie(std::string message) { return fail(ErrorCode::kCorruptData, std::move(message)); }

bool is_last_part(std::string_view name, std::string_view part) {
  return name.ends_with(part) && (name.size() == part.size() || name[name.size() - part.size() - 1] == '.');
}

// A parameter of stacked experts, and what its parts are called where each expert's lie alone.
struct StackedNames {
  std::string_view stacked;
  std::array<std::string_view, 2> parts;
};
constexpr StackedNames kStackedNames[] = {{"gate_up_proj", {"gate_proj", "up_proj"}},
                                          {"gate_up_proj", {"w1", "w3"}},
                                          {"down_proj", {"down_proj", ""}},
                                          {"down_proj", {"w2", ""}}};

struct StackedExperts {
  Shape shape{};  // of all of them in one
  std::uint64_t rows = 0;
  std::vector<ExpertSlice> slices{};
};

// Where a file may keep the experts of a module: Mixtral's are called otherwise in memory.
std::vector<std::string> expert_folders(const std::string& module) {
  std::vector<std::string> folders{module};
  constexpr std::string_view kInMemory = "mlp.experts";
  if (is_last_part(module, kInMemory))
    folders.push_back(module.substr(0, module.size() - kInMemory.size()) + "block_sparse_moe.experts");
  return folders;
}

class Planner {
 public:
  Planner(std::span<const TensorInfo> base, std::span<const TensorInfo> adapter, const AdapterConfig& config,
          bool tied)
      : base_(base),
        adapter_(adapter),
        config_(config),
        tied_(tied),
        plain_(unwrapped(base)),
        names_(base),
        embeddings_(find_embeddings(plain_)) {}

  Result<MergePlan> plan() {
    begin_with_base();
    SLIPWAY_TRY(sort_keys());
    SLIPWAY_TRY(take_full_tensors());
    learn_orientation();
    for (const auto& [place, parts] : modules_) SLIPWAY_TRY(take_module(place.first, parts));
    SLIPWAY_TRY(take_parameters());
    for (const auto& [module, index] : token_tensors_) SLIPWAY_TRY(take_rows(module, index));
    SLIPWAY_TRY(refuse_missing());
    SLIPWAY_TRY(keep_ties());
    if (adapter_.empty()) return lie("the adapter holds no tensor; save the adapter again");
    return std::move(plan_);
  }

 private:
  using Place = std::pair<std::string, int>;  // module, wrappers around it

  void begin_with_base() {
    for (std::size_t i = 0; i < base_.size(); ++i) {
      MergedTensor merged{.info = base_[i], .base = i};
      view_as_matrix(merged);
      plan_.tensors.push_back(std::move(merged));
    }
  }

  Result<void> sort_keys() {
    for (std::size_t i = 0; i < adapter_.size(); ++i) {
      const AdapterKey key = parse_adapter_key(adapter_[i].name);
      const Place place{key.module, key.depth};
      switch (key.role) {
        case KeyRole::kUnknown:
          return lie(
              fmt::format("{} in {} is nothing that a LoRA adapter holds; merge it with peft, or "
                          "publish the adapter without --merge",
                          adapter_[i].name, adapter_[i].file));
        case KeyRole::kFullTensor:
          full_.emplace_back(i, key);
          break;
        case KeyRole::kTokenRows:
          token_tensors_.emplace_back(key.module, i);
          break;
        case KeyRole::kIgnored:
        case KeyRole::kOriginal:
          break;
        default:
          SLIPWAY_TRY(modules_[place].take(key.role, i, adapter_[i]));
      }
    }
    return {};
  }

  std::optional<std::size_t> find(const std::string& name) const { return names_.find(name); }

  // The output embeddings of a tied model are the input's, and get a tensor of their own when they change.
  std::optional<std::size_t> find_or_untie(const std::string& name) {
    if (const auto at = find(name)) return at;
    const bool is_output = embeddings_ && embeddings_->input && name == embeddings_->output_name;
    if (!is_output || !tied_) return std::nullopt;
    if (!own_output_) {
      MergedTensor copy{.info = base_[*embeddings_->input], .base = *embeddings_->input};
      copy.info.name = name;
      view_as_matrix(copy);
      own_output_ = plan_.tensors.size();
      plan_.tensors.push_back(std::move(copy));
    }
    return own_output_;
  }

  bool is_input(std::size_t target) const { return embeddings_ && embeddings_->input == target; }
  std::optional<std::size_t> output_place() const {
    return own_output_ ? own_output_ : embeddings_ ? embeddings_->output : std::nullopt;
  }

  Result<void> take_full_tensors() {
    for (const auto& [index, key] : full_) {
      const auto target = find_or_untie(key.module + "." + key.parameter);
      if (!target) {
        missing_.push_back(adapter_[index].name);
        continue;
      }
      SLIPWAY_TRY(replace(*target, index, key.module));
      if (is_input(*target) && follows(key.module, index)) followed_ = index;
    }
    if (!followed_ || !tied_) return {};
    if (const auto output = output_place(); output && !plan_.tensors[*output].replacement)
      return replace(*output, *followed_, "");
    return {};
  }

  // Whether a tied head gets what the input embeddings got: peft saved the pair, it did not train one of it.
  bool follows(const std::string& module, std::size_t index) const {
    const bool grown = adapter_[index].shape != base_[*embeddings_->input].shape;
    const auto is_it = [&](const std::string& saved) { return is_last_part(module, saved); };
    return grown || config_.ensure_weight_tying || std::ranges::none_of(config_.modules_to_save, is_it);
  }

  Result<void> replace(std::size_t target, std::size_t index, const std::string& module) {
    MergedTensor& merged = plan_.tensors[target];
    const TensorInfo& full = adapter_[index];
    const Shape was = merged.info.shape;
    const bool rows_only = was.size() == full.shape.size() && !was.empty() &&
                           std::equal(was.begin() + 1, was.end(), full.shape.begin() + 1);
    const bool may_grow = embeddings_ && (is_input(target) || output_place() == target);
    if (was != full.shape && !(rows_only && may_grow)) {
      return lie(
          fmt::format("{} in {} is {} and the base's {} is {}; give the base that the adapter was "
                      "trained on with --base",
                      full.name, full.file, shape_text(full.shape), merged.info.name, shape_text(was)));
    }
    if (!is_castable(full.dtype) || !is_mergeable(merged.info.dtype)) {
      return lie(fmt::format("{} is {} in the base and {} in the adapter, and cannot be merged",
                             merged.info.name, tensor::dtype_name(merged.info.dtype),
                             tensor::dtype_name(full.dtype)));
    }
    merged.replacement = index;
    merged.module = module.empty() ? merged.info.name : module;
    merged.info.shape = full.shape;
    merged.info.size_bytes =
        tensor::tensor_size_bytes({merged.info.name, merged.info.dtype, merged.info.shape});
    view_as_matrix(merged);
    if (is_input(target) && was != full.shape) plan_.vocabulary_rows = full.shape[0];
    return {};
  }

  // peft turns matrices of transformers' Conv1D round, whatever the config says; a square one cannot show it,
  // those of its name can.
  void learn_orientation() {
    for (const auto& [place, parts] : modules_) {
      const auto target = find(place.first + ".weight");
      if (!target || !parts.a || !parts.b) continue;
      const auto turned =
          is_turned(plan_.tensors[*target].info.shape, adapter_[*parts.a].shape, adapter_[*parts.b].shape);
      if (turned) turned_.emplace(last_part(place.first), *turned);
    }
  }
  static std::string last_part(const std::string& module) { return module.substr(module.rfind('.') + 1); }

  bool orientation_of(const std::string& module) const {
    const auto known = turned_.find(last_part(module));
    return known == turned_.end() ? config_.fan_in_fan_out : known->second;
  }

  Result<void> take_module(const std::string& module, const LoraParts& parts) {
    SLIPWAY_TRY(parts.check_whole(module, adapter_));
    if (is_of_parameters(module)) {
      wrapped_[module].push_back(&parts);
      return {};
    }
    const auto target = find_or_untie(module + ".weight");
    if (!target) {
      missing_.push_back(module);
      return {};
    }
    MergedTensor& merged = plan_.tensors[*target];
    if (merged.low_rank) return lie(fmt::format("two modules of the adapter are {}", merged.info.name));
    const FormContext context{
        .module = module, .adapter = adapter_, .config = config_, .turned = orientation_of(module)};
    SLIPWAY_TRY(put_low_rank(context, parts, merged));
    if (parts.bias) return take_bias(module, *parts.bias);
    return {};
  }

  Result<void> take_bias(const std::string& module, std::size_t index) {
    const auto target = find(module + ".bias");
    if (!target) {
      return lie(
          fmt::format("{} is a bias that the adapter adds and {} has none in the base; publish the "
                      "adapter without --merge",
                      adapter_[index].name, module));
    }
    MergedTensor& merged = plan_.tensors[*target];
    if (merged.info.shape != adapter_[index].shape || !is_mergeable(merged.info.dtype) ||
        !is_castable(adapter_[index].dtype))
      return lie(fmt::format("{} does not fit {} of the base", adapter_[index].name, merged.info.name));
    merged.module = module;
    merged.bias = AddedBias{index, config_.scale_of(module)};
    return {};
  }

  // "mlp.experts.gate_up_proj" is a parameter of every module that ends in "mlp.experts".
  std::vector<std::string> parameters_of(const std::string& module) const {
    std::vector<std::string> found;
    for (const std::string& target : config_.target_parameters) {
      const std::size_t dot = target.rfind('.');
      if (dot == std::string::npos || !is_last_part(module, std::string_view(target).substr(0, dot)))
        continue;
      std::string parameter = target.substr(dot + 1);
      if (std::ranges::find(found, parameter) == found.end()) found.push_back(std::move(parameter));
    }
    return found;
  }
  bool is_of_parameters(const std::string& module) const { return !parameters_of(module).empty(); }

  // Which of a module's wrappers holds which parameter is not stored: their shapes tell.
  Result<void> take_parameters() {
    for (const auto& [module, levels] : wrapped_) {
      std::vector<std::string> names = parameters_of(module);
      for (const LoraParts* parts : levels) {
        std::vector<std::string> fitting;
        for (const std::string& name : names)
          if (fits(module, name, *parts)) fitting.push_back(name);
        if (fitting.size() != 1) {
          return lie(fmt::format(
              "{} of the adapter fits {} of the base's parameters ({}), so nobody knows "
              "where it belongs; merge it with peft",
              adapter_[*parts->a].name, fitting.empty() ? "none" : "several", fmt::join(names, ", ")));
        }
        SLIPWAY_TRY(take_parameter(module, fitting.front(), *parts));
        std::erase(names, fitting.front());
      }
    }
    return {};
  }

  bool fits(const std::string& module, const std::string& name, const LoraParts& parts) const {
    const Shape& a = adapter_[*parts.a].shape;
    const Shape& b = adapter_[*parts.b].shape;
    if (const auto target = find(module + "." + name))
      return fits_parameter(plan_.tensors[*target].info.shape, a, b);
    const auto apart = find_apart(module, name);
    return apart && fits_parameter(apart->shape, a, b);
  }

  Result<void> take_parameter(const std::string& module, const std::string& name, const LoraParts& parts) {
    const std::string path = module + "." + name;
    const FormContext context{.module = path, .adapter = adapter_, .config = config_, .turned = false};
    if (const auto target = find(path)) return put_parameter(context, parts, plan_.tensors[*target]);
    const auto apart = find_apart(module, name);
    SLIPWAY_CHECK(apart.has_value());
    for (const ExpertSlice& slice : apart->slices)
      SLIPWAY_TRY(put_slice(context, parts, apart->shape, slice, plan_.tensors[slice.tensor]));
    return {};
  }

  // What transformers 5 holds stacked in memory lies expert by expert in most files: the gate's rows, then
  // those of the other half. nullopt where it does not lie so.
  std::optional<StackedExperts> find_apart(const std::string& module, const std::string& name) const {
    for (const StackedNames& names : kStackedNames) {
      if (names.stacked != name) continue;
      for (const std::string& folder : expert_folders(module)) {
        auto found = stack(folder, names);
        if (found) return found;
      }
    }
    return std::nullopt;
  }

  std::optional<StackedExperts> stack(const std::string& folder, const StackedNames& names) const {
    StackedExperts found;
    for (std::uint64_t expert = 0;; ++expert) {
      std::uint64_t row = 0;
      for (const std::string_view part : names.parts) {
        if (part.empty()) continue;
        const auto tensor = find(fmt::format("{}.{}.{}.weight", folder, expert, part));
        if (!tensor && row == 0) return finished(std::move(found), expert);
        if (!tensor) return std::nullopt;
        const Shape& shape = plan_.tensors[*tensor].info.shape;
        if (shape.size() != 2 || (expert + row > 0 && shape[1] != found.shape[2])) return std::nullopt;
        found.slices.push_back({.tensor = *tensor, .expert = expert, .row = row});
        row += shape[0];
        found.shape = {expert + 1, row, shape[1]};
      }
      if (expert == 0) found.rows = row;
      if (row != found.rows) return std::nullopt;
    }
  }
  static std::optional<StackedExperts> finished(StackedExperts found, std::uint64_t experts) {
    return experts > 0 ? std::optional(std::move(found)) : std::nullopt;
  }

  Result<void> take_rows(const std::string& module, std::size_t index) {
    const auto target = find_or_untie(module + ".weight");
    if (!target) {
      missing_.push_back(module);
      return {};
    }
    const auto wanted = std::ranges::find_if(config_.token_rows, [&](const TokenRows& rows) {
      return rows.module.empty() || is_last_part(module, rows.module);
    });
    if (wanted == config_.token_rows.end()) {
      return lie(
          fmt::format("{} holds rows of {} and adapter_config.json does not say which "
                      "(trainable_token_indices); save the adapter again",
                      adapter_[index].name, module));
    }
    SLIPWAY_TRY(take_these_rows(*target, module, index, wanted->rows));
    const auto output = output_place();
    const bool tied = tied_ && is_input(*target) && output && *output != *target;
    return tied ? take_these_rows(*output, module, index, wanted->rows) : Result<void>();
  }

  Result<void> take_these_rows(std::size_t target, const std::string& module, std::size_t index,
                               const std::vector<std::uint64_t>& rows) {
    MergedTensor& merged = plan_.tensors[target];
    const TensorInfo& taken = adapter_[index];
    const bool fits = merged.info.shape.size() == 2 && taken.shape.size() == 2 &&
                      taken.shape[0] == rows.size() && taken.shape[1] == merged.info.shape[1] &&
                      is_castable(taken.dtype) && is_mergeable(merged.info.dtype);
    const bool inside = std::ranges::all_of(rows, [&](std::uint64_t row) { return row < merged.rows; });
    if (!fits || !inside) {
      return lie(fmt::format("{} is {} for {} tokens of {}, which is {}; save the adapter again", taken.name,
                             shape_text(taken.shape), rows.size(), merged.info.name,
                             shape_text(merged.info.shape)));
    }
    merged.module = module;
    std::map<std::uint64_t, std::uint64_t> last;  // the last of a row that stands twice
    for (std::size_t i = 0; i < rows.size(); ++i) last[rows[i]] = i;
    for (const auto& [row, from] : last) merged.rows_taken.push_back({row, index, from});
    return {};
  }

  Result<void> refuse_missing() const {
    if (missing_.empty()) return {};
    const std::span shown(missing_.data(), std::min(kNamedMax, missing_.size()));
    const std::string more =
        missing_.size() > kNamedMax ? fmt::format(" and {} more", missing_.size() - kNamedMax) : "";
    return lie(
        fmt::format("the base has no {}{}, which the adapter changes, so the merge would miss {} of its "
                    "modules; give the base that it was trained on with --base",
                    fmt::join(shown, ", "), more, missing_.size()));
  }

  // LoRA on the input embeddings of a tied model leaves its head as it was: the two part. Rows and resized
  // embeddings are the head's as well.
  Result<void> keep_ties() {
    if (!embeddings_ || !embeddings_->input) return {};
    const MergedTensor& input = plan_.tensors[*embeddings_->input];
    const bool own_change = input.low_rank || (input.replacement && !followed_);
    if (tied_ && own_change && !output_place()) {
      const std::size_t copy = *find_or_untie(std::string(embeddings_->output_name));
      if (followed_) return replace(copy, *followed_, "");
    }
    const auto output = output_place();
    if (!output || !plan_.vocabulary_rows || plan_.tensors[*output].rows == *plan_.vocabulary_rows) return {};
    return lie(
        fmt::format("{} has {} rows after the merge and {} has {}; save the adapter with both "
                    "(save_embedding_layers=True)",
                    input.info.name, *plan_.vocabulary_rows, plan_.tensors[*output].info.name,
                    plan_.tensors[*output].rows));
  }

  std::span<const TensorInfo> base_;
  std::span<const TensorInfo> adapter_;
  const AdapterConfig& config_;
  bool tied_;
  std::vector<TensorInfo> plain_;
  BaseNames names_;
  std::optional<Embeddings> embeddings_;
  std::optional<std::size_t> own_output_{};
  std::optional<std::size_t> followed_{};  // full input embeddings that are the output's too
  std::map<Place, LoraParts> modules_{};
  std::map<std::string, std::vector<const LoraParts*>> wrapped_{};  // of target_parameters
  std::map<std::string, bool> turned_{};                            // by the last part of a module's name
  std::vector<std::pair<std::size_t, AdapterKey>> full_{};
  std::vector<std::pair<std::string, std::size_t>> token_tensors_{};
  std::vector<std::string> missing_{};
  MergePlan plan_{};
};

}  // namespace

Result<MergePlan> plan_merge(std::span<const TensorInfo> base, std::span<const TensorInfo> adapter,
                             const AdapterConfig& config, bool tied) {
  return Planner(base, adapter, config, tied).plan();
}

}  // namespace slipway::transform
