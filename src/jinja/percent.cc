#include <cmath>

#include <fmt/format.h>

#include "jinja/attributes.h"
#include "jinja/format_spec.h"
#include "jinja/operators.h"
#include "jinja/printer.h"
#include "jinja/unicode.h"

namespace slipway::jinja {
namespace {

struct Field {
  bool left = false, zero = false, alternate = false, plus = false, blank = false;
  std::int64_t width = 0;
  std::int64_t precision = -1;
};

// `text % arguments`, as C's printf with Python's values.
class Percent {
 public:
  Percent(Machine& machine, const Value& format, const Value& arguments)
      : machine_(machine), text_(format.as_string()), markup_(is_markup(format)), arguments_(arguments) {
    is_tuple_ = arguments.is(Kind::kTuple);
    is_mapping_ = !is_tuple_ && !arguments.is(Kind::kString) &&
                  (arguments.is(Kind::kDict) || arguments.is(Kind::kList) || arguments.is(Kind::kUndefined) ||
                   arguments.is(Kind::kRange));
  }

  Result<Value> run() {
    while (at_ < text_.size()) {
      if (text_[at_] != '%') {
        out_ += text_[at_++];
        continue;
      }
      ++at_;
      SLIPWAY_TRY(directive());
      SLIPWAY_TRY(machine_.budget().step());
      SLIPWAY_TRY(machine_.budget().fits(out_.size()));
    }
    const bool all_used = is_tuple_ ? used_ >= items_of(arguments_).size() : used_ > 0;
    if (!all_used && !is_mapping_) return corrupt("not all arguments converted during string formatting");
    return machine_.text(std::move(out_), markup_);
  }

 private:
  Result<Value> next_value() {
    if (is_tuple_) {
      if (used_ >= items_of(arguments_).size()) return corrupt("not enough arguments for format string");
      return items_of(arguments_)[used_++];
    }
    if (used_++ > 0) return corrupt("not enough arguments for format string");
    return arguments_;
  }

  Result<Value> keyed_value() {
    int depth = 1;
    const std::size_t begin = ++at_;
    while (at_ < text_.size() && depth > 0) {
      depth += text_[at_] == '(' ? 1 : text_[at_] == ')' ? -1 : 0;
      ++at_;
    }
    if (depth > 0) return corrupt("incomplete format key");
    if (arguments_.is(Kind::kUndefined)) return used_undefined(arguments_);
    if (!arguments_.is(Kind::kDict)) return corrupt("format requires a mapping");
    used_ = 1;
    const Value* found = find_text(mapping_of(arguments_), text_.substr(begin, at_ - 1 - begin));
    if (found == nullptr) return corrupt("a key of the format is not there");
    return *found;
  }

  Result<std::int64_t> size() {
    if (at_ < text_.size() && text_[at_] == '*') {
      ++at_;
      SLIPWAY_ASSIGN(const Value value, next_value());
      if (!is_whole(value)) return corrupt("* wants int");
      return value.as_int();
    }
    std::int64_t value = 0;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
      value = value * 10 + (text_[at_++] - '0');
      if (value > INT32_MAX) return corrupt("width too big");
    }
    return value;
  }

  Result<void> directive() {
    Field field;
    std::optional<Value> keyed;
    if (at_ < text_.size() && text_[at_] == '(') {
      SLIPWAY_ASSIGN(keyed, keyed_value());
    }
    for (bool flags = true; flags && at_ < text_.size();) {
      const char c = text_[at_];
      field.left = field.left || c == '-';
      field.zero = field.zero || c == '0';
      field.alternate = field.alternate || c == '#';
      field.plus = field.plus || c == '+';
      field.blank = field.blank || c == ' ';
      flags = std::string_view("-0#+ ").find(c) != std::string_view::npos;
      if (flags) ++at_;
    }
    SLIPWAY_ASSIGN(field.width, size());
    if (field.width < 0) {
      field.left = true;
      field.width = -field.width;
    }
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      SLIPWAY_ASSIGN(field.precision, size());
      field.precision = std::max<std::int64_t>(field.precision, 0);
      if (field.precision > INT32_MAX) return corrupt("precision too big");
    }
    if (at_ < text_.size() && std::string_view("hlL").find(text_[at_]) != std::string_view::npos) ++at_;
    if (at_ >= text_.size()) return corrupt("incomplete format");
    std::size_t next = at_;
    next_point(text_, next);
    const char type = next == at_ + 1 ? text_[at_] : '\0';
    at_ = next;
    if (type == '%') {
      out_ += '%';
      return {};
    }
    if (type == '\0' || std::string_view("sradiuoxXeEfFgGc").find(type) == std::string_view::npos)
      return corrupt("unsupported format character");
    Value value;
    if (keyed) {
      value = std::move(*keyed);
    } else {
      SLIPWAY_ASSIGN(value, next_value());
    }
    return put(field, type, value);
  }

  Result<void> put(const Field& field, char type, const Value& value) {
    if (type == 's' || type == 'r' || type == 'a') return put_text(field, type, value);
    if (type == 'c') return put_point(field, value);
    if (value.is(Kind::kUndefined)) {
      return used_undefined(value);
    }
    if (!is_number(value))
      return corrupt(fmt::format("%{} format: a real number is required, not {}", type, type_name(value)));
    if (std::string_view("eEfFgG").find(type) != std::string_view::npos)
      return put_real(field, type, real_of(value));
    return put_whole(field, type, value);
  }

  Result<void> put_text(const Field& field, char type, const Value& value) {
    std::string text;
    if (type == 's') {
      SLIPWAY_ASSIGN(text, markup_ ? escaped_value(machine_, value) : machine_.str(value));
    } else {
      SLIPWAY_ASSIGN(text, machine_.repr(value));
      if (markup_) text = escaped(text);
      if (type == 'a') return unsupported("%a");
    }
    if (field.precision >= 0) text.resize(byte_of(text, static_cast<std::size_t>(field.precision)));
    return pad(field, "", text, false);
  }

  Result<void> put_point(const Field& field, const Value& value) {
    std::string text;
    if (is_whole(value)) {
      if (value.as_int() < 0 || value.as_int() > 0x10FFFF) return corrupt("%c arg not in range(0x110000)");
      append_point(text, static_cast<Point>(value.as_int()));
    } else if (value.is(Kind::kString) && text_of(value).points == 1) {
      text = value.as_string();
    } else {
      return corrupt("%c requires int or char");
    }
    return pad(field, "", text, false);
  }

  std::string sign(const Field& field, bool negative) const {
    if (negative) return "-";
    return field.plus ? "+" : field.blank ? " " : "";
  }

  Result<void> put_real(const Field& field, char type, double value) {
    const bool negative = std::signbit(value) && !std::isnan(value);
    std::string body;
    if (std::isfinite(value)) {
      SLIPWAY_ASSIGN(
          body, real_digits(machine_, std::abs(value), type,
                            field.precision < 0 ? 6 : static_cast<int>(field.precision), field.alternate));
    } else {
      body = std::isnan(value) ? "nan" : "inf";
      if (type < 'a') body = to_upper(body);
    }
    return pad(field, sign(field, negative), body, field.zero);
  }

  Result<void> put_whole(const Field& field, char type, const Value& given) {
    Value value = given;
    if (given.is(Kind::kFloat)) {
      if (std::string_view("oxX").find(type) != std::string_view::npos)
        return corrupt(fmt::format("%{} format: an integer is required, not float", type));
      if (!std::isfinite(given.as_real())) return corrupt("cannot convert float to integer");
      if (std::abs(given.as_real()) >= 9.2e18) return unsupported("an integer past 64 bits");
      value = Value::integer(static_cast<std::int64_t>(given.as_real()));
    }
    const std::int64_t number = value.as_int();
    const int base = type == 'o' ? 8 : type == 'x' || type == 'X' ? 16 : 10;
    const auto magnitude =
        number < 0 ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
    std::string body = whole_digits(magnitude, base, type == 'X');
    if (field.precision > static_cast<std::int64_t>(body.size())) {
      SLIPWAY_TRY(machine_.budget().room(static_cast<std::size_t>(field.precision)));
      body.insert(0, static_cast<std::size_t>(field.precision) - body.size(), '0');
    }
    std::string front = sign(field, number < 0);
    if (field.alternate && base != 10) front += std::string("0") + type;
    return pad(field, front, body, field.zero);
  }

  Result<void> pad(const Field& field, const std::string& front, const std::string& body, bool zeros) {
    const auto size = static_cast<std::int64_t>(count_points(front) + count_points(body));
    const std::int64_t missing = std::max<std::int64_t>(field.width - size, 0);
    SLIPWAY_TRY(machine_.budget().room(static_cast<std::size_t>(missing) + body.size()));
    const std::string filling(static_cast<std::size_t>(missing), zeros && !field.left ? '0' : ' ');
    if (field.left) {
      out_ += front + body + filling;
    } else {
      out_ += zeros ? front + filling + body : filling + front + body;
    }
    return {};
  }

  Machine& machine_;
  std::string_view text_;
  bool markup_;
  const Value& arguments_;
  bool is_tuple_ = false;
  bool is_mapping_ = false;
  std::size_t at_ = 0;
  std::size_t used_ = 0;
  std::string out_;
};

}  // namespace

Result<Value> percent_format(Machine& machine, const Value& format, const Value& arguments) {
  return Percent(machine, format, arguments).run();
}

}  // namespace slipway::jinja
