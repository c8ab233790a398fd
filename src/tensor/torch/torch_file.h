// tensor/torch/torch_file.h - one file of torch.save: its pickle as a graph, its tensors as places in the
// file.
//
// Contract   Nothing is called and no tensor byte is read. Both layouts are known: a zip archive, also when
//            it lies in a range of a larger file, and the stream of torch before 1.6. A storage's place and
//            size are checked against the file, a tensor's against its storage. Several tensors may lie in
//            one storage; each is described alone.
// Limits     a pickle of 256 MiB and of two million objects
// Errors     kCorruptData; kRefused (a name that the policy does not take); kUnsupported naming the layout or
//            dtype: tar, TorchScript, compressed records, quantised and complex128 storages, lazy conjugates
// Threads    value
// Source     pytorch torch/serialization.py, torch/_utils.py; docs/format/torch.md
#pragma once

#include <string>
#include <vector>

#include "pickle/policy.h"
#include "tensor/piece_source.h"
#include "tensor/torch/torch_layout.h"

namespace slipway::tensor {

struct TorchTensor {
  Dtype dtype = Dtype::kF32;
  std::vector<std::uint64_t> grid{};    // as torch counts
  std::vector<std::uint64_t> stride{};  // in elements
  std::uint64_t offset_bytes = 0;       // of the first element, from the start of the file
  std::uint64_t size_bytes = 0;         // row by row, without gaps
  bool swap = false;                    // stored big-endian

  std::vector<std::uint64_t> shape() const;  // as safetensors counts
  Piece piece(std::size_t file) const;       // all of it, at the begin of its grid
};

// A torch.Size, or a tuple of numbers.
Result<std::vector<std::uint64_t>> read_size(const pickle::Graph& graph, pickle::NodeId id);
// The bytes of a tensor of this grid; kCorruptData when nothing can hold it.
Result<std::uint64_t> bytes_of(const std::vector<std::uint64_t>& grid, std::uint64_t element_bytes);

PiecedTensor pieced(std::string name, const TorchTensor& tensor, std::size_t file);

class TorchFile {
 public:
  static Result<TorchFile> open(os::ReadFile& file, std::uint64_t offset_bytes, std::uint64_t size_bytes,
                                const pickle::Policy& policy = pickle::weights_only());

  const pickle::Graph& graph() const { return layout_.graph; }
  // Whether the node describes a tensor, of whatever kind.
  bool is_tensor(pickle::NodeId id) const;
  Result<TorchTensor> tensor(pickle::NodeId id) const;

 private:
  explicit TorchFile(TorchLayout layout) : layout_(std::move(layout)) {}

  struct View {
    TorchStorage place{};
    std::string class_name{};
    bool untyped = false;
  };
  Result<View> view(pickle::NodeId persistent) const;
  Result<TorchStorage> part(const StorageId& id, TorchStorage whole) const;
  Result<TorchTensor> rebuilt(const pickle::Node& call, std::string_view function) const;

  TorchLayout layout_;
};

}  // namespace slipway::tensor
