#include "tensor/dcp/metadata.h"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "os/path.h"
#include "pickle/read.h"
#include "tensor/dcp/policy.h"
#include "tensor/tensor_name.h"

namespace slipway::tensor {
namespace {

using pickle::Graph;
using pickle::Kind;
using pickle::kNoNode;
using pickle::Node;
using pickle::NodeId;

constexpr std::size_t kRankMax = 64;
constexpr std::uint64_t kExtentMax = 1ull << 40;

std::unexpected<Error> corrupt(std::string text) { return fail(ErrorCode::kCorruptData, std::move(text)); }

class Reading {
 public:
  explicit Reading(const Graph& graph) : graph_(graph) {}

  Result<DcpMetadata> metadata() {
    if (!is_a(graph_.root(), "Metadata"))
      return corrupt("holds something else than the metadata of a distributed checkpoint");
    SLIPWAY_TRY(read_items());
    SLIPWAY_TRY(read_paths());
    SLIPWAY_ASSIGN(const NodeId entries, dict_of(graph_.root(), "state_dict_metadata"));
    DcpMetadata found;
    for (const auto& [key, value] : at(entries).pairs) {
      if (is_a(value, "BytesStorageMetadata")) {
        ++found.objects;
        continue;
      }
      SLIPWAY_ASSIGN(std::string name, text_of(key, "a key of state_dict_metadata"));
      auto tensor = tensor_of(name, value);
      if (!tensor) {
        return std::unexpected(within(fmt::format("tensor {}", shown_name(name)), std::move(tensor).error()));
      }
      found.tensors.push_back(*std::move(tensor));
    }
    return found;
  }

 private:
  using Numbers = std::vector<std::uint64_t>;

  const Node& at(NodeId id) const { return graph_.at(id); }

  bool is_a(NodeId id, std::string_view name) const {
    const Node& node = at(id);
    return (node.kind == Kind::kInstance || node.kind == Kind::kCall) &&
           graph_.raw(at(node.callee).name) == name;
  }

  // A member of an object's state; kNoNode where it has none, or None.
  NodeId member(NodeId object, std::string_view name) const {
    const NodeId state = at(object).state;
    if (state == kNoNode) return kNoNode;
    for (const auto& [key, value] : at(state).pairs) {
      if (at(key).kind == Kind::kText && graph_.raw(at(key).text) == name)
        return at(value).kind == Kind::kNone ? kNoNode : value;
    }
    return kNoNode;
  }

  Result<NodeId> dict_of(NodeId object, std::string_view name) const {
    const NodeId found = member(object, name);
    const bool holds = found != kNoNode && (at(found).kind == Kind::kDict || is_a(found, "OrderedDict"));
    if (!holds) return corrupt(fmt::format("its {} is no dict", name));
    return found;
  }

  Result<std::string> text_of(NodeId id, std::string_view what) const {
    auto text = id == kNoNode || at(id).kind != Kind::kText ? std::nullopt : graph_.text(id);
    if (!text) return corrupt(fmt::format("{} is no text", what));
    return *std::move(text);
  }

  Result<std::uint64_t> number_of(NodeId id, std::string_view what) const {
    const bool whole = id != kNoNode && at(id).kind == Kind::kInt && at(id).form == pickle::Form::kPlain;
    if (!whole || at(id).integer < 0) return corrupt(fmt::format("{} is no whole number from 0", what));
    return static_cast<std::uint64_t>(at(id).integer);
  }

  // torch.Size((4, 3)), or the bare numbers.
  Result<Numbers> sizes_of(NodeId id, std::string_view what) const {
    if (id != kNoNode && is_a(id, "Size")) {
      const auto& arguments = at(at(id).arguments).items;
      id = arguments.size() == 1 ? arguments[0] : kNoNode;
    }
    const bool holds = id != kNoNode && (at(id).kind == Kind::kTuple || at(id).kind == Kind::kList);
    if (!holds) return corrupt(fmt::format("its {} is no torch.Size", what));
    if (at(id).items.size() > kRankMax)
      return fail(ErrorCode::kUnsupported, fmt::format("its {} has more than {} dimensions", what, kRankMax));
    Numbers sizes;
    for (const NodeId item : at(id).items) {
      SLIPWAY_ASSIGN(const std::uint64_t size, number_of(item, fmt::format("a number of its {}", what)));
      if (size > kExtentMax)
        return fail(ErrorCode::kUnsupported, fmt::format("its {} reaches {}", what, size));
      sizes.push_back(size);
    }
    return sizes;
  }

  Result<std::string> transforms_of(NodeId info) const {
    const NodeId listed = member(info, "transform_descriptors");
    if (listed == kNoNode) return std::string();
    std::string text;
    for (const NodeId item : at(listed).items) {
      SLIPWAY_ASSIGN(const std::string name, text_of(item, "a name of transform_descriptors"));
      text += (text.empty() ? "" : ", ") + name;
    }
    return text;
  }

  Result<DcpItem> item_of(NodeId info) const {
    if (!is_a(info, "_StorageInfo")) return corrupt("a place in storage_data is no _StorageInfo");
    DcpItem item;
    SLIPWAY_ASSIGN(item.file, text_of(member(info, "relative_path"), "its relative_path"));
    if (!os::is_plain_relative(item.file) || item.file.find('/') != std::string::npos)
      return corrupt(fmt::format("its relative_path {} is no plain file name", shown_name(item.file)));
    SLIPWAY_ASSIGN(item.offset_bytes, number_of(member(info, "offset"), "its offset"));
    SLIPWAY_ASSIGN(item.length_bytes, number_of(member(info, "length"), "its length"));
    SLIPWAY_ASSIGN(item.transforms, transforms_of(info));
    return item;
  }

  Result<void> read_items() {
    SLIPWAY_ASSIGN(const NodeId places, dict_of(graph_.root(), "storage_data"));
    for (const auto& [key, value] : at(places).pairs) {
      if (!is_a(key, "MetadataIndex")) return corrupt("a key of storage_data is no MetadataIndex");
      SLIPWAY_ASSIGN(std::string name, text_of(member(key, "fqn"), "the fqn of a MetadataIndex"));
      const NodeId offset = member(key, "offset");
      if (offset == kNoNode) continue;  // a pickled value, no tensor
      const std::string shown = fmt::format("storage_data of {}", shown_name(name));
      SLIPWAY_ASSIGN_WITHIN(Numbers where, shown, sizes_of(offset, "offset"));
      SLIPWAY_ASSIGN_WITHIN(DcpItem item, shown, item_of(value));
      if (!items_.emplace(std::pair(std::move(name), std::move(where)), std::move(item)).second)
        return std::unexpected(
            within(shown, Error{.code = ErrorCode::kCorruptData, .message = "names two places for one box"}));
    }
    return {};
  }

  // Optional: a planner may keep what it likes there.
  Result<void> read_paths() {
    const NodeId planned = member(graph_.root(), "planner_data");
    if (planned == kNoNode) return {};
    for (const auto& [key, value] : at(planned).pairs) {
      if (at(key).kind != Kind::kText || at(value).kind != Kind::kTuple) continue;
      SLIPWAY_ASSIGN(std::string name, text_of(key, "a key of planner_data"));
      SLIPWAY_ASSIGN_WITHIN(paths_[name], fmt::format("planner_data of {}", shown_name(name)),
                            path_of(at(value)));
    }
    return {};
  }

  Result<std::vector<std::string>> path_of(const Node& steps) const {
    std::vector<std::string> path;
    for (const NodeId step : steps.items) {
      const auto number = graph_.integer_text(step);
      if (at(step).kind == Kind::kInt && number) {
        path.push_back(*number);
        continue;
      }
      SLIPWAY_ASSIGN(std::string word, text_of(step, "a step of its path"));
      path.push_back(std::move(word));
    }
    return path;
  }

  Result<std::string> dtype_of(NodeId tensor) const {
    const NodeId properties = member(tensor, "properties");
    const NodeId state = properties == kNoNode ? kNoNode : at(properties).state;
    NodeId dtype = state != kNoNode && at(state).kind == Kind::kDict ? member(properties, "dtype") : kNoNode;
    if (state != kNoNode && at(state).kind == Kind::kTuple && !at(state).items.empty())
      dtype = at(state).items[0];
    if (dtype == kNoNode || at(dtype).kind != Kind::kGlobal || graph_.raw(at(dtype).text) != "torch")
      return corrupt("its properties name no dtype");
    return std::string(graph_.raw(at(dtype).name));
  }

  Result<DcpTensor> tensor_of(const std::string& name, NodeId entry) const {
    if (!is_a(entry, "TensorStorageMetadata")) return corrupt("is described by no TensorStorageMetadata");
    DcpTensor tensor{.name = name};
    const auto path = paths_.find(name);
    tensor.path = path == paths_.end() || path->second.empty() ? std::vector{name} : path->second;
    SLIPWAY_ASSIGN(tensor.dtype, dtype_of(entry));
    SLIPWAY_ASSIGN(tensor.shape, sizes_of(member(entry, "size"), "size"));
    const NodeId chunks = member(entry, "chunks");
    if (chunks == kNoNode || at(chunks).kind != Kind::kList) return corrupt("its chunks are no list");
    for (const NodeId chunk : at(chunks).items) {
      SLIPWAY_ASSIGN(DcpBox box, box_of(tensor, chunk));
      tensor.boxes.push_back(std::move(box));
    }
    return tensor;
  }

  Result<DcpBox> box_of(const DcpTensor& tensor, NodeId chunk) const {
    DcpBox box;
    SLIPWAY_ASSIGN(box.at, sizes_of(member(chunk, "offsets"), "chunk's offsets"));
    SLIPWAY_ASSIGN(box.extent, sizes_of(member(chunk, "sizes"), "chunk's sizes"));
    if (box.at.size() != tensor.shape.size() || box.extent.size() != tensor.shape.size())
      return corrupt("a chunk has another number of dimensions than the tensor");
    bool empty = false;
    for (std::size_t d = 0; d < box.at.size(); ++d) {
      if (box.at[d] > tensor.shape[d] || box.extent[d] > tensor.shape[d] - box.at[d])
        return corrupt("a chunk reaches out of the tensor");
      empty = empty || box.extent[d] == 0;
    }
    const auto item = items_.find({tensor.name, box.at});
    if (item != items_.end()) box.item = item->second;
    if (!box.item && !empty)
      return corrupt(fmt::format("storage_data does not say where its chunk at [{}] lies", shown(box.at)));
    return box;
  }

  static std::string shown(const Numbers& numbers) {
    std::string text;
    for (const std::uint64_t number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
    return text;
  }

  const Graph& graph_;
  std::map<std::pair<std::string, Numbers>, DcpItem> items_{};
  std::map<std::string, std::vector<std::string>> paths_{};
};

}  // namespace

Result<DcpMetadata> parse_dcp_metadata(Bytes pickle) {
  const pickle::Limits limits{.input_bytes_max = kDcpMetadataBytesMax,
                              .nodes_max = std::size_t{1} << 22,
                              .links_max = std::size_t{1} << 24};
  SLIPWAY_ASSIGN(const Graph graph, pickle::read(pickle, dcp_metadata_policy(), limits));
  return Reading(graph).metadata();
}

}  // namespace slipway::tensor
