#include "jinja/slices.h"

#include <algorithm>

#include <fmt/format.h>

#include "jinja/iterate.h"
#include "jinja/unicode.h"

namespace slipway::jinja {
namespace {

struct Bounds {
  std::int64_t start, stop, step;
};

Result<std::optional<std::int64_t>> bound(const Value& value) {
  if (value.is(Kind::kNone)) return std::nullopt;
  if (is_whole(value)) return value.as_int();
  return corrupt("slice indices must be integers or None or have an __index__ method");
}

std::int64_t clamp(std::int64_t at, std::int64_t size, std::int64_t low, std::int64_t high) {
  if (at < 0) at = at < -size ? -1 : at + size;
  return std::clamp(at, low, high);
}

Result<Bounds> bounds_of(const Slice& slice, std::int64_t size) {
  SLIPWAY_ASSIGN(const auto step, bound(slice.step));
  SLIPWAY_ASSIGN(const auto start, bound(slice.start));
  SLIPWAY_ASSIGN(const auto stop, bound(slice.stop));
  Bounds made{0, size, step.value_or(1)};
  if (made.step == 0) return corrupt("slice step cannot be zero");
  const bool back = made.step < 0;
  const std::int64_t low = back ? -1 : 0;
  const std::int64_t high = back ? size - 1 : size;
  made.start = start ? clamp(*start, size, low, high) : (back ? high : low);
  made.stop = stop ? clamp(*stop, size, low, high) : (back ? low : high);
  return made;
}

std::int64_t count_of(const Bounds& bounds) {
  if (bounds.step > 0) {
    return bounds.start >= bounds.stop ? 0 : (bounds.stop - bounds.start - 1) / bounds.step + 1;
  }
  return bounds.stop >= bounds.start
             ? 0
             : (bounds.start - bounds.stop - 1) / -std::max(bounds.step, -INT64_MAX) + 1;
}

Result<Value> text_slice(Machine& machine, const Value& object, const Bounds& bounds, std::int64_t count) {
  const Text& text = text_of(object);
  SLIPWAY_TRY(machine.budget().room(text.bytes.size()));
  std::string out;
  if (count > 0 && bounds.step == 1) {
    const auto begin = static_cast<std::size_t>(bounds.start);
    const auto size = static_cast<std::size_t>(count);
    const std::size_t first = text.is_ascii() ? begin : byte_of(text.bytes, begin);
    const std::size_t last =
        text.is_ascii() ? begin + size : first + byte_of(std::string_view(text.bytes).substr(first), size);
    out = text.bytes.substr(first, last - first);
  } else if (count > 0) {
    std::vector<std::string_view> points;
    SLIPWAY_TRY(machine.budget().fits(text.points * sizeof(std::string_view)));
    for (std::size_t at = 0; at < text.bytes.size();) {
      const std::size_t begin = at;
      next_point(text.bytes, at);
      points.push_back(std::string_view(text.bytes).substr(begin, at - begin));
    }
    for (std::int64_t i = 0; i < count; ++i)
      out += points[static_cast<std::size_t>(bounds.start + i * bounds.step)];
  }
  return machine.text(std::move(out), text.markup);
}

Result<Value> range_slice(Machine& machine, const Range& range, const Bounds& bounds, std::int64_t count) {
  auto made = std::make_shared<Range>();
  made->start = range.at(bounds.start);
  made->stop = range.at(bounds.stop);
  if (__builtin_mul_overflow(range.step, bounds.step, &made->step))
    return unsupported("an integer past 64 bits");
  made->size = count;
  return machine.object(Kind::kRange, std::move(made), sizeof(Range));
}

}  // namespace

Result<Value> sliced(Machine& machine, const Value& object, const Slice& slice) {
  if (object.is(Kind::kUndefined)) return used_undefined(object);
  if (object.is(Kind::kDict)) return corrupt("unhashable type: 'slice'");
  const bool takes_slices = object.is(Kind::kString) || is_sequence(object) || object.is(Kind::kRange);
  if (!takes_slices) return corrupt(fmt::format("'{}' object is not subscriptable", type_name(object)));
  SLIPWAY_ASSIGN(const Bounds bounds, bounds_of(slice, *length_of(object)));
  const std::int64_t count = count_of(bounds);
  if (object.is(Kind::kString)) return text_slice(machine, object, bounds, count);
  if (object.is(Kind::kRange)) return range_slice(machine, object.object<Range>(), bounds, count);
  const auto& items = items_of(object);
  SLIPWAY_TRY(machine.budget().room(static_cast<std::size_t>(count) * sizeof(Value)));
  std::vector<Value> out;
  out.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i)
    out.push_back(items[static_cast<std::size_t>(bounds.start + i * bounds.step)]);
  return machine.sequence(object.kind(), std::move(out));
}

Result<std::optional<Value>> item_at(Machine& machine, const Value& sequence, std::int64_t place) {
  const std::int64_t size = *length_of(sequence);
  if (place < 0) place += size;
  if (place < 0 || place >= size) return std::nullopt;
  const auto index = static_cast<std::size_t>(place);
  if (sequence.is(Kind::kRange)) return Value::integer(sequence.object<Range>().at(place));
  if (!sequence.is(Kind::kString)) return items_of(sequence)[index];
  const Text& text = text_of(sequence);
  const std::size_t begin = text.is_ascii() ? index : byte_of(text.bytes, index);
  SLIPWAY_TRY(machine.budget().step(begin / 64));
  std::size_t end = begin;
  next_point(text.bytes, end);
  SLIPWAY_ASSIGN(Value point, machine.text(text.bytes.substr(begin, end - begin), text.markup));
  return point;
}

}  // namespace slipway::jinja
