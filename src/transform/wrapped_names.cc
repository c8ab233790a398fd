#include "transform/wrapped_names.h"

#include <algorithm>
#include <array>

#include "transform/merge/adapter_keys.h"

namespace slipway::transform {
namespace {

constexpr auto kWrappers =
    std::to_array<std::string_view>({"_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"});
constexpr std::string_view kReplica = "module.";

constexpr std::size_t kReplicasMax = 8;

bool is_wrapper(std::string_view word) { return std::ranges::find(kWrappers, word) != kWrappers.end(); }

// Without what torch.compile, FSDP and checkpointing put into it.
std::string bare(std::string_view name) {
  std::string plain;
  for (std::string_view rest = name; !rest.empty();) {
    const std::size_t end = std::min(rest.find('.'), rest.size() - 1) + 1;  // behind the dot
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(end);
    if (!word.ends_with('.') || !is_wrapper(word.substr(0, word.size() - 1))) plain += word;
  }
  return plain;
}

}  // namespace

std::string unwrapped(std::string_view name, std::size_t replicas) {
  const std::string plain = bare(name);
  std::string_view rest = plain;
  for (std::size_t i = 0; i < replicas && rest.starts_with(kReplica); ++i)
    rest.remove_prefix(kReplica.size());
  return saved_name(rest);
}

std::size_t replicas_of(std::span<const tensor::TensorInfo> catalogue) {
  std::size_t least = catalogue.empty() ? 0 : kReplicasMax;
  for (const tensor::TensorInfo& info : catalogue) {
    const std::string plain = bare(info.name);
    std::size_t own = 0;
    while (own < least && std::string_view(plain).substr(own * kReplica.size()).starts_with(kReplica)) ++own;
    least = own;
    if (least == 0) break;
  }
  return least;
}

std::vector<tensor::TensorInfo> unwrapped(std::span<const tensor::TensorInfo> catalogue) {
  const std::size_t replicas = replicas_of(catalogue);
  std::vector<tensor::TensorInfo> plain(catalogue.begin(), catalogue.end());
  for (tensor::TensorInfo& info : plain) info.name = unwrapped(info.name, replicas);
  return plain;
}

const tensor::TensorInfo* find_wrapped(std::span<const tensor::TensorInfo> catalogue) {
  const std::size_t replicas = replicas_of(catalogue);
  const auto at = std::ranges::find_if(
      catalogue, [&](const tensor::TensorInfo& info) { return unwrapped(info.name, replicas) != info.name; });
  return at == catalogue.end() ? nullptr : &*at;
}

}  // namespace slipway::transform
