#include "release/weights_plan.h"

#include <algorithm>
#include <map>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/hash.h"
#include "base/size_text.h"
#include "release/main_dtype.h"
#include "run/weights.h"
#include "slipway/json.h"
#include "slipway/safetensors.h"
#include "tensor/index.h"
#include "tensor/shard_name.h"
#include "transform/cast.h"
#include "transform/embeddings.h"
#include "transform/natural_order.h"
#include "transform/shard_plan.h"
#include "transform/tied.h"
#include "transform/wrapped_names.h"

namespace slipway::release {
namespace {

// Values that stay in their own type because the model's code asks for it: expert routing biases.
constexpr std::string_view kKeptSuffix = "e_score_correction_bias";

json::Value config_of(const run::RunFacts& run) { return model::value_of(run.metadata, "config.json"); }

// An adapter's config.json is its base's.
bool is_quantised(const run::RunFacts& run) {
  return !run.adapter && !run.dequantised && model::is_quantised(run.metadata);
}
bool says_tied(const run::RunFacts& run) { return !run.adapter && transform::says_tied(config_of(run)); }

std::string json_text(std::string_view text) { return json::print(json::Value(std::string(text))); }

class WeightsPlan {
 public:
  WeightsPlan(const run::RunFacts& run, const WeightWish& wish, Assembly& assembly, Plan& plan)
      : run_(run), wish_(wish), assembly_(assembly), plan_(plan), source_(source_of(run, wish)) {}

  Result<void> make() {
    if (wish_.dtype && is_quantised(run_)) {
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("the weights of {} are quantised and cannot be cast; leave --dtype out, or "
                              "give --dequantise too if "
                              "bitsandbytes made them in 4 bits",
                              run_.folder));
    }
    choose_tensors();
    SLIPWAY_TRY(refuse_twins());
    view_ = std::make_shared<transform::ViewSource>(source_, viewed_);
    plan_.view = view_;
    drop_old_files();
    const std::vector<transform::Shard> shards = cut();
    for (const transform::Shard& shard : shards) SLIPWAY_TRY(put_shard(shard));
    if (shards.size() > 1) put_index(shards);
    describe(shards);
    return {};
  }

 private:
  std::string stem() const { return run_.adapter ? "adapter_model" : "model"; }

  // What training computes with, where that is more exact than the model's own weights and it matters.
  static std::shared_ptr<const tensor::TensorSource> source_of(const run::RunFacts& run,
                                                               const WeightWish& wish) {
    const tensor::OpenedWeights& weights = *run.weights;
    if (!weights.masters || !wish.dtype) return weights.source;
    const auto is_another = [&](const tensor::TensorInfo& info) {
      return transform::is_castable(info.dtype) && info.dtype != *wish.dtype &&
             !weights.set.own_dtype.contains(info.name);
    };
    return std::ranges::any_of(weights.source->catalogue(), is_another) ? weights.masters : weights.source;
  }

  std::optional<tensor::Dtype> dtype_of(const tensor::TensorInfo& info) const {
    const bool by_config = !wish_.dtype_reason.empty();
    if (by_config && run_.weights->set.own_dtype.contains(info.name)) return std::nullopt;
    if (!wish_.dtype || !transform::is_castable(info.dtype)) return std::nullopt;
    if (info.name.ends_with(kKeptSuffix)) return std::nullopt;
    return wish_.dtype;
  }

  // A safetensors file is sorted by dtype and bytes of the name; shards should follow the layers.
  std::vector<std::size_t> order() const {
    const auto catalogue = source_->catalogue();
    std::vector<std::size_t> indices(catalogue.size());
    std::iota(indices.begin(), indices.end(), std::size_t{0});
    std::ranges::sort(indices, [&](std::size_t a, std::size_t b) {
      return transform::natural_less(catalogue[a].name, catalogue[b].name);
    });
    return indices;
  }

  // The name of a tied pair's only matrix is the input's; wrappers' words go.
  std::string name_of(const std::string& stored) const {
    if (lone_output_ && stored == lone_output_->output_name) return std::string(lone_output_->input_name);
    return wish_.unwrap ? transform::unwrapped(stored, replicas_) : stored;
  }

  void name_tensors() {
    const auto catalogue = source_->catalogue();
    replicas_ = transform::replicas_of(catalogue);
    lone_output_ = transform::find_embeddings(catalogue);
    if (lone_output_ && (lone_output_->input || !says_tied(run_))) lone_output_.reset();
    if (const tensor::TensorInfo* wrapped = wish_.unwrap ? transform::find_wrapped(catalogue) : nullptr) {
      plan_.fixes.push_back({.code = "names-wrapped",
                             .file = wrapped->file,
                             .path = wrapped->name,
                             .before = json_text(wrapped->name),
                             .after = json_text(name_of(wrapped->name)),
                             .reason = "a word of the training stands in the tensors' names (a wrapper's, or "
                                       "the adapter's own name), and no loader finds them"});
    }
  }

  void choose_tensors() {
    const auto catalogue = source_->catalogue();
    const auto pair =
        wish_.drop_tied ? transform::find_embedding_pair(transform::unwrapped(catalogue)) : std::nullopt;
    name_tensors();
    for (const std::size_t i : order()) {
      if (pair && i == pair->target) {
        plan_.fixes.push_back(
            {.code = "tied-copy-dropped",
             .file = catalogue[i].file,
             .path = catalogue[i].name,
             .before = "",
             .after = "",
             .reason = fmt::format("it holds the same bytes as {}, and the config ties the two",
                                   catalogue[pair->source].name)});
        continue;
      }
      viewed_.push_back({i, name_of(catalogue[i].name), dtype_of(catalogue[i])});
    }
  }

  // Two stored names can become one when wrappers' words go.
  Result<void> refuse_twins() const {
    std::vector<std::string_view> names;
    for (const transform::Viewed& viewed : viewed_) names.push_back(viewed.name);
    std::ranges::sort(names);
    const auto twin = std::ranges::adjacent_find(names);
    if (twin == names.end()) return {};
    return fail(
        ErrorCode::kCorruptData,
        fmt::format(
            "{} stands twice in {}, with and without a word of the training in its name, or once for each of "
            "two adapters; save the model, or the one adapter, again",
            *twin, run_.folder));
  }

  void drop_old_files() {
    for (const std::string& file : run_.weights->set.files) assembly_.drop(file);
    if (!run_.weights->set.index_file.empty()) assembly_.drop(run_.weights->set.index_file);
  }

  // The run's own files with their tensors, or the greedy rule.
  std::vector<transform::Shard> cut() const {
    if (run_.adapter) return transform::plan_shards(view_->catalogue(), stem(), UINT64_MAX);
    if (wish_.shard_bytes_max || wish_.rewrite) {
      return transform::plan_shards(view_->catalogue(), stem(),
                                    wish_.shard_bytes_max.value_or(transform::kShardBytesDefault));
    }
    std::map<std::string, std::vector<std::size_t>> files;
    for (std::size_t i = 0; i < view_->catalogue().size(); ++i)
      files[view_->catalogue()[i].file].push_back(i);
    std::vector<transform::Shard> shards;
    for (auto& [file, tensors] : files) {
      const tensor::ShardName name{.stem = stem(), .number = shards.size() + 1, .count = files.size()};
      shards.push_back({tensor::shard_file_name(name), std::move(tensors)});
    }
    return shards;
  }

  Result<void> put_shard(const transform::Shard& shard) {
    std::vector<tensor::TensorSpec> specs;
    std::string identity;
    for (const std::size_t index : shard.tensors) {
      const tensor::TensorInfo& to = view_->catalogue()[index];
      const tensor::TensorInfo& from = source_->catalogue()[viewed_[index].tensor];
      specs.push_back({to.name, to.dtype, to.shape});
      identity += fmt::format("{} {} {} ", from.file, from.file_offset_bytes, tensor::dtype_name(from.dtype));
    }
    SLIPWAY_ASSIGN_WITHIN(const auto layout, shard.file,
                          tensor::lay_out_safetensors(specs, {{"format", "pt"}}));
    SLIPWAY_ASSIGN(ContentPtr content, transform::shard_content(view_, shard));
    PlannedFile file{.path = shard.file,
                     .content = std::move(content),
                     .size = layout.file_size_bytes,
                     .origin = Origin::kFixed,
                     .identity = "shard " + sha256_hex(as_bytes(inputs() + identity + layout.header))};
    for (std::size_t i = 0; i < specs.size(); ++i) {
      tensor::TensorInfo info = view_->catalogue()[shard.tensors[i]];
      info.file_offset_bytes = layout.offset_bytes[i];
      file.tensors.push_back(std::move(info));
    }
    assembly_.put(std::move(file));
    return {};
  }

  std::string inputs() const {
    std::string text = run_.weights_identity;
    for (const run::RunFile& file : run_.files) {
      if (std::ranges::find(run_.weights->set.files, file.path) != run_.weights->set.files.end())
        text += identity_of(file) + "\n";
    }
    return text;
  }

  void put_index(const std::vector<transform::Shard>& shards) {
    tensor::WeightIndex index{.total_size = 0, .total_parameters = 0};
    for (const transform::Shard& shard : shards) {
      for (const std::size_t i : shard.tensors) {
        const tensor::TensorInfo& info = view_->catalogue()[i];
        index.weight_map[info.name] = shard.file;
        *index.total_size += info.size_bytes;
        *index.total_parameters += tensor::elements_of(info);
      }
    }
    assembly_.put(stem() + ".safetensors.index.json", tensor::print_index(index));
  }

  void describe(const std::vector<transform::Shard>& shards) {
    if (run_.dequantised && run_.dequantised->state_tensors > 0) {
      plan_.fixes.push_back(
          {.code = "weights-dequantised",
           .file = shards.front().file,
           .path = "",
           .before = "\"4 bits\"",
           .after = json_text(main_dtype(run_, wish_)),
           .reason = fmt::format("{} asks for it: exactly what bitsandbytes computes with; {} tensors "
                                 "that only it reads are gone",
                                 run_.dequantised->why, run_.dequantised->state_tensors)});
    }
    if (run_.restacked) {
      plan_.fixes.push_back(
          {.code = "experts-restacked",
           .file = shards.front().file,
           .path = "",
           .before = std::to_string(run_.restacked->before),
           .after = std::to_string(run_.restacked->after),
           .reason =
               fmt::format("--experts {} asks for it: the number of tensors; their numbers are the same",
                           run_.restacked->stacked ? "stacked" : "apart")});
    }
    std::map<tensor::Dtype, std::size_t> cast;
    for (std::size_t i = 0; i < viewed_.size(); ++i) {
      const tensor::Dtype from = source_->catalogue()[viewed_[i].tensor].dtype;
      if (view_->catalogue()[i].dtype != from) ++cast[from];
    }
    for (const auto& [from, count] : cast) {
      plan_.fixes.push_back(
          {.code = "weights-cast",
           .file = shards.front().file,
           .path = "",
           .before = fmt::format("\"{}\"", tensor::dtype_name(from)),
           .after = fmt::format("\"{}\"", tensor::dtype_name(*wish_.dtype)),
           .reason =
               fmt::format("{}: {} tensors, rounded to nearest even",
                           wish_.dtype_reason.empty() ? "--dtype asks for it" : wish_.dtype_reason, count)});
    }
    if (run_.format != "safetensors") return describe_conversion(shards);
    if (run_.adapter) return;  // always one file, whatever the state of its training was called
    std::vector<std::string> names;
    for (const transform::Shard& shard : shards) names.push_back(shard.file);
    if (std::ranges::is_permutation(names, run_.weights->set.files)) return;
    plan_.fixes.push_back(
        {.code = "weights-resharded",
         .file = shards.front().file,
         .path = "",
         .before = std::to_string(run_.weights->set.files.size()),
         .after = std::to_string(shards.size()),
         .reason = fmt::format("the number of files: a shard holds at most {}",
                               format_size(wish_.shard_bytes_max.value_or(transform::kShardBytesDefault)))});
  }

  void describe_conversion(const std::vector<transform::Shard>& shards) {
    const std::vector<std::string>& from = run_.weights->set.files;
    plan_.fixes.push_back(
        {.code = "weights-converted",
         .file = shards.front().file,
         .path = "",
         .before = json_text(run_.format),
         .after = "\"safetensors\"",
         .reason =
             fmt::format("from {} file{} ({}{}): {}", from.size(), from.size() == 1 ? "" : "s", from.front(),
                         from.size() == 1 ? "" : ", ...", run::foreign_weights(run_)->words)});
  }

  const run::RunFacts& run_;
  const WeightWish& wish_;
  Assembly& assembly_;
  Plan& plan_;
  std::shared_ptr<const tensor::TensorSource> source_;
  std::size_t replicas_ = 0;
  std::optional<transform::Embeddings> lone_output_{};  // of a tied pair stored under the output's name
  std::vector<transform::Viewed> viewed_{};
  std::shared_ptr<const transform::ViewSource> view_{};
};

}  // namespace

Result<void> lay_out_weights(const run::RunFacts& run, const WeightWish& wish, Assembly& assembly,
                             Plan& plan) {
  if (wish.shard_bytes_max == 0)
    return fail(ErrorCode::kInvalidArgument, "--max-shard-size must be at least one byte");
  return WeightsPlan(run, wish, assembly, plan).make();
}

}  // namespace slipway::release
