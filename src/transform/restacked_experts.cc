#include "transform/restacked_experts.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "transform/expert_names.h"
#include "transform/range_source.h"

namespace slipway::transform {
namespace {

using tensor::TensorInfo;

constexpr std::uint64_t kExpertsMax = 4096;
constexpr std::string_view kWeight = ".weight";
constexpr std::string_view kOfMemory = ".mlp.";
constexpr std::string_view kOfFiles = ".block_sparse_moe.";

std::unexpected<Error> lie(std::string message) { return fail(ErrorCode::kCorruptData, std::move(message)); }

// The two stacks of a family: the first names of each are mlp's, the second Mixtral's.
std::vector<StackedNames> names_of(ExpertFamily family) {
  std::vector<StackedNames> found;
  for (const StackedNames& names : stacked_names())
    if (names.parts[0].starts_with('w') == (family == ExpertFamily::kMixtral)) found.push_back(names);
  return found;
}

class Restacking {
 public:
  Restacking(std::shared_ptr<const tensor::TensorSource> source, ExpertFamily family, bool stacked)
      : source_(std::move(source)), from_(source_->catalogue()), family_(family), stacked_(stacked) {}

  Result<std::shared_ptr<const tensor::TensorSource>> make() {
    for (std::size_t i = 0; i < from_.size(); ++i) SLIPWAY_TRY(take(i));
    if (!experts_) {
      return fail(ErrorCode::kInvalidArgument,
                  "--experts: the model holds no experts under the names of its kind; leave the flag out");
    }
    for (const auto& [name, stack] : stacks_) SLIPWAY_TRY(put_stack(name, stack));
    if (!changed_) return source_;
    return std::make_shared<const RangeSource>(source_, std::move(made_));
  }

 private:
  struct Stack {
    StackedNames names{};
    std::map<std::pair<std::uint64_t, std::size_t>, std::size_t> tensors{};  // of expert and part
  };

  Result<void> take(std::size_t i) {
    const std::string& name = from_[i].name;
    if (const auto place = place_of(name)) {
      experts_ = true;
      if (!stacked_) return keep(i);
      Stack& stack = stacks_[fmt::format("{}.{}", renamed(place->folder), place->names.stacked)];
      stack.names = place->names;
      stack.tensors[{place->expert, place->part}] = i;
      return {};
    }
    const auto names = names_of_stack(name);
    if (names) experts_ = true;
    return names && !stacked_ ? put_apart(i, *names) : keep(i);
  }

  std::optional<ExpertPlace> place_of(std::string_view name) const {
    if (!name.ends_with(kWeight)) return std::nullopt;
    auto place = expert_place(name.substr(0, name.size() - kWeight.size()));
    const bool of_family =
        place && place->names.parts[0].starts_with('w') == (family_ == ExpertFamily::kMixtral);
    return of_family ? place : std::nullopt;
  }

  std::optional<StackedNames> names_of_stack(std::string_view name) const {
    for (const StackedNames& names : names_of(family_))
      if (name.ends_with(fmt::format(".experts.{}", names.stacked))) return names;
    return std::nullopt;
  }

  // Mixtral's blocks alone have another name in memory.
  std::string renamed(std::string name) const {
    if (family_ != ExpertFamily::kMixtral) return name;
    const std::string_view from = stacked_ ? kOfFiles : kOfMemory;
    const std::size_t at = name.find(from);
    if (at != std::string::npos) name.replace(at, from.size(), stacked_ ? kOfMemory : kOfFiles);
    return name;
  }

  Result<void> keep(std::size_t i) {
    TensorInfo info = from_[i];
    info.name = renamed(info.name);
    changed_ = changed_ || info.name != from_[i].name;
    made_.push_back({std::move(info), {{.tensor = i, .size = from_[i].size_bytes}}});
    return {};
  }

  Result<void> put_stack(const std::string& name, const Stack& stack) {
    const std::uint64_t experts = stack.tensors.rbegin()->first.first + 1;
    const std::size_t parts = stack.names.part_count();
    if (experts > kExpertsMax)
      return lie(fmt::format("{} would hold {} experts; save the model again", name, experts));
    RangedTensor made{.info = from_[stack.tensors.begin()->second]};
    const TensorInfo first = made.info;
    made.info.name = name;
    made.info.size_bytes = 0;
    for (std::uint64_t expert = 0; expert < experts; ++expert) {
      for (std::size_t part = 0; part < parts; ++part) {
        const auto at = stack.tensors.find({expert, part});
        if (at == stack.tensors.end())
          return lie(fmt::format("{}: of {} experts number {} has no {}; save the model again", name, experts,
                                 expert, stack.names.parts[part]));
        const TensorInfo& info = from_[at->second];
        if (info.shape != first.shape || info.dtype != first.dtype || info.shape.size() != 2)
          return lie(fmt::format("{} in {} is not of the shape and type of {}; save the model again",
                                 info.name, info.file, first.name));
        made.ranges.push_back({.tensor = at->second, .size = info.size_bytes});
        made.info.size_bytes += info.size_bytes;
      }
    }
    made.info.shape = {experts, parts * first.shape[0], first.shape[1]};
    made_.push_back(std::move(made));
    changed_ = true;
    return {};
  }

  Result<void> put_apart(std::size_t i, const StackedNames& names) {
    const TensorInfo& stack = from_[i];
    const std::size_t parts = names.part_count();
    const auto& shape = stack.shape;
    if (shape.size() != 3 || shape[0] == 0 || shape[0] > kExpertsMax || shape[1] % parts != 0 ||
        stack.size_bytes % (shape[0] * parts) != 0)
      return lie(
          fmt::format("{} in {} is no stack of experts; save the model again", stack.name, stack.file));
    const std::string folder = renamed(stack.name.substr(0, stack.name.size() - names.stacked.size()));
    const std::uint64_t size = stack.size_bytes / (shape[0] * parts);
    for (std::uint64_t place = 0; place < shape[0] * parts; ++place) {
      TensorInfo info = stack;
      info.name = fmt::format("{}{}.{}.weight", folder, place / parts, names.parts[place % parts]);
      info.shape = {shape[1] / parts, shape[2]};
      info.size_bytes = size;
      made_.push_back({std::move(info), {{.tensor = i, .begin = place * size, .size = size}}});
    }
    changed_ = true;
    return {};
  }

  std::shared_ptr<const tensor::TensorSource> source_;
  std::span<const TensorInfo> from_;
  ExpertFamily family_;
  bool stacked_;
  bool experts_ = false;
  bool changed_ = false;
  std::map<std::string, Stack> stacks_{};  // by the name of what they become
  std::vector<RangedTensor> made_{};
};

}  // namespace

Result<std::shared_ptr<const tensor::TensorSource>> restack_experts(
    std::shared_ptr<const tensor::TensorSource> source, ExpertFamily family, bool stacked) {
  return Restacking(std::move(source), family, stacked).make();
}

}  // namespace slipway::transform
