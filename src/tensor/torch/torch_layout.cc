#include "tensor/torch/torch_layout.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/lfs_pointer.h"
#include "pickle/look.h"
#include "tensor/piece_source.h"
#include "tensor/tensor_name.h"
#include "tensor/torch/torch_dtype.h"
#include "tensor/zip.h"

namespace slipway::tensor {
namespace {

constexpr std::uint64_t kPickleBytesMax = 256u << 20;
constexpr std::uint64_t kFirstWindowBytes = 1u << 20;
constexpr pickle::Limits kLimits{
    .input_bytes_max = kPickleBytesMax, .nodes_max = 1u << 21, .links_max = 1u << 24};

constexpr std::string_view kZip = "PK\x03\x04";
constexpr std::string_view kStream = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e";
constexpr std::string_view kPreview = "PYTORCH1";
constexpr std::string_view kTar = "ustar";
constexpr std::size_t kTarAt = 257;

// What one opening reads: a range of a file.
struct Range {
  os::ReadFile& file;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

std::unexpected<Error> corrupt(std::string message) {
  return fail(ErrorCode::kCorruptData, std::move(message));
}

Result<pickle::Graph> read_pickle(Bytes bytes, const pickle::Policy& policy) {
  auto graph = pickle::read(bytes, policy, kLimits);
  if (graph || graph.error().code != ErrorCode::kRefused) return graph;
  Error error = std::move(graph).error();
  // What not even a record of names may hold is no class that a training happened to keep.
  const auto named = pickle::read(bytes, pickle::opaque(), kLimits);
  const bool harmful = !named && named.error().code == ErrorCode::kRefused;
  error.message += harmful
                       ? "; nothing of it was run; no model needs that, and loading the file with torch may "
                         "harm: take the weights from elsewhere"
                       : "; nothing of it was run; if you trust the file, load it with torch and save the "
                         "model as safetensors";
  return std::unexpected(std::move(error));
}

class ZipLayout {
 public:
  explicit ZipLayout(const Range& range) : range_(range) {}

  Result<TorchLayout> read(const pickle::Policy& policy) {
    SLIPWAY_ASSIGN(archive_, ZipArchive::open(range_.file, range_.begin, range_.end - range_.begin));
    if (archive_.holds("constants.pkl"))
      return fail(ErrorCode::kUnsupported,
                  "is a TorchScript archive, which holds a program; save the model's state_dict instead");
    SLIPWAY_TRY(read_order());
    SLIPWAY_ASSIGN(const ZipEntry data, archive_.find("data.pkl"));
    if (data.size_bytes > kPickleBytesMax)
      return fail(ErrorCode::kUnsupported, "data.pkl is longer than what is read");
    layout_.pickle.resize(static_cast<std::size_t>(data.size_bytes));
    SLIPWAY_TRY(range_.file.read_exact(data.offset_bytes, layout_.pickle));
    SLIPWAY_ASSIGN_WITHIN(layout_.graph, "data.pkl", read_pickle(layout_.pickle, policy));
    for (pickle::NodeId id = 0; id < layout_.graph.size(); ++id) {
      if (layout_.graph.at(id).kind == pickle::Kind::kPersistent) SLIPWAY_TRY(add(id));
    }
    return std::move(layout_);
  }

 private:
  Result<void> read_order() {
    if (!archive_.holds("byteorder")) return {};
    SLIPWAY_ASSIGN(const ZipEntry entry, archive_.find("byteorder"));
    std::string order(std::min<std::uint64_t>(entry.size_bytes, 16), '\0');
    SLIPWAY_TRY(range_.file.read_exact(entry.offset_bytes, std::as_writable_bytes(std::span(order))));
    layout_.big_endian = order == "big";
    return order == "big" || order == "little" ? Result<void>{}
                                               : corrupt("its record byteorder says neither little nor big");
  }

  Result<void> add(pickle::NodeId persistent) {
    SLIPWAY_ASSIGN(const StorageId id, storage_id(layout_.graph, persistent));
    if (layout_.storages.contains(id.key)) return {};
    const auto entry = archive_.find("data/" + id.key);
    if (!entry && entry.error().code == ErrorCode::kNotFound)
      return corrupt(fmt::format("its record data/{} is missing: copy the file again", id.key));
    if (!entry) return std::unexpected(entry.error());
    layout_.storages.emplace(id.key, TorchStorage{entry->offset_bytes, entry->size_bytes});
    return {};
  }

  Range range_;
  ZipArchive archive_{};
  TorchLayout layout_{};
};

// Magic, protocol, machine, object and the storages' keys, each a pickle; then the storages.
class StreamLayout {
 public:
  explicit StreamLayout(const Range& range) : range_(range) {}

  Result<TorchLayout> read(const pickle::Policy& policy) {
    range_.begin += kStream.size();
    for (int i = 0; i < 2; ++i) SLIPWAY_TRY(next(policy));
    SLIPWAY_ASSIGN(auto object, next(policy));
    layout_.pickle = std::move(object.first);
    layout_.graph = std::move(object.second);
    SLIPWAY_ASSIGN(const auto listed, next(pickle::weights_only()));
    SLIPWAY_TRY(measure());
    const auto* keys = pickle::items_of(listed.second, listed.second.root());
    if (keys == nullptr) return corrupt("has no list of its storages where it should be");
    for (const pickle::NodeId key : *keys) SLIPWAY_TRY(add(listed.second.text(key).value_or("")));
    for (const auto& [key, bytes] : element_bytes_) {
      if (!layout_.storages.contains(key))
        return corrupt(fmt::format("its storage {} is missing: copy the file again", key));
    }
    return std::move(layout_);
  }

 private:
  using Read = std::pair<ByteVector, pickle::Graph>;

  // A pickle says nowhere how long it is: as much as it takes.
  Result<Read> next(const pickle::Policy& policy) {
    for (std::uint64_t window = kFirstWindowBytes;; window *= 4) {
      const std::uint64_t left = range_.end - range_.begin;
      ByteVector bytes(static_cast<std::size_t>(std::min({window, left, kPickleBytesMax})));
      SLIPWAY_TRY(range_.file.read_exact(range_.begin, bytes));
      auto graph = read_pickle(bytes, policy);
      if (graph) {
        range_.begin += graph->end();
        return Read{std::move(bytes), *std::move(graph)};
      }
      const bool may_be_cut = graph.error().code == ErrorCode::kCorruptData && bytes.size() == window;
      if (!may_be_cut) return std::unexpected(std::move(graph).error());
    }
  }

  Result<void> measure() {
    for (pickle::NodeId id = 0; id < layout_.graph.size(); ++id) {
      if (layout_.graph.at(id).kind != pickle::Kind::kPersistent) continue;
      SLIPWAY_ASSIGN(const StorageId storage, storage_id(layout_.graph, id));
      SLIPWAY_ASSIGN(const std::uint64_t bytes, element_bytes_of(storage));
      const auto [at, is_new] = element_bytes_.emplace(storage.key, bytes);
      if (!is_new && at->second != bytes)
        return corrupt(fmt::format("its storage {} is of two types", storage.key));
    }
    return {};
  }

  Result<void> add(const std::string& key) {
    const auto known = element_bytes_.find(key);
    if (known == element_bytes_.end()) return corrupt("lists a storage that nothing uses");
    std::array<std::byte, 8> head{};
    if (range_.end - range_.begin < head.size()) return ends_early(key);
    SLIPWAY_TRY(range_.file.read_exact(range_.begin, head));
    range_.begin += head.size();
    std::uint64_t elements = 0;
    for (std::size_t i = head.size(); i-- > 0;)
      elements = elements << 8U | std::to_integer<std::uint64_t>(head[i]);
    const auto size = checked_mul(elements, known->second);
    if (!size || *size > range_.end - range_.begin) return ends_early(key);
    layout_.storages[key] = {range_.begin, *size};
    range_.begin += *size;
    return {};
  }

  static std::unexpected<Error> ends_early(const std::string& key) {
    return corrupt(fmt::format("ends before its storage {} does: copy the file again", key));
  }

  Range range_;
  std::unordered_map<std::string, std::uint64_t> element_bytes_{};
  TorchLayout layout_{};
};

}  // namespace

Result<StorageId> storage_id(const pickle::Graph& graph, pickle::NodeId persistent) {
  const auto& items = graph.at(graph.at(persistent).arguments).items;  // five or six: the machine saw to it
  const pickle::Node& type = graph.at(items[1]);
  const auto key = graph.text(items[2]);
  const auto elements = pickle::whole_number(graph, items[4]);
  if (!key || !elements || key->empty() || key->find('/') != std::string::npos || key->size() > 64 ||
      shown_name(*key) != "\"" + *key + "\"")
    return corrupt("describes a storage by something that is no key or no size");
  return StorageId{.class_name = std::string(graph.raw(type.name)),
                   .key = *key,
                   .elements = *elements,
                   .untyped = graph.raw(type.name) == "UntypedStorage",
                   .view = items.size() > 5 ? items[5] : pickle::kNoNode};
}

Result<std::uint64_t> element_bytes_of(const StorageId& id) {
  if (id.untyped) return 1;
  SLIPWAY_ASSIGN_WITHIN(const Dtype dtype, "storage " + id.key, dtype_of_storage(id.class_name));
  return element_bytes(dtype);
}

Result<TorchLayout> read_torch_layout(os::ReadFile& file, std::uint64_t offset_bytes,
                                      std::uint64_t size_bytes, const pickle::Policy& policy) {
  const auto end = checked_add(offset_bytes, size_bytes);
  if (!end) return corrupt("lies past the end of its file");
  std::string head(static_cast<std::size_t>(std::min<std::uint64_t>(size_bytes, 512)), '\0');
  SLIPWAY_TRY(file.read_exact(offset_bytes, std::as_writable_bytes(std::span(head))));
  const Range range{file, offset_bytes, *end};
  if (head.starts_with(kZip)) return ZipLayout(range).read(policy);
  if (head.starts_with(kStream)) return StreamLayout(range).read(policy);
  if (head.starts_with(kPreview))
    return fail(ErrorCode::kUnsupported, "is of a preview of torch 1.6 that nothing reads any more");
  if (head.size() > kTarAt + kTar.size() && head.substr(kTarAt, kTar.size()) == kTar)
    return fail(ErrorCode::kUnsupported,
                "is of torch's oldest layout (tar); load it with torch and save it again");
  if (is_lfs_pointer(head)) return corrupt(std::string(kLfsPointerWords));
  return corrupt("is no file that torch.save wrote: copy it again or save the model again");
}

}  // namespace slipway::tensor
