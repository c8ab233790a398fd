// text/yaml_events.h - libyaml's parser behind an owner: one event at a time, with its line.
//
// Contract   The only includer of <yaml.h> beside its .cc. `text` outlives the stream.
// Errors     kCorruptData "line 3: ..."
// Threads    one thread
#pragma once

#include <yaml.h>

#include <string>
#include <string_view>

#include "slipway/result.h"

namespace slipway::yaml {

class Event {
 public:
  Event() = default;
  ~Event() { yaml_event_delete(&raw_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  Event(Event&& other) noexcept : raw_(other.raw_) { other.raw_ = {}; }
  Event& operator=(Event&&) = delete;

  yaml_event_type_t type() const { return raw_.type; }
  int line() const { return static_cast<int>(raw_.start_mark.line) + 1; }
  std::string text() const;    // of a scalar
  std::string anchor() const;  // of an alias, or the one that this node sets; "" when none
  std::string tag() const;     // "" when none
  bool is_plain() const { return raw_.data.scalar.plain_implicit != 0; }  // of a scalar: to be resolved

 private:
  yaml_event_t raw_{};
  friend class EventStream;
};

class EventStream {
 public:
  explicit EventStream(std::string_view text);
  ~EventStream() { yaml_parser_delete(&parser_); }
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  Result<Event> next();

 private:
  Error problem() const;

  std::string_view text_;
  yaml_parser_t parser_{};
};

// Somebody's text inside a message: one line, not long.
std::string shown(std::string_view text);

Error at_line(int line, std::string_view what);  // kCorruptData "line 3: what"

}  // namespace slipway::yaml
