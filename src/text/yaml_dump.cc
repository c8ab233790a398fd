#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "text/yaml_resolve.h"
#include "text/yaml_scalar.h"

namespace slipway::yaml {
namespace {

constexpr std::size_t kSimpleKeyLength = 128 - 5;  // PyYAML counts the hidden tag !!str
constexpr int kDumpDepthMax = 128;                 // as deep as JSON may be

// The shortest text that reads back, as Python's repr gives it, in a form that YAML takes for a float.
std::string float_text(double value) {
  if (std::isinf(value)) return value < 0 ? "-.inf" : ".inf";
  std::string text = fmt::format("{}", value);
  if (text.find('.') != std::string::npos) return text;
  const auto exponent = text.find('e');
  return exponent == std::string::npos ? text + ".0" : text.insert(exponent, ".0");
}

std::string number_text(const json::Value& value) {
  const std::string& text = value.number_text();
  if (text.find_first_of(".eE") == std::string::npos) return text;
  const auto real = value.as_double();
  return real ? float_text(*real) : text;
}

class Dumper {
 public:
  // Writes the value of a root, of a key or of a list's item; `indent` is the column of the block around it.
  void scalar(const json::Value& value, int indent) {
    if (value.is_string()) return string(value.string(), indent);
    if (value.is_bool()) {
      out_ += *value.as_bool() ? "true" : "false";
    } else {
      out_ += value.is_number() ? number_text(value) : "null";
    }
  }

  void map(const json::Value& value, int indent, int depth) {
    SLIPWAY_CHECK(depth < kDumpDepthMax);
    bool first = true;
    for (const auto& [key, member] : value.members()) {
      if (!std::exchange(first, false)) out_.append(static_cast<std::size_t>(indent), ' ');
      key_of_map(key, indent);
      after_colon(member, indent, depth);
    }
  }

  void list(const json::Value& value, int indent, int depth) {
    SLIPWAY_CHECK(depth < kDumpDepthMax);
    bool first = true;
    for (const json::Value& item : value.items()) {
      if (!std::exchange(first, false)) out_.append(static_cast<std::size_t>(indent), ' ');
      out_ += '-';
      after_dash(item, indent, depth);
    }
  }

  void any(const json::Value& value, int indent, int depth) {
    if (is_empty_collection(value)) {
      out_ += value.is_array() ? "[]" : "{}";
    } else if (value.is_array()) {
      return list(value, indent, depth);
    } else if (value.is_object()) {
      return map(value, indent, depth);
    } else {
      scalar(value, indent);
    }
    out_ += '\n';
  }

  std::string take() { return std::move(out_); }

 private:
  static bool is_empty_collection(const json::Value& value) {
    return (value.is_array() && value.items().empty()) || (value.is_object() && value.members().empty());
  }
  static bool is_block(const json::Value& value) {
    return (value.is_array() || value.is_object()) && !is_empty_collection(value);
  }

  void string(std::string_view text, int indent) { out_ += scalar_text(text, indent + 2); }

  void key_of_map(const std::string& key, int indent) {
    if (is_simple_key(key, kSimpleKeyLength)) {
      string(key, indent);
      out_ += ':';
      return;
    }
    out_ += "? ";
    string(key, indent);
    out_ += '\n';
    out_.append(static_cast<std::size_t>(indent), ' ');
    out_ += ':';
    question_ = true;
  }

  void after_colon(const json::Value& value, int indent, int depth) {
    const bool question = std::exchange(question_, false);
    if (!is_block(value) || question) {
      out_ += ' ';
      return any(value, is_block(value) ? indent + 2 : indent, depth + 1);
    }
    const int inner = value.is_array() ? indent : indent + 2;  // lists stand at the column of their key
    out_ += '\n';
    out_.append(static_cast<std::size_t>(inner), ' ');
    any(value, inner, depth + 1);
  }

  void after_dash(const json::Value& value, int indent, int depth) {
    out_ += ' ';
    any(value, is_block(value) ? indent + 2 : indent, depth + 1);
  }

  std::string out_;
  bool question_ = false;  // the key was written after a question mark
};

}  // namespace

std::string dump_string(std::string_view text) { return scalar_text(text, 2); }

std::string dump_block(const json::Value& value) {
  Dumper dumper;
  dumper.any(value, 0, 0);
  return dumper.take();
}

}  // namespace slipway::yaml
