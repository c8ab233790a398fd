#include "tensor/torch/torch_file.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "pickle/look.h"
#include "tensor/torch/torch_dtype.h"

namespace slipway::tensor {
namespace {

using pickle::Kind;
using pickle::Node;
using pickle::NodeId;

constexpr std::size_t kAxesMax = 64;
constexpr int kWrappersMax = 8;  // a parameter in a typed tensor in a parameter ...
constexpr std::string_view kUtils = "torch._utils";

std::unexpected<Error> corrupt(std::string message) {
  return fail(ErrorCode::kCorruptData, std::move(message));
}

// How many arguments stand before the metadata that says what the bytes are not.
struct Rebuild {
  std::string_view function;
  std::size_t arguments;  // at least
  std::size_t metadata;   // at this place, if there
};
constexpr auto kRebuilds = std::to_array<Rebuild>(
    {{"_rebuild_tensor", 4, 4}, {"_rebuild_tensor_v2", 6, 6}, {"_rebuild_tensor_v3", 7, 7}});

// A conjugate or a negative is noted, not computed, when it is saved.
Result<void> check_metadata(const pickle::Graph& graph, NodeId id) {
  const Node& node = graph.at(id);
  if (node.kind == Kind::kNone) return {};
  if (!pickle::is_mapping(graph, id)) return corrupt("has metadata of an unknown kind");
  for (const std::string_view key : {"conj", "neg"}) {
    const NodeId flag = pickle::find(graph, id, key);
    if (flag == pickle::kNoNode || !graph.at(flag).boolean) continue;
    return fail(ErrorCode::kUnsupported,
                fmt::format("is stored as the {} of another; call {} before it is saved",
                            key == "conj" ? "conjugate" : "negative",
                            key == "conj" ? "resolve_conj()" : "resolve_neg()"));
  }
  return {};
}

// Its last element lies in the storage.
Result<void> check_bounds(const TorchTensor& tensor, std::uint64_t first, std::uint64_t elements) {
  if (tensor.size_bytes == 0) return {};
  std::uint64_t last = first;
  for (std::size_t i = 0; i < tensor.grid.size(); ++i) {
    const auto reach = checked_mul(tensor.grid[i] - 1, tensor.stride[i]);
    const auto sum = reach ? checked_add(last, *reach) : std::nullopt;
    if (!sum) return corrupt("reaches past the end of its storage");
    last = *sum;
  }
  return last < elements ? Result<void>{} : corrupt("reaches past the end of its storage");
}

}  // namespace

std::vector<std::uint64_t> TorchTensor::shape() const {
  std::vector<std::uint64_t> shape = grid;
  if (dtype == Dtype::kF4 && !shape.empty()) shape.back() *= 2;  // two in each byte that torch counts
  return shape;
}

Piece TorchTensor::piece(std::size_t file) const {
  return {.file = file,
          .file_offset_bytes = offset_bytes,
          .at = std::vector<std::uint64_t>(grid.size()),
          .extent = grid,
          .stride = stride,
          .swap = swap};
}

Result<std::vector<std::uint64_t>> read_size(const pickle::Graph& graph, NodeId id) {
  NodeId tuple = id;
  if (pickle::is_made_by(graph, id, "torch", "Size")) {
    const auto& arguments = graph.at(graph.at(id).arguments).items;
    if (!arguments.empty()) tuple = arguments[0];
  }
  const auto* items = pickle::items_of(graph, tuple);
  if (items == nullptr || items->size() > kAxesMax) return corrupt("has a shape that is none");
  std::vector<std::uint64_t> found;
  for (const NodeId item : *items) {
    const auto number = pickle::whole_number(graph, item);
    if (!number) return corrupt("has a shape or a stride below 0, or none");
    found.push_back(*number);
  }
  return found;
}

Result<std::uint64_t> bytes_of(const std::vector<std::uint64_t>& grid, std::uint64_t element_bytes) {
  if (std::ranges::find(grid, 0U) != grid.end()) return 0;
  std::uint64_t bytes = element_bytes;
  for (const std::uint64_t extent : grid) {
    const auto product = checked_mul(bytes, extent);
    if (!product) return corrupt("has a shape that nothing can hold");
    bytes = *product;
  }
  return bytes;
}

PiecedTensor pieced(std::string name, const TorchTensor& tensor, std::size_t file) {
  return {.info = {.name = std::move(name),
                   .dtype = tensor.dtype,
                   .shape = tensor.shape(),
                   .size_bytes = tensor.size_bytes},
          .grid = tensor.grid,
          .pieces = {tensor.piece(file)}};
}

Result<TorchFile> TorchFile::open(os::ReadFile& file, std::uint64_t offset_bytes, std::uint64_t size_bytes,
                                  const pickle::Policy& policy) {
  SLIPWAY_ASSIGN(TorchLayout layout, read_torch_layout(file, offset_bytes, size_bytes, policy));
  return TorchFile(std::move(layout));
}

bool TorchFile::is_tensor(NodeId id) const {
  if (id == pickle::kNoNode || graph().at(id).kind != Kind::kCall) return false;
  const Node& callee = graph().at(graph().at(id).callee);
  const std::string_view module = graph().raw(callee.text), name = graph().raw(callee.name);
  if (module == "torch._tensor") return name == "_rebuild_from_type_v2";
  if (module == "torch.nn.parameter") return name == "Parameter";
  return module == kUtils && name.starts_with("_rebuild_");
}

// Parameters and tensors of a type hold the tensor itself.
Result<TorchTensor> TorchFile::tensor(NodeId id) const {
  for (int i = 0; i < kWrappersMax; ++i) {
    if (!is_tensor(id)) return corrupt("is no tensor");
    const Node& call = graph().at(id);
    const Node& callee = graph().at(call.callee);
    const std::string_view name = graph().raw(callee.name);
    const auto& arguments = graph().at(call.arguments).items;
    if (graph().raw(callee.text) == "torch._tensor") {
      if (arguments.size() != 4 || graph().at(arguments[2]).kind != Kind::kTuple)
        return corrupt("is rebuilt from other things than a tensor");
      const bool plain = pickle::is_global(graph(), arguments[1], "torch.nn.parameter", "Parameter") ||
                         pickle::is_global(graph(), arguments[1], "torch", "Tensor");
      if (!plain)
        return fail(ErrorCode::kUnsupported, "is a tensor of a class of its own; save plain tensors");
      const Node& function = graph().at(arguments[0]);
      if (function.kind != Kind::kGlobal || graph().raw(function.text) != kUtils)
        return corrupt("is rebuilt by something that rebuilds no tensor");
      return rebuilt(graph().at(arguments[2]), graph().raw(function.name));
    }
    if (name == "Parameter" || name == "_rebuild_parameter" || name == "_rebuild_parameter_with_state") {
      if (arguments.empty()) return corrupt("is a parameter without a tensor");
      id = arguments[0];
      continue;
    }
    return rebuilt(graph().at(call.arguments), name);
  }
  return corrupt("is wrapped more often than any tensor");
}

// (storage, offset, size, stride, ...) and of v3 the dtype at the seventh place.
Result<TorchTensor> TorchFile::rebuilt(const Node& call, std::string_view function) const {
  const auto* rebuild = std::ranges::find(kRebuilds, function, &Rebuild::function);
  if (rebuild == kRebuilds.end())
    return fail(ErrorCode::kUnsupported,
                fmt::format("is made by {}: quantised, sparse and other special tensors are not read; save "
                            "plain ones",
                            function));
  const auto& arguments = call.items;
  if (arguments.size() < rebuild->arguments) return corrupt("is described by too few values");
  if (arguments.size() > rebuild->metadata)
    SLIPWAY_TRY(check_metadata(graph(), arguments[rebuild->metadata]));
  SLIPWAY_ASSIGN(const View storage, view(arguments[0]));
  TorchTensor tensor{.swap = layout_.big_endian};
  if (rebuild->function == "_rebuild_tensor_v3") {
    const Node& named = graph().at(arguments[6]);
    if (named.kind != Kind::kGlobal || graph().raw(named.text) != "torch") return corrupt("is of no dtype");
    SLIPWAY_ASSIGN(tensor.dtype, dtype_of_torch(graph().raw(named.name)));
  } else {
    if (storage.untyped) return corrupt("lies in a storage without a type");
    SLIPWAY_ASSIGN(tensor.dtype, dtype_of_storage(storage.class_name));
  }
  SLIPWAY_ASSIGN(tensor.grid, read_size(graph(), arguments[2]));
  SLIPWAY_ASSIGN(tensor.stride, read_size(graph(), arguments[3]));
  const auto first = pickle::whole_number(graph(), arguments[1]);
  if (!first || tensor.stride.size() != tensor.grid.size())
    return corrupt("has another number of strides than of axes, or no offset");
  const std::uint64_t one = element_bytes(tensor.dtype);
  SLIPWAY_ASSIGN(tensor.size_bytes, bytes_of(tensor.grid, one));
  SLIPWAY_TRY(check_bounds(tensor, *first, storage.place.size_bytes / one));
  if (tensor.dtype == Dtype::kF4 && tensor.grid.empty()) return corrupt("packs two values without an axis");
  tensor.offset_bytes = storage.place.offset_bytes + (tensor.size_bytes == 0 ? 0 : *first * one);
  return tensor;
}

Result<TorchFile::View> TorchFile::view(NodeId persistent) const {
  if (graph().at(persistent).kind != Kind::kPersistent) return corrupt("lies in no storage");
  SLIPWAY_ASSIGN(const StorageId id, storage_id(graph(), persistent));
  const auto at = layout_.storages.find(id.key);
  if (at == layout_.storages.end()) return corrupt(fmt::format("its storage {} is missing", id.key));
  SLIPWAY_ASSIGN(const std::uint64_t one, element_bytes_of(id));
  if (checked_mul(id.elements, one) != at->second.size_bytes)
    return corrupt(
        fmt::format("its storage {} has {} bytes, not what its {} elements need: copy the file again", id.key,
                    at->second.size_bytes, id.elements));
  SLIPWAY_ASSIGN(const TorchStorage place, part(id, at->second));
  return View{.place = place, .class_name = id.class_name, .untyped = id.untyped};
}

// Old streams may say that a storage is a part of another: (key, offset, size).
Result<TorchStorage> TorchFile::part(const StorageId& id, TorchStorage whole) const {
  if (id.view == pickle::kNoNode || graph().at(id.view).kind == Kind::kNone) return whole;
  const auto* items = pickle::items_of(graph(), id.view);
  const auto offset =
      items != nullptr && items->size() == 3 ? pickle::whole_number(graph(), (*items)[1]) : std::nullopt;
  const auto size = offset ? pickle::whole_number(graph(), (*items)[2]) : std::nullopt;
  const auto end = size ? checked_add(*offset, *size) : std::nullopt;
  if (!end || *end > id.elements) return corrupt(fmt::format("its part of storage {} is none", id.key));
  SLIPWAY_ASSIGN(const std::uint64_t one, element_bytes_of(id));
  return TorchStorage{whole.offset_bytes + *offset * one, *size * one};
}

}  // namespace slipway::tensor
