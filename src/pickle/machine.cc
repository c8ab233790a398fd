#include "pickle/machine.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/wiped_bytes.h"

namespace slipway::pickle {
namespace {

std::unexpected<Error> corrupt(std::string message) {
  return fail(ErrorCode::kCorruptData, std::move(message));
}

// A name is shown only if it can be one: it comes from outside.
std::string shown(std::string_view module, std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  };
  const bool fits = module.size() <= 100 && name.size() <= 100;
  if (!fits || !std::ranges::all_of(module, plain) || !std::ranges::all_of(name, plain)) return "a name";
  return fmt::format("{}.{}", module, name);
}

bool is_object(const Node& node) {
  return node.kind == Kind::kCall || node.kind == Kind::kInstance || node.kind == Kind::kPersistent;
}

}  // namespace

Machine::Machine(Bytes input, MutableBytes writable, IsSecret is_secret, const Policy& policy,
                 const Limits& limits)
    : writable_(writable), is_secret_(is_secret), policy_(policy), limits_(limits), cursor_(as_text(input)) {
  graph_.input_ = as_text(input);
}

Result<Graph> Machine::run() {
  if (cursor_.left() > limits_.input_bytes_max)
    return fail(ErrorCode::kUnsupported, "the pickle is longer than what is read");
  while (!stopped_) SLIPWAY_TRY(step());
  SLIPWAY_TRY(check_shape(graph_, limits_, policy_.strict()));
  return std::move(graph_);
}

Machine::Done Machine::step() {
  const std::size_t begin = cursor_.at();
  const auto code = cursor_.number(1);
  if (!code) return corrupt(fmt::format("byte {}: the pickle ends without STOP", begin));
  const Opcode* opcode = find_opcode(static_cast<std::uint8_t>(*code));
  if (opcode == nullptr) return corrupt(fmt::format("byte {}: there is no opcode 0x{:02x}", begin, *code));
  const auto explained = [&](Error error) {
    error.message = fmt::format("byte {}: {}: {}", begin, opcode->name, error.message);
    return std::unexpected(std::move(error));
  };
  if (!policy_.takes_opcode(opcode->code))
    return explained({.code = ErrorCode::kUnsupported,
                      .message =
                          "has no place in weights as torch.save writes them; save them again, without a "
                          "pickle_protocol of another kind"});
  if (opcode->run != nullptr) {
    auto done = (this->*opcode->run)();
    return done ? done : explained(std::move(done).error());
  }
  const auto root = pop_one();
  if (!root) return explained(root.error());
  graph_.root_ = *root;
  graph_.end_ = cursor_.at();
  stopped_ = true;
  return {};
}

Result<NodeId> Machine::add(Node node) {
  if (graph_.nodes_.size() >= limits_.nodes_max)
    return fail(ErrorCode::kUnsupported, "more objects than are read");
  graph_.nodes_.push_back(std::move(node));
  return static_cast<NodeId>(graph_.nodes_.size() - 1);
}

Machine::Done Machine::count_links(std::size_t count) {
  links_ += count;
  if (links_ > limits_.links_max) return fail(ErrorCode::kUnsupported, "more references than are read");
  return {};
}

Machine::Done Machine::push(NodeId id) {
  if (stack_.size() >= limits_.links_max) return fail(ErrorCode::kUnsupported, "more stack than is read");
  stack_.push_back(id);
  return {};
}

Machine::Done Machine::push_new(Node node) {
  SLIPWAY_ASSIGN(const NodeId id, add(std::move(node)));
  return push(id);
}

Machine::Done Machine::push_known(NodeId& id, Node node) {
  if (id == kNoNode) {
    SLIPWAY_ASSIGN(id, add(std::move(node)));
  }
  return push(id);
}

Result<NodeId> Machine::top() const {
  const std::size_t floor = marks_.empty() ? 0 : marks_.back();
  if (stack_.size() <= floor) return corrupt("the stack is empty");
  return stack_.back();
}

Result<NodeId> Machine::pop_one() {
  SLIPWAY_ASSIGN(const NodeId id, top());
  stack_.pop_back();
  return id;
}

Result<std::vector<NodeId>> Machine::pop_to_mark() {
  if (marks_.empty()) return corrupt("there is no mark");
  const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<NodeId> popped(begin, stack_.end());
  stack_.erase(begin, stack_.end());
  marks_.pop_back();
  SLIPWAY_TRY(count_links(popped.size()));
  return popped;
}

Machine::Done Machine::add_item(NodeId target, NodeId item) {
  SLIPWAY_TRY(count_links(1));
  Node& node = at(target);
  if (node.kind != Kind::kList && node.kind != Kind::kSet && (policy_.strict() || !is_object(node)))
    return corrupt("what should get an item is no list");
  node.items.push_back(item);
  if (node.dropped) drop(item);
  return {};
}

Machine::Done Machine::add_pair(NodeId target, NodeId key, NodeId value) {
  SLIPWAY_TRY(count_links(2));
  Node& node = at(target);
  const bool mapping = node.callee != kNoNode && at(node.callee).kind == Kind::kGlobal &&
                       graph_.raw(at(node.callee).text) == "collections";
  if (node.kind != Kind::kDict && !(policy_.strict() ? mapping : is_object(node)))
    return corrupt("what should get a key is no dict");
  node.pairs.emplace_back(key, value);
  const Node& name = at(key);
  const bool secret = is_secret_ != nullptr && name.kind == Kind::kText && is_secret_(graph_.raw(name.text));
  if (secret) {
    const Node& held = at(value);
    const bool nothing = held.kind == Kind::kNone || held.kind == Kind::kBool ||
                         (held.kind == Kind::kText && held.text.size == 0);
    if (!nothing) graph_.dropped_keys_.push_back(key);
  }
  if (secret || node.dropped) drop(value);
  return {};
}

bool Machine::drop_text(Node& node) {
  if (node.dropped) return false;
  node.dropped = true;
  const bool holds = node.kind == Kind::kText || node.kind == Kind::kBytes ||
                     (node.kind == Kind::kInt && node.form != Form::kPlain);
  if (holds && !writable_.empty()) wipe(writable_.subspan(node.text.at, node.text.size));
  if (node.kind == Kind::kInt) node.integer = 0;
  return true;
}

void Machine::drop(NodeId value) {
  std::vector<NodeId> open{value};
  while (!open.empty()) {
    const NodeId id = open.back();
    open.pop_back();
    // Shared by everybody, and no secret.
    if (id == none_ || id == true_ || id == false_ || at(id).kind == Kind::kGlobal) continue;
    if (!drop_text(at(id))) continue;
    for (std::size_t i = 0; i < child_count(at(id)); ++i)
      if (const NodeId below = child(at(id), i); below != kNoNode) open.push_back(below);
  }
}

Machine::Done Machine::remember(std::uint64_t index, NodeId id) {
  if (memo_.size() >= limits_.nodes_max)
    return fail(ErrorCode::kUnsupported, "more memory cells than are read");
  memo_[index] = id;
  return {};
}

Machine::Done Machine::recall(std::uint64_t index) {
  const auto at_index = memo_.find(index);
  if (at_index == memo_.end()) return corrupt("nothing was remembered under this number");
  return push(at_index->second);
}

Machine::Done Machine::push_global(Place module, Place name) {
  const std::string_view where = graph_.raw(module), what = graph_.raw(name);
  if (what.find('.') != std::string_view::npos || !policy_.takes_global(where, what, Role::kName))
    return fail(ErrorCode::kRefused, fmt::format("{} has no place here", shown(where, what)));
  return push_new({.kind = Kind::kGlobal, .text = module, .name = name});
}

Machine::Done Machine::check_role(NodeId global, Role role) const {
  const Node& node = at(global);
  if (node.kind != Kind::kGlobal) return corrupt("what should be called is no function or class");
  const std::string_view module = graph_.raw(node.text), name = graph_.raw(node.name);
  if (policy_.takes_global(module, name, role)) return {};
  return fail(ErrorCode::kRefused, fmt::format("{} has no place here", shown(module, name)));
}

// (class, "NAME"), and no name that Python itself gives a meaning.
bool Machine::names_member(const Node& arguments) const {
  if (arguments.items.size() != 2) return false;
  const Node& owner = at(arguments.items[0]);
  const Node& member = at(arguments.items[1]);
  const auto plain = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  const std::string_view name = graph_.raw(member.text);
  return owner.kind == Kind::kGlobal && member.kind == Kind::kText && member.form == Form::kPlain &&
         !name.empty() && name.front() != '_' && std::ranges::all_of(name, plain);
}

Machine::Done Machine::push_object(Kind kind, NodeId callee, NodeId arguments, NodeId keywords, Role role) {
  SLIPWAY_TRY(check_role(callee, role));
  if (at(arguments).kind != Kind::kTuple) return corrupt("the arguments are no tuple");
  if (is_getattr(graph_.raw(at(callee).text), graph_.raw(at(callee).name)) && !names_member(at(arguments)))
    return fail(ErrorCode::kRefused, "builtins.getattr has no place here but for a member of an enum");
  if (keywords != kNoNode && at(keywords).kind != Kind::kDict) return corrupt("the keywords are no dict");
  return push_new({.kind = kind, .callee = callee, .arguments = arguments, .keywords = keywords});
}

Machine::Done Machine::push_instance(NodeId callee, std::vector<NodeId> arguments) {
  SLIPWAY_ASSIGN(const NodeId tuple, add({.kind = Kind::kTuple, .items = std::move(arguments)}));
  return push_object(Kind::kInstance, callee, tuple, kNoNode, Role::kInstance);
}

Result<Graph> read(Bytes input, const Policy& policy, const Limits& limits) {
  return Machine(input, {}, nullptr, policy, limits).run();
}

Result<Graph> read_dropping(MutableBytes input, IsSecret is_secret, const Policy& policy,
                            const Limits& limits) {
  return Machine(input, input, is_secret, policy, limits).run();
}

}  // namespace slipway::pickle
