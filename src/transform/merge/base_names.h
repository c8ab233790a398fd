// transform/merge/base_names.h - a module that an adapter names, found among the tensors that the base
// stores.
//
// Contract   The name as it is wins. Else one that differs in what stands in front: model classes put
//            "model.", "transformer." or "language_model." there, and files leave it out or turn it round; or
//            a Mixtral block's, which transformers 5 calls mlp; or one that transformers 5 has named anew
//            (file_names.h). Only where that leads to one tensor.
// Threads    value; the catalogue must outlive it
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "slipway/tensor_source.h"

namespace slipway::transform {

class BaseNames {
 public:
  // Under the catalogue's own names, without wrappers' words.
  explicit BaseNames(std::span<const tensor::TensorInfo> catalogue);
  std::optional<std::size_t> find(std::string_view name) const;
  bool has(std::string_view name) const { return exactly(name).has_value(); }  // as it is
  // "vit." where only the name without it is there; else "".
  std::string missing_prefix(std::string_view name) const;

 private:
  std::optional<std::size_t> exactly(std::string_view name) const;
  std::optional<std::size_t> bare(std::string_view name) const;  // without its first word
  std::optional<std::size_t> behind_a_prefix(std::string_view name) const;

  std::map<std::string, std::size_t, std::less<>> places_{};
};

}  // namespace slipway::transform
