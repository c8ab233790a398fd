// hub/wire/fields.h - reading members of JSON objects that somebody else wrote.
//
// Threads    value
// Errors     kProtocol naming the member that is missing or of another type
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "slipway/json.h"
#include "slipway/result.h"

namespace slipway::hub::wire {

std::unexpected<Error> malformed(std::string_view what);
Result<std::string> need_text(const json::Value& object, std::string_view key);
std::string text_or(const json::Value& object, std::string_view key, std::string_view fallback = "");
std::optional<std::string> maybe_text(const json::Value& object, std::string_view key);  // null is absent
std::optional<bool> maybe_bool(const json::Value& object, std::string_view key);
Result<std::uint64_t> need_size(const json::Value& object, std::string_view key);
Result<const json::Value*> need_list(const json::Value& object, std::string_view key);
bool is_sha256(std::string_view text);

}  // namespace slipway::hub::wire
