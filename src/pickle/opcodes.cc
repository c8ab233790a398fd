// What each opcode does to the stack; the table of all of them stands at the end.
#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

#include "pickle/escapes.h"
#include "pickle/machine.h"

namespace slipway::pickle {
namespace {

using Done = Machine::Done;

constexpr std::uint64_t kProtocolMax = 5;

std::unexpected<Error> corrupt(std::string message) {
  return fail(ErrorCode::kCorruptData, std::move(message));
}

template <class Number>
std::optional<Number> parsed(std::string_view text) {
  Number number{};
  const auto done = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || done.ec != std::errc{} || done.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_decimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Node whole(std::int64_t value) { return {.kind = Kind::kInt, .integer = value}; }

std::int64_t signed_of(std::uint64_t value, std::size_t bytes) {
  const std::size_t shift = 64 - 8 * bytes;
  return bytes == 0 ? 0 : static_cast<std::int64_t>(value << shift) >> shift;
}

}  // namespace

Done Machine::protocol() {
  SLIPWAY_ASSIGN(const std::uint64_t version, cursor_.number(1));
  if (version > kProtocolMax) return corrupt("a protocol that does not exist");
  return {};
}

Done Machine::frame() {
  SLIPWAY_ASSIGN(const std::uint64_t size, cursor_.number(8));
  if (size > cursor_.left()) return corrupt("the frame runs past the end");
  return {};
}

Done Machine::none() { return push_known(none_, {.kind = Kind::kNone}); }

template <bool kValue>
Done Machine::boolean() {
  return push_known(kValue ? true_ : false_, {.kind = Kind::kBool, .boolean = kValue});
}

template <std::size_t kBytes>
Done Machine::small_int() {
  SLIPWAY_ASSIGN(const std::uint64_t value, cursor_.number(kBytes));
  return push_new(whole(static_cast<std::int64_t>(value)));
}

Done Machine::int_32() {
  SLIPWAY_ASSIGN(const std::uint64_t value, cursor_.number(4));
  return push_new(whole(signed_of(value, 4)));
}

template <std::size_t kBytes>
Done Machine::long_int() {
  SLIPWAY_ASSIGN(const std::uint64_t size, cursor_.number(kBytes));
  if (kBytes == 4 && size > 0x7fffffff) return corrupt("a negative length");
  SLIPWAY_ASSIGN(const Place place, cursor_.take(size));
  if (size > 8) return push_new({.kind = Kind::kInt, .form = Form::kLittle, .text = place});
  std::uint64_t value = 0;
  for (std::size_t i = place.size; i-- > 0;)
    value = value << 8U | static_cast<unsigned char>(cursor_.input()[place.at + i]);
  return push_new(whole(signed_of(value, place.size)));
}

Done Machine::int_line() {
  SLIPWAY_ASSIGN(const Place place, cursor_.line());
  const std::string_view text = graph_.raw(place);
  if (text == "01") return boolean<true>();
  if (text == "00") return boolean<false>();
  if (const auto value = parsed<std::int64_t>(text)) return push_new(whole(*value));
  if (!is_decimal(text)) return corrupt("no whole number");
  return push_new({.kind = Kind::kInt, .form = Form::kDigits, .text = place});
}

Done Machine::long_line() {
  SLIPWAY_ASSIGN(Place place, cursor_.line());
  if (graph_.raw(place).ends_with('L')) --place.size;
  const std::string_view text = graph_.raw(place);
  if (const auto value = parsed<std::int64_t>(text)) return push_new(whole(*value));
  if (!is_decimal(text)) return corrupt("no whole number");
  return push_new({.kind = Kind::kInt, .form = Form::kDigits, .text = place});
}

Done Machine::float_bytes() {
  SLIPWAY_ASSIGN(const std::uint64_t bits, cursor_.number(8));
  return push_new({.kind = Kind::kFloat, .number = std::bit_cast<double>(std::byteswap(bits))});
}

Done Machine::float_line() {
  SLIPWAY_ASSIGN(const Place place, cursor_.line());
  const auto value = parsed<double>(graph_.raw(place));
  if (!value) return corrupt("no number");
  return push_new({.kind = Kind::kFloat, .number = *value});
}

template <std::size_t kBytes>
Done Machine::text() {
  SLIPWAY_ASSIGN(const Place place, cursor_.counted(kBytes));
  if (!is_python_utf8(graph_.raw(place))) return corrupt("a text that is no UTF-8");
  return push_new({.kind = Kind::kText, .text = place});
}

template <std::size_t kBytes>
Done Machine::byte_string() {
  SLIPWAY_ASSIGN(const Place place, cursor_.counted(kBytes));
  return push_new({.kind = Kind::kBytes, .text = place});
}

// Python 2 wrote texts and bytes alike.
template <std::size_t kBytes>
Done Machine::old_string() {
  SLIPWAY_ASSIGN(const Place place, cursor_.counted(kBytes));
  const bool is_text = is_python_utf8(graph_.raw(place));
  return push_new({.kind = is_text ? Kind::kText : Kind::kBytes, .text = place});
}

Done Machine::quoted_line() {
  SLIPWAY_ASSIGN(Place place, cursor_.line());
  const std::string_view text = graph_.raw(place);
  const bool quoted = text.size() >= 2 && text.front() == text.back() && (text[0] == '\'' || text[0] == '"');
  if (!quoted) return corrupt("a text without its quotes");
  place = {place.at + 1, place.size - 2};
  const bool escaped = graph_.raw(place).find('\\') != std::string_view::npos;
  if (!escaped && !is_python_utf8(graph_.raw(place))) return corrupt("a text that is no UTF-8");
  return push_new({.kind = Kind::kText, .form = escaped ? Form::kQuoted : Form::kPlain, .text = place});
}

Done Machine::escaped_line() {
  SLIPWAY_ASSIGN(const Place place, cursor_.line());
  const auto plain = [](char c) { return c != '\\' && static_cast<unsigned char>(c) < 0x80; };
  const bool escaped = !std::ranges::all_of(graph_.raw(place), plain);
  return push_new({.kind = Kind::kText, .form = escaped ? Form::kEscaped : Form::kPlain, .text = place});
}

Done Machine::mark() {
  SLIPWAY_TRY(count_links(1));
  marks_.push_back(stack_.size());
  return {};
}

Done Machine::pop() {
  if (!marks_.empty() && marks_.back() == stack_.size()) {
    marks_.pop_back();
    return {};
  }
  SLIPWAY_TRY(pop_one());
  return {};
}

Done Machine::pop_mark() {
  SLIPWAY_TRY(pop_to_mark());
  return {};
}

Done Machine::duplicate() {
  SLIPWAY_ASSIGN(const NodeId id, top());
  return push(id);
}

template <Kind kKind>
Done Machine::empty() {
  return push_new({.kind = kKind});
}

template <Kind kKind>
Done Machine::collect() {
  SLIPWAY_ASSIGN(std::vector<NodeId> items, pop_to_mark());
  return push_new({.kind = kKind, .items = std::move(items)});
}

template <std::size_t kCount>
Done Machine::tuple() {
  std::vector<NodeId> items(kCount);
  for (std::size_t i = kCount; i-- > 0;) {
    SLIPWAY_ASSIGN(items[i], pop_one());
  }
  SLIPWAY_TRY(count_links(kCount));
  return push_new({.kind = Kind::kTuple, .items = std::move(items)});
}

Done Machine::append() {
  SLIPWAY_ASSIGN(const NodeId item, pop_one());
  SLIPWAY_ASSIGN(const NodeId target, top());
  return add_item(target, item);
}

Done Machine::appends() {
  SLIPWAY_ASSIGN(const std::vector<NodeId> items, pop_to_mark());
  SLIPWAY_ASSIGN(const NodeId target, top());
  for (const NodeId item : items) SLIPWAY_TRY(add_item(target, item));
  return {};
}

Done Machine::add_items() { return appends(); }

Done Machine::set_item() {
  SLIPWAY_ASSIGN(const NodeId value, pop_one());
  SLIPWAY_ASSIGN(const NodeId key, pop_one());
  SLIPWAY_ASSIGN(const NodeId target, top());
  return add_pair(target, key, value);
}

Done Machine::set_items() {
  SLIPWAY_ASSIGN(const std::vector<NodeId> items, pop_to_mark());
  SLIPWAY_ASSIGN(const NodeId target, top());
  if (items.size() % 2 != 0) return corrupt("a key without a value");
  for (std::size_t i = 0; i < items.size(); i += 2) SLIPWAY_TRY(add_pair(target, items[i], items[i + 1]));
  return {};
}

Done Machine::dict() {
  SLIPWAY_ASSIGN(const std::vector<NodeId> items, pop_to_mark());
  if (items.size() % 2 != 0) return corrupt("a key without a value");
  SLIPWAY_TRY(push_new({.kind = Kind::kDict}));
  for (std::size_t i = 0; i < items.size(); i += 2)
    SLIPWAY_TRY(add_pair(stack_.back(), items[i], items[i + 1]));
  return {};
}

Done Machine::memoize() {
  SLIPWAY_ASSIGN(const NodeId id, top());
  return remember(memo_.size(), id);
}

template <std::size_t kBytes>
Done Machine::put() {
  SLIPWAY_ASSIGN(const std::uint64_t index, cursor_.number(kBytes));
  SLIPWAY_ASSIGN(const NodeId id, top());
  return remember(index, id);
}

template <std::size_t kBytes>
Done Machine::get() {
  SLIPWAY_ASSIGN(const std::uint64_t index, cursor_.number(kBytes));
  return recall(index);
}

Done Machine::put_line() {
  SLIPWAY_ASSIGN(const Place place, cursor_.line());
  const auto index = parsed<std::uint64_t>(graph_.raw(place));
  if (!index) return corrupt("no number");
  SLIPWAY_ASSIGN(const NodeId id, top());
  return remember(*index, id);
}

Done Machine::get_line() {
  SLIPWAY_ASSIGN(const Place place, cursor_.line());
  const auto index = parsed<std::uint64_t>(graph_.raw(place));
  if (!index) return corrupt("no number");
  return recall(*index);
}

Done Machine::global() {
  SLIPWAY_ASSIGN(const Place module, cursor_.line());
  SLIPWAY_ASSIGN(const Place name, cursor_.line());
  return push_global(module, name);
}

Done Machine::stack_global() {
  SLIPWAY_ASSIGN(const NodeId name, pop_one());
  SLIPWAY_ASSIGN(const NodeId module, pop_one());
  const auto plain = [&](NodeId id) {
    return at(id).kind == Kind::kText && at(id).form == Form::kPlain && !at(id).dropped;
  };
  if (!plain(name) || !plain(module)) return corrupt("a name that is no plain text");
  return push_global(at(module).text, at(name).text);
}

Done Machine::reduce() {
  SLIPWAY_ASSIGN(const NodeId arguments, pop_one());
  SLIPWAY_ASSIGN(const NodeId callee, pop_one());
  return push_object(Kind::kCall, callee, arguments, kNoNode, Role::kCall);
}

Done Machine::new_object() {
  SLIPWAY_ASSIGN(const NodeId arguments, pop_one());
  SLIPWAY_ASSIGN(const NodeId callee, pop_one());
  return push_object(Kind::kInstance, callee, arguments, kNoNode, Role::kInstance);
}

Done Machine::new_object_keywords() {
  SLIPWAY_ASSIGN(const NodeId keywords, pop_one());
  SLIPWAY_ASSIGN(const NodeId arguments, pop_one());
  SLIPWAY_ASSIGN(const NodeId callee, pop_one());
  return push_object(Kind::kInstance, callee, arguments, keywords, Role::kInstance);
}

Done Machine::build() {
  SLIPWAY_ASSIGN(const NodeId state, pop_one());
  SLIPWAY_ASSIGN(const NodeId target, top());
  Node& node = at(target);
  if (node.kind != Kind::kCall && node.kind != Kind::kInstance)
    return corrupt("what should get a state is no object");
  if (node.state != kNoNode) return corrupt("an object is given its state twice");
  SLIPWAY_TRY(check_role(node.callee, Role::kBuild));
  SLIPWAY_TRY(count_links(1));
  node.state = state;
  if (node.dropped) drop(state);
  return {};
}

Done Machine::inst() {
  SLIPWAY_ASSIGN(const Place module, cursor_.line());
  SLIPWAY_ASSIGN(const Place name, cursor_.line());
  SLIPWAY_ASSIGN(std::vector<NodeId> arguments, pop_to_mark());
  SLIPWAY_TRY(push_global(module, name));
  SLIPWAY_ASSIGN(const NodeId callee, pop_one());
  return push_instance(callee, std::move(arguments));
}

Done Machine::object() {
  SLIPWAY_ASSIGN(std::vector<NodeId> arguments, pop_to_mark());
  if (arguments.empty()) return corrupt("there is no class");
  const NodeId callee = arguments.front();
  arguments.erase(arguments.begin());
  return push_instance(callee, std::move(arguments));
}

// torch's: ("storage", class, key, location, count) and, in its oldest form, a view of it.
Done Machine::persistent() {
  SLIPWAY_ASSIGN(const NodeId id, pop_one());
  const Node& node = at(id);
  const bool shaped = node.kind == Kind::kTuple && (node.items.size() == 5 || node.items.size() == 6);
  const Node* tag = shaped ? &at(node.items[0]) : nullptr;
  if (tag == nullptr || tag->kind != Kind::kText || graph_.raw(tag->text) != "storage")
    return corrupt("a persistent id that is no storage");
  const Node& type = at(node.items[1]);
  if (type.kind != Kind::kGlobal || !is_storage_class(graph_.raw(type.text), graph_.raw(type.name)))
    return corrupt("a storage of no known type");
  return push_new({.kind = Kind::kPersistent, .arguments = id});
}

Done Machine::not_taken() {
  return fail(ErrorCode::kUnsupported, "names something outside of the file, which is never looked up");
}

namespace {

using M = Machine;

// Sorted by code.
constexpr auto kOpcodes = std::to_array<Opcode>({
    {'(', "MARK", &M::mark},
    {')', "EMPTY_TUPLE", &M::empty<Kind::kTuple>},
    {'.', "STOP", nullptr},
    {'0', "POP", &M::pop},
    {'1', "POP_MARK", &M::pop_mark},
    {'2', "DUP", &M::duplicate},
    {'B', "BINBYTES", &M::byte_string<4>},
    {'C', "SHORT_BINBYTES", &M::byte_string<1>},
    {'F', "FLOAT", &M::float_line},
    {'G', "BINFLOAT", &M::float_bytes},
    {'I', "INT", &M::int_line},
    {'J', "BININT", &M::int_32},
    {'K', "BININT1", &M::small_int<1>},
    {'L', "LONG", &M::long_line},
    {'M', "BININT2", &M::small_int<2>},
    {'N', "NONE", &M::none},
    {'P', "PERSID", &M::not_taken},
    {'Q', "BINPERSID", &M::persistent},
    {'R', "REDUCE", &M::reduce},
    {'S', "STRING", &M::quoted_line},
    {'T', "BINSTRING", &M::old_string<4>},
    {'U', "SHORT_BINSTRING", &M::old_string<1>},
    {'V', "UNICODE", &M::escaped_line},
    {'X', "BINUNICODE", &M::text<4>},
    {']', "EMPTY_LIST", &M::empty<Kind::kList>},
    {'a', "APPEND", &M::append},
    {'b', "BUILD", &M::build},
    {'c', "GLOBAL", &M::global},
    {'d', "DICT", &M::dict},
    {'e', "APPENDS", &M::appends},
    {'g', "GET", &M::get_line},
    {'h', "BINGET", &M::get<1>},
    {'i', "INST", &M::inst},
    {'j', "LONG_BINGET", &M::get<4>},
    {'l', "LIST", &M::collect<Kind::kList>},
    {'o', "OBJ", &M::object},
    {'p', "PUT", &M::put_line},
    {'q', "BINPUT", &M::put<1>},
    {'r', "LONG_BINPUT", &M::put<4>},
    {'s', "SETITEM", &M::set_item},
    {'t', "TUPLE", &M::collect<Kind::kTuple>},
    {'u', "SETITEMS", &M::set_items},
    {'}', "EMPTY_DICT", &M::empty<Kind::kDict>},
    {0x80, "PROTO", &M::protocol},
    {0x81, "NEWOBJ", &M::new_object},
    {0x82, "EXT1", &M::not_taken},
    {0x83, "EXT2", &M::not_taken},
    {0x84, "EXT4", &M::not_taken},
    {0x85, "TUPLE1", &M::tuple<1>},
    {0x86, "TUPLE2", &M::tuple<2>},
    {0x87, "TUPLE3", &M::tuple<3>},
    {0x88, "NEWTRUE", &M::boolean<true>},
    {0x89, "NEWFALSE", &M::boolean<false>},
    {0x8a, "LONG1", &M::long_int<1>},
    {0x8b, "LONG4", &M::long_int<4>},
    {0x8c, "SHORT_BINUNICODE", &M::text<1>},
    {0x8d, "BINUNICODE8", &M::text<8>},
    {0x8e, "BINBYTES8", &M::byte_string<8>},
    {0x8f, "EMPTY_SET", &M::empty<Kind::kSet>},
    {0x90, "ADDITEMS", &M::add_items},
    {0x91, "FROZENSET", &M::collect<Kind::kSet>},
    {0x92, "NEWOBJ_EX", &M::new_object_keywords},
    {0x93, "STACK_GLOBAL", &M::stack_global},
    {0x94, "MEMOIZE", &M::memoize},
    {0x95, "FRAME", &M::frame},
    {0x96, "BYTEARRAY8", &M::byte_string<8>},
    {0x97, "NEXT_BUFFER", &M::not_taken},
    {0x98, "READONLY_BUFFER", &M::not_taken},
});

}  // namespace

const Opcode* find_opcode(std::uint8_t code) {
  const auto at = std::ranges::lower_bound(kOpcodes, code, {}, &Opcode::code);
  return at != kOpcodes.end() && at->code == code ? &*at : nullptr;
}

}  // namespace slipway::pickle
