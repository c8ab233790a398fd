#include "tensor/zero/zero_weights.h"

#include <algorithm>

#include <fmt/format.h>

#include "os/path.h"
#include "tensor/tensor_name.h"
#include "tensor/zero/zero_files.h"
#include "tensor/zero/zero_states.h"

namespace slipway::tensor {
namespace {

using Named = std::map<std::string, PiecedTensor>;

bool is_narrow(Dtype dtype) { return dtype == Dtype::kF16 || dtype == Dtype::kBF16; }

class Opening {
 public:
  Opening(os::FileSystem& fs, const os::Path& folder) : fs_(fs), folder_(folder) {}

  Result<OpenedWeights> open() {
    SLIPWAY_ASSIGN(const ZeroFiles files, find_zero_files(fs_, folder_));
    SLIPWAY_TRY(open_model(files));
    set_.own_dtype = model_.buffers;
    if (files.optim.empty()) return whole({});
    SLIPWAY_TRY(open_optim(files));
    if (stage_3_ != files.partitioned)
      return corrupt_in(files.optim.front(),
                        "is of another stage than the model states beside it: copy the whole checkpoint");
    if (stage_3_) return of_stage_3(files);
    SLIPWAY_ASSIGN_WITHIN(std::vector<PiecedTensor> laid_out, files.optim.front(),
                          lay_out_groups(model_.groups, parts_));
    for (PiecedTensor& tensor : laid_out) SLIPWAY_TRY(add(std::move(tensor)));
    for (const ZeroParameter& one : model_.frozen) {
      const auto fragment = model_.fragments.find(one.name);
      if (fragment != model_.fragments.end()) SLIPWAY_TRY(add(pieced(one.name, fragment->second, 0)));
    }
    return whole(files);
  }

 private:
  std::unexpected<Error> corrupt_in(const std::string& file, std::string message) const {
    return std::unexpected(
        within(file, Error{.code = ErrorCode::kCorruptData, .message = std::move(message)}));
  }

  // Also notes the file: pieces name it by its place in the list.
  Result<TorchFile> open_file(const std::string& name) {
    PieceFile file{.file = name, .path = os::join(folder_, name)};
    SLIPWAY_ASSIGN(const auto opened, fs_.open_read(file.path));
    SLIPWAY_ASSIGN(file.stat, opened->stat());
    if (file.stat.kind != os::FileKind::kFile) return fail(ErrorCode::kCorruptData, "is not a regular file");
    SLIPWAY_ASSIGN(TorchFile torch, TorchFile::open(*opened, 0, file.stat.size_bytes, pickle::opaque()));
    set_.files.push_back(name);
    files_.push_back(std::move(file));
    return torch;
  }

  Result<void> open_model(const ZeroFiles& files) {
    SLIPWAY_ASSIGN_WITHIN(const TorchFile torch, files.model.front(), open_file(files.model.front()));
    SLIPWAY_ASSIGN_WITHIN(model_, files.model.front(), read_model_states(torch));
    return {};
  }

  Result<void> open_optim(const ZeroFiles& files) {
    for (const std::string& name : files.optim) {
      SLIPWAY_ASSIGN_WITHIN(const TorchFile torch, name, open_file(name));
      SLIPWAY_ASSIGN_WITHIN(const OptimStates states, name, read_optim_states(torch));
      const bool first = parts_.empty();
      if (first) stage_3_ = states.stage_3;
      if (states.stage_3 != stage_3_) return corrupt_in(name, "is of another stage than the first rank's");
      if (states.ranks != files.optim.size())
        return corrupt_in(name, fmt::format("is one of {} ranks, and there are files of {}: copy the whole "
                                            "checkpoint",
                                            states.ranks, files.optim.size()));
      std::vector<FlatVector> vectors(stage_3_ ? 1 : states.parts.size());
      for (std::size_t i = 0; i < states.parts.size(); ++i)
        SLIPWAY_TRY_WITHIN(name, vectors[stage_3_ ? 0 : i].add(files_.size() - 1, states.parts[i]));
      parts_.push_back(std::move(vectors));
    }
    return {};
  }

  Result<void> add(PiecedTensor tensor) {
    std::string name = tensor.info.name;
    if (named_.emplace(name, std::move(tensor)).second) return {};
    return corrupt_in(set_.files.front(), fmt::format("lists {} twice", shown_name(name)));
  }

  Result<OpenedWeights> of_stage_3(const ZeroFiles& files) {
    std::vector<FlatVector> vectors;
    for (std::vector<FlatVector>& rank : parts_) vectors.push_back(std::move(rank.front()));
    SLIPWAY_ASSIGN_WITHIN(std::vector<PiecedTensor> laid_out, files.optim.front(),
                          lay_out_stage_3(model_.groups, vectors));
    for (PiecedTensor& tensor : laid_out) SLIPWAY_TRY(add(std::move(tensor)));
    if (!model_.frozen.empty()) SLIPWAY_TRY(add_frozen_parts(files));
    SLIPWAY_ASSIGN(std::vector<PiecedTensor> tensors, complete());
    SLIPWAY_ASSIGN(auto source, make_piece_source(fs_, files_, std::move(tensors)));
    return OpenedWeights{.set = std::move(set_), .source = std::move(source)};
  }

  // Every rank has its part of each frozen parameter beside its model states.
  Result<void> add_frozen_parts(const ZeroFiles& files) {
    std::vector<FlatVector> vectors(model_.frozen.size());
    for (std::size_t rank = 0; rank < files.model.size(); ++rank) {
      const std::string& name = files.model[rank];
      if (rank > 0) {
        SLIPWAY_ASSIGN_WITHIN(const TorchFile torch, name, open_file(name));
        SLIPWAY_ASSIGN_WITHIN(ModelStates states, name, read_model_states(torch));
        model_.fragments = std::move(states.fragments);
      }
      for (std::size_t i = 0; i < vectors.size(); ++i) {
        const auto fragment = model_.fragments.find(model_.frozen[i].name);
        if (fragment == model_.fragments.end())
          return corrupt_in(name, fmt::format("holds no part of {}: copy the whole checkpoint",
                                              shown_name(model_.frozen[i].name)));
        SLIPWAY_TRY_WITHIN(name, vectors[i].add(rank == 0 ? 0 : files_.size() - 1, fragment->second));
      }
    }
    for (std::size_t i = 0; i < vectors.size(); ++i) SLIPWAY_TRY(add_frozen(model_.frozen[i], vectors[i]));
    return {};
  }

  Result<void> add_frozen(const ZeroParameter& parameter, const FlatVector& vector) {
    const Dtype dtype = vector.dtype().value_or(Dtype::kF32);
    SLIPWAY_ASSIGN_WITHIN(const std::uint64_t bytes, set_.files.front(),
                          bytes_of(parameter.shape, element_bytes(dtype)));
    PiecedTensor tensor{
        .info = {.name = parameter.name, .dtype = dtype, .shape = parameter.shape, .size_bytes = bytes},
        .grid = {bytes / element_bytes(dtype)}};
    vector.cut(0, tensor.grid[0], 0, tensor.pieces);
    return add(std::move(tensor));
  }

  // In the model's order: parameters from where they were put together, all else as the module has it.
  Result<std::vector<PiecedTensor>> complete() {
    for (const auto& [alias, source] : model_.shared) {
      const auto at = named_.find(source);
      if (at == named_.end() || named_.contains(alias)) continue;
      PiecedTensor tensor = at->second;
      tensor.info.name = alias;
      SLIPWAY_TRY(add(std::move(tensor)));
    }
    std::vector<PiecedTensor> tensors;
    for (const auto& [name, stored] : model_.module.tensors) {
      if (const auto known = named_.find(name); known != named_.end()) {
        tensors.push_back(std::move(known->second));
        named_.erase(known);
      } else if (stored.size_bytes > 0 || model_.buffers.contains(name)) {
        tensors.push_back(pieced(name, stored, 0));
      } else {
        set_.warnings.push_back(fmt::format(
            "{}: has only a placeholder of {}, and no rank holds it: it is tied to another tensor, or "
            "it was left out when the checkpoint was saved",
            set_.files.front(), shown_name(name)));
      }
    }
    for (auto& [name, tensor] : named_) tensors.push_back(std::move(tensor));
    return tensors;
  }

  // The module is there as it is used; the optimizer's weights, when there are any, beside it.
  Result<OpenedWeights> whole(const ZeroFiles& files) {
    std::vector<PiecedTensor> module;
    bool narrow = false;
    for (const auto& [name, stored] : model_.module.tensors) {
      if (stored.size_bytes == 0 && !model_.buffers.contains(name))
        return corrupt_in(set_.files.front(),
                          fmt::format("has only a placeholder of {}: this is of stage 3, and the optimizer "
                                      "states that hold it are missing",
                                      shown_name(name)));
      narrow = narrow || (is_narrow(stored.dtype) && named_.contains(name));
      module.push_back(pieced(name, stored, 0));
    }
    if (module.empty()) return corrupt_in(set_.files.front(), "holds no tensors");
    OpenedWeights opened;
    SLIPWAY_ASSIGN(opened.source, make_piece_source(fs_, files_, std::move(module)));
    if (narrow && !files.optim.empty()) {
      SLIPWAY_ASSIGN(std::vector<PiecedTensor> tensors, complete());
      SLIPWAY_ASSIGN(opened.masters, make_piece_source(fs_, files_, std::move(tensors)));
    }
    opened.set = std::move(set_);
    return opened;
  }

  os::FileSystem& fs_;
  const os::Path& folder_;
  WeightSet set_{};
  std::vector<PieceFile> files_{};
  ModelStates model_{};
  std::vector<std::vector<FlatVector>> parts_{};  // of each rank, its groups; in stage 3 one vector
  bool stage_3_ = false;
  Named named_{};
};

}  // namespace

Result<OpenedWeights> open_zero_weights(os::FileSystem& fs, const os::Path& folder) {
  return Opening(fs, folder).open();
}

}  // namespace slipway::tensor
