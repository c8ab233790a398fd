#include "run/training_args.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/secret_setting.h"
#include "base/wiped_bytes.h"
#include "pickle/read.h"
#include "tensor/zip.h"

namespace slipway::run {
namespace {

using pickle::Graph;
using pickle::Kind;
using pickle::Node;
using pickle::NodeId;

constexpr std::size_t kValueBytesMax = 4096;
constexpr std::size_t kListItemsMax = 64;
constexpr std::string_view kZip = "PK\x03\x04";
constexpr std::string_view kOldMagic = "119547037146038801333356";  // 0x1950a86a20f9469cfc6c

struct Member {
  std::string_view type;
  std::string_view name;
  std::string_view value;
};

// Members of which the value is not the name in small letters.
constexpr auto kOddMembers =
    std::to_array<Member>({{"SchedulerType", "REDUCE_ON_PLATEAU", "reduce_lr_on_plateau"},
                           {"OptimizerNames", "ADAMW_BNB", "adamw_bnb_8bit"},
                           {"OptimizerNames", "LION", "lion_32bit"},
                           {"OptimizerNames", "PAGED_ADAMW", "paged_adamw_32bit"},
                           {"OptimizerNames", "PAGED_ADEMAMIX", "paged_ademamix_32bit"},
                           {"OptimizerNames", "PAGED_LION", "paged_lion_32bit"},
                           {"OptimizerNames", "RMSPROP_8BIT", "rmsprop_bnb_8bit"},
                           {"OptimizerNames", "RMSPROP_32BIT", "rmsprop_bnb_32bit"}});

// As Python prints it.
std::string python_text(double number) {
  std::string text = fmt::format("{}", number);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

bool is_path_class(const Graph& graph, const Node& callee) {
  const std::string_view module = graph.raw(callee.text);
  return callee.kind == Kind::kGlobal && module.starts_with("pathlib") &&
         graph.raw(callee.name).ends_with("Path");
}

// How protocols before 4 write sets.
bool is_set_class(const Graph& graph, const Node& callee) {
  const std::string_view module = graph.raw(callee.text), name = graph.raw(callee.name);
  return (module == "builtins" || module == "__builtin__") && (name == "set" || name == "frozenset");
}

class Reading {
 public:
  explicit Reading(const Graph& graph) : graph_(graph) {}

  Result<TrainingArgs> args() {
    const Node& root = graph_.at(graph_.root());
    const NodeId settings = root.kind == Kind::kDict ? graph_.root() : state_of(root);
    if (settings == pickle::kNoNode)
      return fail(ErrorCode::kCorruptData, "holds something else than a trainer's settings");
    args_.type = type_of(root);
    for (const auto& [key, value] : graph_.at(settings).pairs) take(key, value);
    for (const NodeId key : graph_.dropped_keys()) args_.secrets.push_back(shown_key(key));
    std::ranges::sort(args_.secrets);
    args_.secrets.erase(std::ranges::unique(args_.secrets).begin(), args_.secrets.end());
    args_.output_dir = copy_of("output_dir");
    args_.hub_model_id = copy_of("hub_model_id");
    args_.hub_revision = copy_of("hub_revision");
    args_.hub_strategy = copy_of("hub_strategy");
    args_.hub_private_repo = flag_of("hub_private_repo");
    args_.push_to_hub = flag_of("push_to_hub");
    return std::move(args_);
  }

 private:
  // A dict, or of classes with slots a pair of which the second is one.
  NodeId state_of(const Node& object) const {
    NodeId state = object.state;
    if (state == pickle::kNoNode) return state;
    if (graph_.at(state).kind == Kind::kTuple && graph_.at(state).items.size() == 2) {
      const auto& halves = graph_.at(state).items;
      state = graph_.at(halves[0]).kind == Kind::kDict ? halves[0] : halves[1];
    }
    return graph_.at(state).kind == Kind::kDict ? state : pickle::kNoNode;
  }

  // Protocols 0 and 1 make objects by copyreg._reconstructor(class, object, None).
  std::string type_of(const Node& object) const {
    if (object.callee == pickle::kNoNode) return "";
    NodeId type = object.callee;
    const auto& arguments = graph_.at(object.arguments).items;
    const std::string_view maker = graph_.raw(graph_.at(type).name);
    if (maker == "_reconstructor" && !arguments.empty() && graph_.at(arguments[0]).kind == Kind::kGlobal)
      type = arguments[0];
    const Node& global = graph_.at(type);
    return fmt::format("{}.{}", graph_.raw(global.text), graph_.raw(global.name));
  }

  std::string shown_key(NodeId key) const {
    const std::string name = graph_.text(key).value_or("");
    return name.size() <= 100 && is_plain(name) ? name : "a key";
  }

  static bool is_plain(std::string_view name) {
    const auto plain = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    return !name.empty() && std::ranges::all_of(name, plain);
  }

  void take(NodeId key, NodeId value) {
    if (graph_.at(key).kind != Kind::kText) return;
    const std::string name = graph_.text(key).value_or("");
    if (name.size() > 100 || !is_plain(name) || is_secret_setting(name)) return;
    if (auto text = text_of(value)) args_.values.emplace_back(name, *std::move(text));
  }

  std::optional<std::string> text_of(NodeId id) const {
    const Node& node = graph_.at(id);
    if (node.dropped) return std::nullopt;
    if (node.kind == Kind::kCall || node.kind == Kind::kInstance) return text_of_object(node);
    if (node.kind == Kind::kList || node.kind == Kind::kTuple || node.kind == Kind::kSet)
      return text_of_list(node.items, ", ");
    return text_of_scalar(id);
  }

  std::optional<std::string> text_of_scalar(NodeId id) const {
    const Node& node = graph_.at(id);
    if (node.dropped) return std::nullopt;
    if (node.kind == Kind::kBool) return node.boolean ? "true" : "false";
    if (node.kind == Kind::kFloat) return python_text(node.number);
    if (node.kind == Kind::kInt) return graph_.integer_text(id);
    if (node.kind != Kind::kText || node.text.size > kValueBytesMax) return std::nullopt;
    return graph_.text(id);
  }

  std::optional<std::string> text_of_list(const std::vector<NodeId>& items, std::string_view between) const {
    if (items.empty() || items.size() > kListItemsMax) return std::nullopt;
    std::vector<std::string> texts;
    for (const NodeId item : items) {
      const Node& node = graph_.at(item);
      auto text = node.kind == Kind::kCall ? text_of_object(node) : text_of_scalar(item);
      if (!text) return std::nullopt;
      texts.push_back(*std::move(text));
    }
    return fmt::format("{}", fmt::join(texts, between));
  }

  // getattr(class, "NAME"): what the enums of transformers and trl hold under it; nobody knows others'.
  std::optional<std::string> text_of_member(const std::vector<NodeId>& arguments) const {
    const Node& owner = graph_.at(arguments[0]);
    const std::string_view module = graph_.raw(owner.text);
    if (!module.starts_with("transformers.") && !module.starts_with("trl.")) return std::nullopt;
    std::string name = graph_.text(arguments[1]).value_or("");
    const auto odd = std::ranges::find(kOddMembers, name, &Member::name);
    if (odd != kOddMembers.end() && graph_.raw(owner.name) == odd->type) return std::string(odd->value);
    std::ranges::transform(name, name.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return name;
  }

  // An enum's value, or a path.
  std::optional<std::string> text_of_object(const Node& object) const {
    const Node& callee = graph_.at(object.callee);
    const auto& arguments = graph_.at(object.arguments).items;
    if (pickle::is_getattr(graph_.raw(callee.text), graph_.raw(callee.name)))
      return text_of_member(arguments);
    if (is_path_class(graph_, callee)) return path_of(arguments);
    if (is_set_class(graph_, callee) && arguments.size() == 1)
      return text_of_list(graph_.at(arguments[0]).items, ", ");
    if (object.kind != Kind::kCall || arguments.size() != 1 || object.state != pickle::kNoNode)
      return std::nullopt;
    return text_of_scalar(arguments[0]);
  }

  std::optional<std::string> path_of(const std::vector<NodeId>& parts) const {
    auto path = text_of_list(parts, "/");
    if (path && path->starts_with("//")) path->erase(0, 1);
    return path;
  }

  std::optional<std::string> copy_of(std::string_view key) const {
    const std::string* text = args_.find(key);
    return text == nullptr || text->empty() ? std::nullopt : std::optional(*text);
  }

  std::optional<bool> flag_of(std::string_view key) const {
    const std::string* text = args_.find(key);
    if (text == nullptr || (*text != "true" && *text != "false")) return std::nullopt;
    return *text == "true";
  }

  const Graph& graph_;
  TrainingArgs args_{};
};

Result<TrainingArgs> from_range(os::ReadFile& file, std::uint64_t offset, std::uint64_t size) {
  if (size > kTrainingArgsBytesMax)
    return fail(ErrorCode::kUnsupported, "has more bytes than the settings of a training");
  WipedBytes buffer(static_cast<std::size_t>(size));
  SLIPWAY_TRY(file.read_exact(offset, buffer.bytes()));
  return training_args_of(buffer.bytes());
}

// Magic, protocol and machine come first, each a pickle of its own.
Result<TrainingArgs> from_old_layout(os::ReadFile& file, std::uint64_t size) {
  WipedBytes buffer(static_cast<std::size_t>(size));
  SLIPWAY_TRY(file.read_exact(0, buffer.bytes()));
  MutableBytes rest = buffer.bytes();
  for (int i = 0; i < 3; ++i) {
    const auto graph = pickle::read(rest, pickle::opaque());
    if (i == 0 && (!graph || graph->integer_text(graph->root()) != kOldMagic))
      return fail(ErrorCode::kUnsupported, "is no file that torch.save wrote");
    if (!graph) return std::unexpected(graph.error());
    rest = rest.subspan(graph->end());
  }
  return training_args_of(rest);
}

Result<TrainingArgs> from_zip(os::ReadFile& file, std::uint64_t size) {
  SLIPWAY_ASSIGN(const tensor::ZipArchive archive, tensor::ZipArchive::open(file, 0, size));
  if (archive.holds("constants.pkl")) return fail(ErrorCode::kUnsupported, "is a TorchScript archive");
  SLIPWAY_ASSIGN(const tensor::ZipEntry entry, archive.find("data.pkl"));
  return from_range(file, entry.offset_bytes, entry.size_bytes);
}

}  // namespace

const std::string* TrainingArgs::find(std::string_view key) const {
  using Value = std::pair<std::string, std::string>;
  const auto at = std::ranges::find(values, key, &Value::first);
  return at == values.end() ? nullptr : &at->second;
}

Result<TrainingArgs> training_args_of(MutableBytes bytes) {
  const pickle::Limits limits{.input_bytes_max = kTrainingArgsBytesMax};
  SLIPWAY_ASSIGN(const Graph graph,
                 pickle::read_dropping(bytes, is_secret_setting, pickle::opaque(), limits));
  return Reading(graph).args();
}

Result<TrainingArgs> read_training_args(os::ReadFile& file) {
  SLIPWAY_ASSIGN(const os::FileStat stat, file.stat());
  if (stat.size_bytes > kTrainingArgsBytesMax)
    return fail(ErrorCode::kUnsupported, "has more bytes than the settings of a training");
  std::array<std::byte, kZip.size()> head{};
  SLIPWAY_ASSIGN(const std::size_t got, file.read_at(0, head));
  const bool zip = as_text(head).substr(0, got) == kZip;
  return zip ? from_zip(file, stat.size_bytes) : from_old_layout(file, stat.size_bytes);
}

}  // namespace slipway::run
