#include "flow/unchanged_tensors.h"

#include <algorithm>

#include "model/adapter_names.h"
#include "transform/cast.h"
#include "transform/tied.h"
#include "transform/view_source.h"

namespace slipway::flow {
namespace {

using Source = std::shared_ptr<const tensor::TensorSource>;

Result<bool> holds_the_same(const tensor::TensorSource& adapter, std::size_t mine, const Source& base,
                            std::size_t theirs) {
  const tensor::TensorInfo& a = adapter.catalogue()[mine];
  const tensor::TensorInfo& b = base->catalogue()[theirs];
  if (a.shape != b.shape) return false;
  if (a.dtype == b.dtype) return transform::same_bytes(adapter, mine, *base, theirs);
  if (!transform::is_castable(a.dtype) || !transform::is_castable(b.dtype)) return false;
  const transform::ViewSource widened(base, {{theirs, b.name, a.dtype}});
  return transform::same_bytes(adapter, mine, widened, 0);
}

}  // namespace

Result<std::vector<std::string>> find_unchanged_tensors(os::FileSystem& fs, const run::RunFacts& run,
                                                        const std::optional<run::BaseModel>& base) {
  std::vector<std::string> unchanged;
  if (!run.adapter || !run.weights || !base) return unchanged;
  const auto weights = run::open_base_weights(fs, *base);
  if (!weights) return unchanged;
  const tensor::TensorSource& adapter = *run.weights->source;
  const auto catalogue = weights->source->catalogue();
  for (std::size_t i = 0; i < adapter.catalogue().size(); ++i) {
    const std::string name = model::name_in_base(adapter.catalogue()[i].name);
    const auto at = std::ranges::find(catalogue, name, &tensor::TensorInfo::name);
    if (name.empty() || at == catalogue.end()) continue;
    const auto theirs = static_cast<std::size_t>(at - catalogue.begin());
    SLIPWAY_ASSIGN(const bool same, holds_the_same(adapter, i, weights->source, theirs));
    if (same) unchanged.push_back(adapter.catalogue()[i].name);
  }
  return unchanged;
}

}  // namespace slipway::flow
