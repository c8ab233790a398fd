#include "release/main_dtype.h"

#include <algorithm>
#include <map>

#include "transform/cast.h"

namespace slipway::release {

std::string_view main_dtype(const run::RunFacts& run, const WeightWish& wish) {
  if (!run.weights) return "";
  std::map<tensor::Dtype, std::uint64_t> elements;
  for (const tensor::TensorInfo& info : run.weights->source->catalogue()) {
    if (!transform::is_castable(info.dtype)) continue;
    elements[wish.dtype.value_or(info.dtype)] += tensor::elements_of(info);
  }
  const auto most = std::ranges::max_element(elements, {}, [](const auto& entry) { return entry.second; });
  return most == elements.end() ? "" : tensor::torch_name(most->first);
}

}  // namespace slipway::release
