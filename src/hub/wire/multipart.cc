// The multipart transfer of the LFS batch: a convention of the Hub, told in the header of an upload action.
#include <algorithm>

#include <fmt/format.h>

#include "base/whole_number.h"
#include "hub/wire/fields.h"
#include "hub/wire/types.h"

namespace slipway::hub::wire {
Result<std::optional<LfsParts>> lfs_parts(const LfsAction& upload, std::uint64_t size) {
  std::optional<std::string> chunk_size;
  std::vector<std::pair<std::uint64_t, std::string>> numbered;
  for (const auto& [key, text] : upload.header) {
    if (key == "chunk_size") chunk_size = text;
    if (const auto number = whole_number<std::uint64_t>(key)) numbered.emplace_back(*number, text);
  }
  if (!chunk_size) return std::nullopt;
  const auto chunk_bytes = whole_number<std::uint64_t>(*chunk_size);
  if (!chunk_bytes || *chunk_bytes == 0)
    return malformed(fmt::format("'chunk_size' is '{}' and must be a whole number of bytes", *chunk_size));
  const std::uint64_t count = size / *chunk_bytes + (size % *chunk_bytes == 0 ? 0 : 1);
  if (numbered.size() != count) {
    return malformed(fmt::format("{} part addresses for {} bytes in parts of {}; {} are needed",
                                 numbered.size(), size, *chunk_bytes, count));
  }
  std::ranges::sort(numbered);
  LfsParts parts{.chunk_bytes = *chunk_bytes};
  for (std::size_t i = 0; i < numbered.size(); ++i) {
    if (numbered[i].first != i + 1) return malformed(fmt::format("the address of part {} is missing", i + 1));
    parts.urls.push_back(std::move(numbered[i].second));
  }
  return std::optional(std::move(parts));
}

json::Value write_lfs_completion(std::string_view oid, const std::vector<std::string>& etags) {
  json::Value parts = json::Value::array();
  for (std::size_t i = 0; i < etags.size(); ++i)
    parts.push_back(json::Value::object({{"partNumber", i + 1}, {"etag", etags[i]}}));
  return json::Value::object({{"oid", oid}, {"parts", std::move(parts)}});
}

}  // namespace slipway::hub::wire
