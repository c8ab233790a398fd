// jinja/text_args.h - what the methods of strings share.
//
// Threads    belongs to one rendering
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "jinja/given.h"
#include "jinja/machine.h"

namespace slipway::jinja {

struct Part {  // of a string: text[start:end], as bytes
  std::string_view bytes;
  std::size_t first_point = 0;
  bool empty_range = false;  // start is past the end
};
Result<Part> part_of(const Value& self, const Given& given, std::size_t start_at);

// Strips the code points that `chars` holds, blanks when it is null.
std::string_view strip_of(std::string_view text, const std::string* chars, bool left, bool right);
// Pads with `fill` to `width` code points.
Result<Value> padded(Machine& machine, const Value& self, std::int64_t width, std::string_view fill,
                     char where);
Result<std::string> replaced(Machine& machine, std::string_view text, std::string_view old,
                             std::string_view fresh, std::int64_t count);
std::vector<std::string_view> split_blanks(std::string_view text, std::int64_t limit);
Result<std::vector<std::string_view>> split_at(Machine& machine, std::string_view text,
                                               std::string_view separator, std::int64_t limit);
std::vector<std::string_view> lines_of(std::string_view text, bool keep_ends);
Result<std::string> joined(Machine& machine, const std::vector<std::string>& parts,
                           std::string_view separator);

}  // namespace slipway::jinja
