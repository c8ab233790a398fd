#include "jinja/format_spec.h"

#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "jinja/printer.h"
#include "jinja/unicode.h"

namespace slipway::jinja {
namespace {

struct Spec {
  std::string fill = " ";
  char align = '\0';
  char sign = '\0';
  bool alternate = false;
  bool zero = false;
  std::int64_t width = -1;
  char grouping = '\0';
  std::int64_t precision = -1;
  char type = '\0';
};

bool is_align(char c) { return c == '<' || c == '>' || c == '=' || c == '^'; }

Result<std::int64_t> number(std::string_view text, std::size_t& at) {
  std::int64_t value = -1;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
    value = (value < 0 ? 0 : value) * 10 + (text[at++] - '0');
    if (value > INT32_MAX) return corrupt("Too many decimal digits in format string");
  }
  return value;
}

Result<Spec> read_spec(std::string_view text) {
  Spec spec;
  std::size_t at = 0;
  if (!text.empty()) {
    std::size_t next = 0;
    next_point(text, next);
    if (next < text.size() && is_align(text[next])) {
      spec.fill = text.substr(0, next);
      spec.align = text[next];
      at = next + 1;
    } else if (is_align(text[0])) {
      spec.align = text[0];
      at = 1;
    }
  }
  const auto takes = [&](char c) { return at < text.size() && text[at] == c ? (++at, true) : false; };
  if (at < text.size() && (text[at] == '+' || text[at] == '-' || text[at] == ' ')) spec.sign = text[at++];
  if (takes('z')) return unsupported("the z of a format");
  spec.alternate = takes('#');
  if (at < text.size() && text[at] == '0') {
    spec.zero = true;
    ++at;
    if (spec.align == '\0') {
      spec.align = '=';
      spec.fill = "0";
    } else if (spec.fill == " ") {
      spec.fill = at >= 3 ? spec.fill : "0";
    }
  }
  SLIPWAY_ASSIGN(spec.width, number(text, at));
  if (at < text.size() && (text[at] == ',' || text[at] == '_')) spec.grouping = text[at++];
  if (takes('.')) {
    SLIPWAY_ASSIGN(spec.precision, number(text, at));
    if (spec.precision < 0) return corrupt("Format specifier missing precision");
  }
  if (at < text.size()) spec.type = text[at++];
  if (at != text.size()) return corrupt("Invalid format specifier");
  return spec;
}

std::string grouped(const std::string& digits, char mark, std::size_t each) {
  std::string out;
  const std::size_t whole = std::min(digits.find_first_not_of("0123456789abcdefABCDEF"), digits.size());
  for (std::size_t i = 0; i < whole; ++i) {
    if (i > 0 && (whole - i) % each == 0) out += mark;
    out += digits[i];
  }
  return out + digits.substr(whole);
}

Result<std::string> aligned(Machine& machine, const Spec& spec, const std::string& sign,
                            const std::string& body, char otherwise) {
  const auto size = static_cast<std::int64_t>(count_points(sign) + count_points(body));
  const std::int64_t missing = std::max<std::int64_t>(spec.width - size, 0);
  SLIPWAY_TRY(machine.budget().room(static_cast<std::size_t>(missing) * spec.fill.size() + body.size()));
  std::string pad;
  const char align = spec.align == '\0' ? otherwise : spec.align;
  const std::int64_t before = align == '<' ? 0 : align == '^' ? missing / 2 : missing;
  std::string front;
  for (std::int64_t i = 0; i < before; ++i) front += spec.fill;
  for (std::int64_t i = before; i < missing; ++i) pad += spec.fill;
  return align == '=' ? sign + front + body + pad : front + sign + body + pad;
}

std::string sign_of(bool negative, char sign) {
  if (negative) return "-";
  return sign == '+' || sign == ' ' ? std::string(1, sign) : "";
}

Result<std::string> format_text(Machine& machine, const std::string& text, const Spec& spec) {
  if (spec.type != '\0' && spec.type != 's') return corrupt("Unknown format code for object of type 'str'");
  if (spec.sign != '\0') return corrupt("Sign not allowed in string format specifier");
  if (spec.alternate) return corrupt("Alternate form (#) not allowed in string format specifier");
  if (spec.grouping != '\0') return corrupt("Cannot specify ',' with 's'.");
  if (spec.align == '=' && !spec.zero) return corrupt("'=' alignment not allowed in string format specifier");
  Spec own = spec;
  if (spec.align == '=') own.align = '<';
  std::string kept = text;
  if (spec.precision >= 0) kept = text.substr(0, byte_of(text, static_cast<std::size_t>(spec.precision)));
  return aligned(machine, own, "", kept, '<');
}

Result<std::string> format_real(Machine& machine, double value, Spec spec) {
  const bool negative = std::signbit(value) && !std::isnan(value);
  std::string body;
  const double size = std::abs(value);
  if (!std::isfinite(size)) {
    body = std::isnan(size) ? "nan" : "inf";
    if (spec.type >= 'E' && spec.type <= 'G') body = to_upper(body);
    if (spec.type == '%') body += '%';
  } else if (spec.type == '\0' && spec.precision < 0) {
    body = real_text(size);
  } else if (spec.type == '%') {
    SLIPWAY_ASSIGN(
        body, real_digits(machine, size * 100, 'f', spec.precision < 0 ? 6 : static_cast<int>(spec.precision),
                          spec.alternate));
    body += '%';
  } else if (spec.type == '\0') {
    return unsupported("a precision without a type");
  } else if (std::string_view("eEfFgG").find(spec.type) != std::string_view::npos) {
    SLIPWAY_ASSIGN(
        body, real_digits(machine, size, spec.type, spec.precision < 0 ? 6 : static_cast<int>(spec.precision),
                          spec.alternate));
  } else if (spec.type == 'n') {
    return unsupported("the format code n");
  } else {
    return corrupt("Unknown format code for object of type 'float'");
  }
  if (spec.grouping != '\0') {
    if (spec.zero && spec.width > 0) return unsupported("grouped digits filled with zeros");
    body = grouped(body, spec.grouping, 3);
  }
  return aligned(machine, spec, sign_of(negative, spec.sign), body, '>');
}

Result<std::string> format_whole(Machine& machine, std::int64_t value, Spec spec) {
  if (spec.type == 'n') return unsupported("the format code n");
  if (spec.type != '\0' && std::string_view("eEfFgG%").find(spec.type) != std::string_view::npos)
    return format_real(machine, static_cast<double>(value), spec);
  if (spec.precision >= 0) return corrupt("Precision not allowed in integer format specifier");
  if (spec.type == 'c') {
    if (spec.sign != '\0' || spec.alternate || spec.grouping != '\0') return corrupt("not allowed with 'c'");
    if (value < 0 || value > 0x10FFFF) return corrupt("%c arg not in range(0x110000)");
    std::string body;
    append_point(body, static_cast<Point>(value));
    return aligned(machine, spec, "", body, '<');
  }
  const char type = spec.type == '\0' ? 'd' : spec.type;
  const std::string_view types = "dboxX";
  if (types.find(type) == std::string_view::npos)
    return corrupt("Unknown format code for object of type 'int'");
  const int base = type == 'd' ? 10 : type == 'b' ? 2 : type == 'o' ? 8 : 16;
  if (spec.grouping == ',' && base != 10) return corrupt("Cannot specify ',' with this code");
  const auto size = value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  std::string body = whole_digits(size, base, type == 'X');
  if (spec.grouping != '\0') {
    if (spec.zero && spec.width > 0) return unsupported("grouped digits filled with zeros");
    body = grouped(body, spec.grouping, base == 10 ? 3 : 4);
  }
  std::string sign = sign_of(value < 0, spec.sign);
  if (spec.alternate && base != 10) sign += std::string("0") + type;
  return aligned(machine, spec, sign, body, '>');
}

}  // namespace

std::string whole_digits(std::uint64_t value, int base, bool upper) {
  constexpr std::string_view kLower = "0123456789abcdef";
  constexpr std::string_view kUpperDigits = "0123456789ABCDEF";
  std::string out;
  do {
    out.insert(out.begin(), (upper ? kUpperDigits : kLower)[value % static_cast<unsigned>(base)]);
    value /= static_cast<unsigned>(base);
  } while (value > 0);
  return out;
}

Result<std::string> real_digits(Machine& machine, double value, char type, int precision, bool alternate) {
  SLIPWAY_TRY(machine.budget().room(static_cast<std::size_t>(precision) + 400));
  const std::string format = std::string("%") + (alternate ? "#" : "") + ".*" + type;
  std::string out(static_cast<std::size_t>(precision) + 400, '\0');
  const int size = std::snprintf(out.data(), out.size(), format.c_str(), precision, value);
  out.resize(static_cast<std::size_t>(size));
  return out;
}

Result<std::string> formatted(Machine& machine, const Value& value, std::string_view text) {
  if (text.empty()) return machine.str(value);
  switch (value.kind()) {
    case Kind::kString:
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kFloat:
      break;
    default:
      return corrupt(fmt::format("unsupported format string passed to {}.__format__", type_name(value)));
  }
  SLIPWAY_ASSIGN(const Spec spec, read_spec(text));
  if (value.is(Kind::kString)) return format_text(machine, value.as_string(), spec);
  if (value.is(Kind::kFloat)) return format_real(machine, value.as_real(), spec);
  return format_whole(machine, value.as_int(), spec);
}

}  // namespace slipway::jinja
