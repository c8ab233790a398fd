#include "hub/wire/fields.h"

#include <fmt/format.h>

#include "base/encoding.h"

namespace slipway::hub::wire {

std::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorCode::kProtocol, fmt::format("malformed message: {}", what));
}

Result<std::string> need_text(const json::Value& object, std::string_view key) {
  const json::Value* value = object.find(key);
  if (value == nullptr || !value->is_string()) return malformed(fmt::format("'{}' must be a string", key));
  return value->string();
}

std::string text_or(const json::Value& object, std::string_view key, std::string_view fallback) {
  return maybe_text(object, key).value_or(std::string(fallback));
}

std::optional<std::string> maybe_text(const json::Value& object, std::string_view key) {
  const json::Value* value = object.find(key);
  return value == nullptr ? std::nullopt : value->as_string();
}

std::optional<bool> maybe_bool(const json::Value& object, std::string_view key) {
  const json::Value* value = object.find(key);
  return value == nullptr ? std::nullopt : value->as_bool();
}

Result<std::uint64_t> need_size(const json::Value& object, std::string_view key) {
  const json::Value* value = object.find(key);
  const auto size = value == nullptr ? std::nullopt : value->as_uint();
  if (!size) return malformed(fmt::format("'{}' must be a whole number", key));
  return *size;
}

Result<const json::Value*> need_list(const json::Value& object, std::string_view key) {
  const json::Value* value = object.find(key);
  if (value == nullptr || !value->is_array()) return malformed(fmt::format("'{}' must be a list", key));
  return value;
}

bool is_sha256(std::string_view text) { return text.size() == 64 && is_hex(text); }

}  // namespace slipway::hub::wire
