// support/training_args_file.h - writes files as torch.save does, for tests that need a training_args.bin.
#pragma once

#include <string>
#include <string_view>

namespace slipway::testing {

using namespace std::string_literals;

inline std::string text(std::string_view value) {
  return "\x8c"s + static_cast<char>(value.size()) + std::string(value);
}

// A settings object of protocol 4 with these keys and values.
inline std::string pickled(const std::string& pairs) { return "\x80\4cm\nMyConfig\n)\x81}(" + pairs + "ub."; }

// One stored entry, as a zip archive of no other.
inline std::string archive_of(const std::string& body) {
  const auto number = [](std::size_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
    return out;
  };
  const std::string name = "a/data.pkl", zero4(4, '\0'), zero8(8, '\0');
  const std::string sizes = zero4 + number(body.size(), 4) + number(body.size(), 4) + number(name.size(), 2);
  const std::string local = "PK\3\4\0\0\0\0\0\0"s + zero4 + sizes + "\0\0"s + name + body;
  const std::string central = "PK\1\2\0\0\0\0\0\0\0\0"s + zero4 + sizes + "\0\0\0\0\0\0\0\0"s + zero8 + name;
  return local + central + "PK\5\6\0\0\0\0\1\0\1\0"s + number(central.size(), 4) + number(local.size(), 4) +
         "\0\0"s;
}

}  // namespace slipway::testing
