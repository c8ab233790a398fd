#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "slipway/json.h"
#include "text/json_print.h"

namespace slipway::json {
namespace {

// A raw character that the ASCII style would have escaped: DEL is one of them, as in Python.
bool has_raw_characters(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x7F; });
}

// The blanks at the beginning of the line on which `at` stands, when nothing else stands before it.
std::optional<std::string> line_indent(std::string_view text, std::size_t at) {
  const std::size_t line = text.rfind('\n', at == 0 ? 0 : at - 1);
  const std::size_t begin = line == std::string_view::npos ? 0 : line + 1;
  const std::string_view blanks = text.substr(begin, at - begin);
  if (line == std::string_view::npos || blanks.find_first_not_of(" \t") != std::string_view::npos)
    return std::nullopt;
  return std::string(blanks);
}

// Where the key of a member begins: before the value stand colon, blanks and the quoted key.
std::size_t key_begin(const Value& parent, std::size_t index, std::string_view text) {
  const std::size_t from = index == 0 ? parent.begin + 1 : parent.members()[index - 1].second.end;
  return text.find('"', from);
}

// How the text around is laid out, so that what is added looks the same.
class Surroundings {
 public:
  explicit Surroundings(std::string_view text, const Value& root) : text_(text) {
    layout_.ascii = !has_raw_characters(text);
    layout_.eol = text.find("\r\n") != std::string_view::npos ? "\r\n" : "\n";
    const bool lines = text.substr(root.begin, root.end - root.begin).find('\n') != std::string_view::npos;
    if (lines || root.members().empty()) {
      layout_.indent = step(root);
    } else {
      layout_.indent.clear();
      read_one_line(root);
    }
  }

  const Layout& layout() const { return layout_; }

 private:
  // One step of indentation: that of the root's first member, two spaces when there is none.
  std::string step(const Value& root) const {
    if (root.members().empty()) return "  ";
    const auto blanks = line_indent(text_, key_begin(root, 0, text_));
    return blanks && !blanks->empty() ? *blanks : "  ";
  }

  void read_one_line(const Value& root) {
    const std::size_t value = root.members().front().second.begin;
    layout_.colon = text_[value - 1] == ' ' ? ": " : ":";
    if (root.members().size() < 2) {
      layout_.comma = layout_.colon == ": " ? ", " : ",";
      return;
    }
    const std::size_t second = key_begin(root, 1, text_);
    layout_.comma = text_[second - 1] == ' ' ? ", " : ",";
  }

  std::string_view text_;
  Layout layout_{};
};

bool keys_sorted(const Value& object) {
  return std::ranges::is_sorted(object.members(), {},
                                [](const auto& member) -> const std::string& { return member.first; });
}

std::string dotted(Document::KeyPath path) {
  std::string text;
  for (const std::string_view key : path) text += (text.empty() ? "" : ".") + std::string(key);
  return text;
}

// The indentation of an object's own line: that of the line its closing brace stands on, else by depth.
std::string object_indent(std::string_view text, const Value& object, const Layout& layout,
                          std::size_t depth) {
  if (const auto blanks = line_indent(text, object.end - 1)) return *blanks;
  std::string indent;
  for (std::size_t i = 0; i < depth; ++i) indent += layout.indent;
  return indent;
}

std::string inserted(const std::string& text, const Value& object, std::string_view key, const Value& value,
                     const Layout& around, std::size_t depth) {
  // An object that stands on one line keeps to it.
  Layout layout = around;
  const bool one_line = !object.members().empty() &&
                        text.substr(object.begin, object.end - object.begin).find('\n') == std::string::npos;
  if (one_line && !layout.indent.empty()) {
    layout.indent.clear();
    layout.comma = ", ";
  }
  const std::string outer = layout.indent.empty() ? "" : object_indent(text, object, layout, depth);
  const std::string inner = outer + layout.indent;
  std::string member = quote(key, layout.ascii) + layout.colon;
  print_to(member, value, layout, inner);

  const auto members = object.members();
  std::size_t index = members.size();
  if (!members.empty() && keys_sorted(object)) {
    index = static_cast<std::size_t>(
        std::ranges::find_if(members, [&](const auto& m) { return std::string_view(m.first) > key; }) -
        members.begin());
  }
  const std::string before = layout.indent.empty() ? "" : layout.eol + inner;
  const std::string between = layout.indent.empty() ? layout.comma : "," + layout.eol + inner;
  std::string result = text;
  if (members.empty()) {
    const std::string after = layout.indent.empty() ? "" : layout.eol + outer;
    return result.replace(object.begin + 1, object.end - object.begin - 2, before + member + after);
  }
  if (index == members.size()) return result.insert(members.back().second.end, between + member);
  return result.insert(key_begin(object, index, text), member + between);
}

std::string erased(const std::string& text, const Value& object, std::size_t index) {
  const auto members = object.members();
  std::string result = text;
  if (members.size() == 1) return result.erase(object.begin + 1, object.end - object.begin - 2);
  if (index + 1 < members.size()) {
    const std::size_t begin = key_begin(object, index, text);
    return result.erase(begin, key_begin(object, index + 1, text) - begin);
  }
  const std::size_t begin = members[index - 1].second.end;
  return result.erase(begin, members[index].second.end - begin);
}

std::optional<std::size_t> index_of(const Value& object, std::string_view key) {
  const auto members = object.members();
  const auto at = std::ranges::find_if(members, [&](const auto& member) { return member.first == key; });
  if (at == members.end()) return std::nullopt;
  return static_cast<std::size_t>(at - members.begin());
}

}  // namespace

Result<Document> Document::parse(std::string text, const ParseOptions& options) {
  Document document;
  document.options_ = options;
  SLIPWAY_ASSIGN(document.root_, json::parse(text, options));
  document.text_ = std::move(text);
  return document;
}

Document Document::make(const Style& style) {
  auto document = parse(print(Value::object(), style));
  SLIPWAY_CHECK(document.has_value());
  return std::move(*document);
}

const Value* Document::find(KeyPath path) const {
  const Value* value = &root_;
  for (const std::string_view key : path) {
    value = value->find(key);
    if (value == nullptr) return nullptr;
  }
  return value;
}

Result<void> Document::set(KeyPath path, const Value& value) {
  SLIPWAY_CHECK(!path.empty());
  const KeyPath above = path.first(path.size() - 1);
  const Value* parent = find(above);
  if (parent == nullptr || !parent->is_object()) {
    return fail(ErrorCode::kCorruptData,
                fmt::format("'{}' is no object; '{}' cannot be set in it", dotted(above), path.back()));
  }
  const Surroundings around(text_, root_);
  std::string changed;
  if (const Value* old = parent->find(path.back())) {
    if (old->same_as(value)) return {};
    std::string printed;
    const Layout& layout = around.layout();
    const bool parent_one_line =
        text_.substr(parent->begin, parent->end - parent->begin).find('\n') == std::string::npos;
    Layout own = layout;
    if (parent_one_line) own.indent.clear();
    print_to(printed, value, own, object_indent(text_, *parent, own, above.size()) + own.indent);
    changed = text_;
    changed.replace(old->begin, old->end - old->begin, printed);
  } else {
    changed = inserted(text_, *parent, path.back(), value, around.layout(), above.size());
  }
  // What is added can pass the limits of size and depth, or bring NaN where it is not allowed.
  SLIPWAY_ASSIGN(*this, parse(std::move(changed), options_));
  return {};
}

Result<void> Document::set(std::string_view key, const Value& value) {
  const std::array path{key};
  return set(KeyPath(path), value);
}

Result<void> Document::erase(KeyPath path) {
  SLIPWAY_CHECK(!path.empty());
  const Value* parent = find(path.first(path.size() - 1));
  if (parent == nullptr) return {};
  const auto index = index_of(*parent, path.back());
  if (!index) return {};
  auto again = parse(erased(text_, *parent, *index), options_);
  SLIPWAY_CHECK(again.has_value());
  *this = std::move(*again);
  return {};
}

Result<void> Document::erase(std::string_view key) {
  const std::array path{key};
  return erase(KeyPath(path));
}

Style Document::style() const {
  const Layout layout = Surroundings(text_, root_).layout();
  return {.indent = layout.indent.empty() ? -1 : static_cast<int>(layout.indent.size()),
          .ascii = layout.ascii,
          .final_newline = text_.ends_with('\n'),
          .python_separators = layout.indent.empty() && layout.colon == ": "};
}

}  // namespace slipway::json
