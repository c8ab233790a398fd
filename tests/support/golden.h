// support/golden.h - a golden file as JSON. A missing or broken one stops the test with its path.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include <fmt/format.h>
#include "os/path.h"
#include "os/posix_file_system.h"
#include "slipway/json.h"
#include "support/source_dir.h"

namespace slipway::testing {

inline json::Value golden_json(const std::string& name) {
  os::PosixFileSystem fs;
  const std::string path = fmt::format("{}/tests/golden/{}", slipway::testing::source_dir(), name);
  const auto text = os::read_file(fs, path, 64u << 20);
  if (!text) throw std::runtime_error(describe(text.error()));
  auto value = json::parse(*text);
  if (!value) throw std::runtime_error(path + ": " + describe(value.error()));
  return std::move(*value);
}

// The cases of a file of vectors; empty is a failure, because a loop over nothing proves nothing.
inline std::vector<json::Value> golden_cases(const std::string& name) {
  const json::Value root = golden_json(name);
  const json::Value* cases = root.find("cases");
  if (cases == nullptr || cases->items().empty()) throw std::runtime_error(name + " has no cases");
  return {cases->items().begin(), cases->items().end()};
}

inline std::string text_of(const json::Value& object, std::string_view key) {
  const json::Value* value = object.find(key);
  return value == nullptr ? "" : value->string();
}

}  // namespace slipway::testing
