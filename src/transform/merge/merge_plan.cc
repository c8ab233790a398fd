#include "transform/merge/merge_plan.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "slipway/safetensors.h"
#include "transform/cast.h"
#include "transform/expert_names.h"
#include "transform/merge/adapter_keys.h"
#include "transform/merge/base_names.h"
#include "transform/merge/expert_stack.h"
#include "transform/merge/low_rank_forms.h"
#include "transform/merge/new_head.h"
#include "transform/merge/ties.h"
#include "transform/merge/vocabulary.h"
#include "transform/merge/wrapped_parameters.h"
#include "transform/wrapped_names.h"

namespace slipway::transform {
namespace {

using tensor::TensorInfo;

constexpr std::size_t kNamedMax = 5;
constexpr std::string_view kNoNewHead =
    ", or, where the adapter brings a head that the base never had, merge it with peft: only heads that give "
    "labels are added (task_type SEQ_CLS, TOKEN_CLS, QUESTION_ANS, or auto_mapping names the class)";

std::unexpected<Error> lie(std::string message) { return fail(ErrorCode::kCorruptData, std::move(message)); }

class Planner {
 public:
  Planner(std::span<const TensorInfo> base, std::span<const TensorInfo> adapter, const AdapterConfig& config,
          const BaseConfig& of_base)
      : base_(base),
        adapter_(adapter),
        config_(config),
        experts_turned_(experts_turned(config.peft_version, of_base)),
        plain_(unwrapped(base)),
        names_(base),
        head_class_(head_class(config)),
        headless_(of_base.headless),
        ties_(base, plain_, adapter, config, of_base, plan_) {}

  Result<MergePlan> plan() {
    begin_with_base();
    SLIPWAY_TRY(sort_keys());
    SLIPWAY_TRY(take_full_tensors());
    learn_orientation();
    for (const auto& [place, parts] : modules_) SLIPWAY_TRY(take_module(place.first, parts));
    SLIPWAY_TRY(take_parameters());
    for (const auto& [module, index] : token_tensors_) SLIPWAY_TRY(take_rows(module, index));
    SLIPWAY_TRY(refuse_missing());
    if (adapter_.empty()) return lie("the adapter holds no tensor; save the adapter again");
    SLIPWAY_TRY(count_labels());
    SLIPWAY_TRY(ties_.settle());
    if (!new_head_.empty()) leave_old_parts();
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
    const auto at = find(name);
    return at ? at : ties_.find(name);
  }

  Result<void> take_full_tensors() {
    for (const auto& [index, key] : full_) {
      auto target = find_or_untie(key.module + "." + key.parameter);
      if (is_head(key.module) && target && is_in_old_head(*target, key)) target.reset();
      if (!target && is_head(key.module)) {
        SLIPWAY_TRY(add_head(index, key));
        continue;
      }
      if (!target) {
        missing_.push_back(adapter_[index].name);
        continue;
      }
      const bool may_grow = ties_.may_grow(*target);
      if (is_head(key.module) && !may_grow) replaced_head_.push_back(*target);
      SLIPWAY_TRY(replace_whole(plan_.tensors[*target], adapter_[index], index, key.module,
                                may_grow || is_head(key.module)));
      ties_.note_full(*target, index, key);
    }
    return ties_.follow();
  }

  // A classifier is trained on a model that had none, or another one: peft saves its whole head.
  bool is_head(const std::string& module) const {
    return !head_class_.empty() && !base_.empty() && is_saved_whole(module, config_.modules_to_save);
  }
  // ALBERT's "sop_classifier.classifier" is not the new head's.
  bool is_in_old_head(std::size_t target, const AdapterKey& key) const {
    return !names_.has(key.module + "." + key.parameter) && is_of_old_head(plan_.tensors[target].info.name);
  }

  Result<void> add_head(std::size_t index, const AdapterKey& key) {
    SLIPWAY_ASSIGN(MergedTensor layer, layer_of_head(adapter_[index], key, base_));
    layer.replacement = index;
    new_head_.push_back(plan_.tensors.size());
    plan_.tensors.push_back(std::move(layer));
    return {};
  }

  Result<void> count_labels() {
    const bool resized = std::ranges::any_of(replaced_head_, [&](std::size_t at) {
      return plan_.tensors[at].info.shape != base_[*plan_.tensors[at].base].shape;
    });
    const bool lost = new_head_.empty() && replaced_head_.empty() && !head_class_.empty();
    if (lost && !config_.task_type.empty() && !headless_)
      return lie(
          fmt::format("the adapter was trained with another head (task_type {}) and holds nothing of it, so "
                      "the merge would still predict words; save it with the head's module named in "
                      "modules_to_save",
                      config_.task_type));
    if (new_head_.empty() && !resized) return {};
    std::vector<const MergedTensor*> head;
    for (const std::size_t at : new_head_.empty() ? replaced_head_ : new_head_)
      head.push_back(&plan_.tensors[at]);
    SLIPWAY_ASSIGN(plan_.labels, labels_of(head));
    plan_.head_class = head_class_;
    return {};
  }

  void leave_old_parts() {
    leave_old_head(plan_.tensors);
    put_prefix(missing_prefix(), plan_.tensors);
    leave_pooler(head_class_, plan_.tensors);
  }

  // That of every module, or none.
  std::string missing_prefix() const {
    std::optional<std::string> found;
    for (const auto& [place, parts] : modules_) {
      std::string one = names_.missing_prefix(place.first + ".weight");
      if (found.value_or(one) != one) return "";
      found = std::move(one);
    }
    return found.value_or("");
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
    if (is_attention(module)) return take_projection(module, module + ".in_proj_weight", parts, module);
    if (const std::string attention = attention_of(module); !attention.empty())
      return take_projection(module, module + ".weight", parts, attention);
    const auto target = find_or_untie(module + ".weight");
    if (!target) {
      SLIPWAY_ASSIGN(const bool taken, take_expert(module, parts));
      if (!taken) missing_.push_back(module);
      return {};
    }
    MergedTensor& merged = plan_.tensors[*target];
    if (merged.low_rank) return lie(fmt::format("two modules of the adapter are {}", merged.info.name));
    const FormContext context{
        .module = module, .adapter = adapter_, .config = config_, .turned = orientation_of(module)};
    SLIPWAY_TRY(put_low_rank(context, parts, merged));
    if (config_.blocks > 1 && !parts.magnitude) merged.low_rank->rounds_twice = true;
    if (parts.bias) return take_bias(module, *parts.bias);
    return {};
  }

  // torch's MultiheadAttention: peft puts an adapter on its fused input projection and one on the output's.
  bool is_attention(const std::string& module) const {
    return !find(module + ".weight") && find(module + ".in_proj_weight");
  }
  std::string attention_of(const std::string& module) const {
    constexpr std::string_view kOutput = ".out_proj";
    if (!module.ends_with(kOutput)) return "";
    std::string attention = module.substr(0, module.size() - kOutput.size());
    return modules_.contains({attention, 0}) && is_attention(attention) ? attention : "";
  }

  Result<void> take_projection(const std::string& module, const std::string& name, const LoraParts& parts,
                               const std::string& attention) {
    const auto target = find(name);
    if (!target || parts.embedding_a || parts.bias || parts.magnitude) {
      return fail(
          ErrorCode::kUnsupported,
          fmt::format("{} is of a MultiheadAttention, of which only plain LoRA is merged; merge it with "
                      "peft",
                      module));
    }
    const FormContext context{.module = attention, .adapter = adapter_, .config = config_};
    MergedTensor& merged = plan_.tensors[*target];
    SLIPWAY_TRY(put_low_rank(context, parts, merged));
    merged.module = module;
    merged.low_rank->rounds_twice = true;
    merged.low_rank->again = module != attention;
    return {};
  }

  // One expert's linear layer, whose weight is a part of a stack in the base. false: there is none.
  Result<bool> take_expert(const std::string& module, const LoraParts& parts) {
    const auto place = expert_place(module);
    if (!place) return false;
    for (const std::string& folder : expert_folders(place->folder)) {
      const auto target = find(fmt::format("{}.{}", folder, place->names.stacked));
      if (!target) continue;
      MergedTensor& merged = plan_.tensors[*target];
      const FormContext context{
          .module = module, .adapter = adapter_, .config = config_, .experts_turned = experts_turned_};
      SLIPWAY_TRY(put_expert(context, parts, *place, merged));
      merged.module = fmt::format("{}.{}", folder, place->names.stacked);
      return true;
    }
    return false;
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

  std::vector<std::string> parameters_of(const std::string& module) const {
    return transform::parameters_of(module, config_.target_parameters,
                                    [&](const std::string& name) { return holds(module, name); });
  }
  // A linear layer does not, which spares the long search.
  bool holds(const std::string& module, const std::string& parameter) const {
    if (names_.has(module + "." + parameter)) return true;
    return !names_.has(module + ".weight") &&
           (find(module + "." + parameter) || find_apart(names_, plan_.tensors, module, parameter));
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
    const auto apart = find_apart(names_, plan_.tensors, module, name);
    return apart && fits_parameter(apart->shape, a, b);
  }

  Result<void> take_parameter(const std::string& module, const std::string& name, const LoraParts& parts) {
    const std::string path = module + "." + name;
    const FormContext context{
        .module = path, .adapter = adapter_, .config = config_, .experts_turned = experts_turned_};
    if (const auto target = find(path)) return put_parameter(context, parts, plan_.tensors[*target]);
    const auto apart = find_apart(names_, plan_.tensors, module, name);
    SLIPWAY_CHECK(apart.has_value());
    for (const ExpertSlice& slice : apart->slices)
      SLIPWAY_TRY(put_slice(context, parts, apart->shape, slice, plan_.tensors[slice.tensor]));
    return {};
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
    return take_these_rows(*target, module, index, wanted->rows);
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
    const bool whole = std::ranges::any_of(full_, [&](const auto& one) {
      return std::ranges::find(missing_, adapter_[one.first].name) != missing_.end();
    });
    return lie(
        fmt::format("the base has no {}{}, which the adapter changes, so the merge would miss {} of its "
                    "modules; give the base that it was trained on with --base{}",
                    fmt::join(shown, ", "), more, missing_.size(), whole ? kNoNewHead : ""));
  }

  std::span<const TensorInfo> base_;
  std::span<const TensorInfo> adapter_;
  const AdapterConfig& config_;
  std::optional<bool> experts_turned_;
  std::vector<TensorInfo> plain_;
  BaseNames names_;
  std::string head_class_;
  bool headless_;
  MergePlan plan_{};
  Ties ties_;
  std::map<Place, LoraParts> modules_{};
  std::map<std::string, std::vector<const LoraParts*>> wrapped_{};  // of target_parameters
  std::map<std::string, bool> turned_{};                            // by the last part of a module's name
  std::vector<std::pair<std::size_t, AdapterKey>> full_{};
  std::vector<std::pair<std::string, std::size_t>> token_tensors_{};
  std::vector<std::size_t> new_head_{};       // in the plan
  std::vector<std::size_t> replaced_head_{};  // in the plan
  std::vector<std::string> missing_{};
};

}  // namespace

Result<MergePlan> plan_merge(std::span<const TensorInfo> base, std::span<const TensorInfo> adapter,
                             const AdapterConfig& config, const BaseConfig& of_base) {
  return Planner(base, adapter, config, of_base).plan();
}

}  // namespace slipway::transform
