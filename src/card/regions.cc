#include "card/regions.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "card/markdown.h"

namespace slipway::card {
namespace {

struct Segment {
  std::string name{};  // of a region; empty for people's text
  std::string text{};  // of people's text: as it is; of a region: what stands between the fences
};

struct Mark {
  bool begin = false;
  std::string_view name{};
};

std::optional<Mark> mark_of(std::string_view line) {
  std::string_view body = trimmed(line);
  if (!body.starts_with("<!--") || !body.ends_with("-->") || body.size() < 7) return std::nullopt;
  body = trimmed(body.substr(4, body.size() - 7));
  const bool begin = body.starts_with("slipway:begin ");
  if (!begin && !body.starts_with("slipway:end ")) return std::nullopt;
  return Mark{.begin = begin, .name = trimmed(body.substr(body.find(' ')))};
}

// Lines with their ends.
std::vector<std::string_view> whole_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::size_t length = end == std::string_view::npos ? text.size() : end + 1;
    lines.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return lines;
}

bool is_blank(std::string_view line) { return trimmed(line.substr(0, line.find('\n'))).empty(); }
std::optional<Mark> mark_of_line(std::string_view line) { return mark_of(line.substr(0, line.find('\n'))); }

std::vector<Segment> split(std::string_view body) {
  std::vector<Segment> segments(1);
  std::vector<std::string_view> pending;  // an open region's lines, its begin first
  const auto give_up = [&] {
    for (const std::string_view line : pending) segments.back().text += line;
    pending.clear();
  };
  for (const std::string_view line : whole_lines(body)) {
    const auto mark = mark_of_line(line);
    if (mark && mark->begin) {
      give_up();
      pending.push_back(line);
    } else if (mark && !pending.empty() && mark_of_line(pending.front())->name == mark->name) {
      Segment region{.name = std::string(mark->name)};
      for (std::size_t i = 1; i < pending.size(); ++i) region.text += pending[i];
      segments.push_back(std::move(region));
      segments.emplace_back();
      pending.clear();
    } else if (!pending.empty()) {
      pending.push_back(line);
      if (mark) give_up();
    } else {
      segments.back().text += line;
    }
  }
  give_up();
  return segments;
}

std::string with_line_end(std::string_view text, std::string_view line_end) {
  std::string out;
  for (const std::string_view line : lines_of(text)) {
    out += line;
    out += line_end;
  }
  return out;
}

class Renewal {
 public:
  Renewal(std::string_view body, std::string_view line_end) : segments_(split(body)), line_end_(line_end) {}

  // `at` of the region, or npos.
  std::size_t find(std::string_view name) const {
    for (std::size_t i = 0; i < segments_.size(); ++i) {
      if (segments_[i].name == name) return i;
    }
    return kNowhere;
  }

  // Pasted twice: the second is emptied. Fences are never taken away, for that could join two stray marks
  // of somebody's text to a region around it.
  void renew(const Region& region) {
    bool first = true;
    for (Segment& segment : segments_) {
      if (segment.name != region.name) continue;
      segment.text = std::exchange(first, false) ? with_line_end(*region.content, line_end_) : std::string();
    }
  }

  void insert_after(std::size_t at, const Region& region) {
    put(at + 1, {.text = std::string(line_end_)});
    put(at + 2, made(region));
  }
  void insert_before(std::size_t at, const Region& region) {
    put(at, made(region));
    put(at + 1, {.text = std::string(line_end_)});
  }
  void append(const Region& region) {
    std::string& last = segments_.back().text;
    const bool ours_before = segments_.size() > 1 && last.empty();
    if (!last.empty() && !last.ends_with('\n')) last += line_end_;
    if (ours_before || !ends_blank(last)) last += line_end_;
    segments_.push_back(made(region));
    segments_.emplace_back();
  }

  std::string text() const {
    std::string out;
    for (const Segment& segment : segments_) {
      if (segment.name.empty()) {
        out += segment.text;
        continue;
      }
      out += fmt::format("<!-- slipway:begin {} -->{}", segment.name, line_end_);
      out += segment.text;
      out += fmt::format("<!-- slipway:end {} -->{}", segment.name, line_end_);
    }
    return out;
  }

  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

 private:
  static bool ends_blank(const std::string& text) {
    const auto lines = whole_lines(text);
    return !lines.empty() && is_blank(lines.back());
  }
  Segment made(const Region& region) const {
    return {.name = region.name, .text = with_line_end(*region.content, line_end_)};
  }
  void put(std::size_t at, Segment segment) {
    segments_.insert(segments_.begin() + static_cast<std::ptrdiff_t>(at), std::move(segment));
  }

  std::vector<Segment> segments_;
  std::string_view line_end_;
};

}  // namespace

std::string renew_regions(std::string_view body, const std::vector<Region>& wanted,
                          std::string_view line_end) {
  Renewal renewal(body, line_end);
  for (const Region& region : wanted) {
    if (region.content) renewal.renew(region);
  }
  std::size_t previous = Renewal::kNowhere;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    std::size_t at = renewal.find(wanted[i].name);
    if (at == Renewal::kNowhere && wanted[i].content.value_or("").empty()) continue;
    if (at == Renewal::kNowhere) {
      std::size_t next = Renewal::kNowhere;
      for (std::size_t j = i + 1; j < wanted.size() && next == Renewal::kNowhere; ++j)
        next = renewal.find(wanted[j].name);
      if (previous != Renewal::kNowhere) {
        renewal.insert_after(previous, wanted[i]);
      } else if (next != Renewal::kNowhere) {
        renewal.insert_before(next, wanted[i]);
      } else {
        renewal.append(wanted[i]);
      }
      at = renewal.find(wanted[i].name);
    }
    previous = at;
  }
  return renewal.text();
}

std::optional<std::string> region_text(std::string_view body, std::string_view name) {
  for (const Segment& segment : split(body)) {
    if (segment.name == name) return with_line_end(segment.text, "\n");
  }
  return std::nullopt;
}

bool has_region(std::string_view body) { return split(body).size() > 1; }

std::string outside_regions(std::string_view body) {
  std::string out;
  for (const Segment& segment : split(body)) {
    if (segment.name.empty()) out += segment.text;
  }
  return out;
}

}  // namespace slipway::card
