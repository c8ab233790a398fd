#include "transform/wrapped_names.h"

#include <algorithm>
#include <array>

#include "transform/merge/adapter_keys.h"

namespace slipway::transform {
namespace {

constexpr auto kWrappers =
    std::to_array<std::string_view>({"_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"});
constexpr std::string_view kReplica = "module.";

bool is_wrapper(std::string_view word) { return std::ranges::find(kWrappers, word) != kWrappers.end(); }

}  // namespace

std::string unwrapped(std::string_view name, bool replicated) {
  if (replicated && name.starts_with(kReplica)) name.remove_prefix(kReplica.size());
  std::string plain;
  for (std::string_view rest = name; !rest.empty();) {
    const std::size_t end = std::min(rest.find('.'), rest.size() - 1) + 1;  // behind the dot
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(end);
    if (!word.ends_with('.') || !is_wrapper(word.substr(0, word.size() - 1))) plain += word;
  }
  return saved_name(plain);
}

bool is_replicated(std::span<const tensor::TensorInfo> catalogue) {
  return !catalogue.empty() && std::ranges::all_of(catalogue, [](const tensor::TensorInfo& info) {
    return info.name.starts_with(kReplica);
  });
}

std::vector<tensor::TensorInfo> unwrapped(std::span<const tensor::TensorInfo> catalogue) {
  const bool replicated = is_replicated(catalogue);
  std::vector<tensor::TensorInfo> plain(catalogue.begin(), catalogue.end());
  for (tensor::TensorInfo& info : plain) info.name = unwrapped(info.name, replicated);
  return plain;
}

const tensor::TensorInfo* find_wrapped(std::span<const tensor::TensorInfo> catalogue) {
  const bool replicated = is_replicated(catalogue);
  const auto at = std::ranges::find_if(catalogue, [&](const tensor::TensorInfo& info) {
    return unwrapped(info.name, replicated) != info.name;
  });
  return at == catalogue.end() ? nullptr : &*at;
}

}  // namespace slipway::transform
