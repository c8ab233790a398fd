#include "server/gitattributes.h"

#include <array>

#include <fmt/format.h>

#include "base/glob.h"

namespace slipway::server {
namespace {

constexpr std::string_view kLfs = "filter=lfs diff=lfs merge=lfs -text";

// What a new repository on the Hub begins with.
constexpr std::array kDefaultPatterns = std::to_array<std::string_view>({"*.7z",          "*.arrow",
                                                                         "*.bin",         "*.bz2",
                                                                         "*.ckpt",        "*.ftz",
                                                                         "*.gz",          "*.h5",
                                                                         "*.joblib",      "*.lfs.*",
                                                                         "*.mlmodel",     "*.model",
                                                                         "*.msgpack",     "*.npy",
                                                                         "*.npz",         "*.onnx",
                                                                         "*.ot",          "*.parquet",
                                                                         "*.pb",          "*.pickle",
                                                                         "*.pkl",         "*.pt",
                                                                         "*.pth",         "*.rar",
                                                                         "*.safetensors", "saved_model/**/*",
                                                                         "*.tar.*",       "*.tar",
                                                                         "*.tflite",      "*.tgz",
                                                                         "*.wasm",        "*.xz",
                                                                         "*.zip",         "*.zst",
                                                                         "*tfevents*"});

// `[[:space:]]` is how gitattributes writes a blank.
std::string plain_pattern(std::string_view pattern) {
  std::string text(pattern);
  for (std::size_t at = 0; (at = text.find("[[:space:]]", at)) != std::string::npos;)
    text.replace(at, 11, " ");
  return text;
}

bool matches(std::string_view pattern, std::string_view path) {
  const std::string glob = plain_pattern(pattern);
  if (glob.find('/') == std::string::npos) return glob_match(glob, path.substr(path.rfind('/') + 1));
  return glob_match(glob.starts_with('/') ? glob.substr(1) : glob, path);
}

}  // namespace

std::string default_gitattributes() {
  std::string text;
  for (const std::string_view pattern : kDefaultPatterns) text += fmt::format("{} {}\n", pattern, kLfs);
  return text;
}

bool is_lfs_path(std::string_view gitattributes, std::string_view path) {
  bool lfs = false;
  while (!gitattributes.empty()) {
    const std::size_t end = std::min(gitattributes.find('\n'), gitattributes.size());
    const std::string_view line = gitattributes.substr(0, end);
    gitattributes.remove_prefix(std::min(end + 1, gitattributes.size()));
    const std::size_t blank = line.find_first_of(" \t");
    if (line.starts_with('#') || blank == std::string_view::npos || !matches(line.substr(0, blank), path))
      continue;
    const std::string_view attributes = line.substr(blank);
    if (attributes.find("filter=lfs") != std::string_view::npos)
      lfs = true;
    else if (attributes.find("-filter") != std::string_view::npos ||
             attributes.find("!filter") != std::string_view::npos)
      lfs = false;
  }
  return lfs;
}

std::string lfs_line(std::string_view path) {
  std::string pattern;
  for (const char c : path) {
    if (c == ' ')
      pattern += "[[:space:]]";
    else if (c == '*' || c == '?' || c == '[' || c == '\\')
      pattern += fmt::format("[{}]", c);
    else
      pattern += c;
  }
  return fmt::format("{} {}\n", pattern, kLfs);
}

}  // namespace slipway::server
