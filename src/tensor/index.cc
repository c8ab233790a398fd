#include "tensor/index.h"

#include <cmath>

#include <fmt/format.h>
#include "os/path.h"
#include "slipway/json.h"
#include "tensor/tensor_name.h"

namespace slipway::tensor {
namespace {

constexpr double kExactFloatMax = 9007199254740992.0;  // 2^53: above it a float names no single integer

Result<std::string> shard_name(const std::string& tensor, const json::Value& value,
                               std::string_view extension) {
  if (!value.is_string()) {
    return fail(ErrorCode::kCorruptData,
                fmt::format("weight_map gives no file name for {}", shown_name(tensor)));
  }
  const std::string& name = value.string();
  if (!os::is_plain_relative(name) || name.find('/') != std::string::npos) {
    return fail(ErrorCode::kCorruptData,
                fmt::format("weight_map gives {} the file {}, which is no plain file name",
                            shown_name(tensor), shown_name(name)));
  }
  if (!name.ends_with(extension)) {
    return fail(ErrorCode::kCorruptData,
                fmt::format("weight_map gives {} the file {}, which is not a {} file", shown_name(tensor),
                            shown_name(name), extension.substr(1)));
  }
  return name;
}

// A total as writers of several ages put it; what cannot be understood is only worth a warning,
// because loaders do not read it.
std::optional<std::uint64_t> total(WeightIndex& index, const json::Value& metadata, std::string_view key) {
  const json::Value* value = metadata.find(key);
  if (value == nullptr) return std::nullopt;
  if (const auto whole = value->as_uint()) return whole;
  const auto real = value->as_double();
  if (real && *real >= 0 && *real <= kExactFloatMax && std::floor(*real) == *real) {
    index.warnings.push_back(fmt::format("metadata.{} is written as a float", key));
    return static_cast<std::uint64_t>(*real);
  }
  index.warnings.push_back(fmt::format("metadata.{} is not a whole number", key));
  return std::nullopt;
}

void read_totals(WeightIndex& index, const json::Value* metadata) {
  if (metadata == nullptr || !metadata->is_object()) {
    index.warnings.emplace_back("has no metadata, so its total_size cannot be checked");
    return;
  }
  index.total_size = total(index, *metadata, "total_size");
  index.total_parameters = total(index, *metadata, "total_parameters");
}

}  // namespace

Result<WeightIndex> parse_index(std::string_view text, std::string_view extension) {
  SLIPWAY_ASSIGN(const auto root, json::parse(text));
  const json::Value* map = root.find("weight_map");
  if (map == nullptr || !map->is_object()) {
    return fail(ErrorCode::kCorruptData,
                "has no weight_map, so no tensor can be found: save the model again");
  }
  WeightIndex index;
  for (const auto& [name, value] : map->members()) {
    SLIPWAY_ASSIGN(auto file, shard_name(name, value, extension));
    index.weight_map.emplace(name, std::move(file));
  }
  read_totals(index, root.find("metadata"));
  return index;
}

std::string print_index(const WeightIndex& index) {
  json::Value metadata = json::Value::object();
  if (index.total_parameters) metadata.set("total_parameters", *index.total_parameters);
  if (index.total_size) metadata.set("total_size", *index.total_size);
  std::vector<std::pair<std::string, json::Value>> files;
  for (const auto& [name, file] : index.weight_map) files.emplace_back(name, json::Value(file));
  return json::print(json::Value::object(
      {{"metadata", std::move(metadata)}, {"weight_map", json::Value::object(std::move(files))}}));
}

}  // namespace slipway::tensor
