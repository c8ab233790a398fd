#include "card/loss_curve.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

namespace slipway::card {
namespace {

constexpr std::string_view kMark = "<!-- slipway: loss curve -->";
constexpr std::size_t kSlices = 300;  // of a line that has more than three points in each
constexpr double kWidth = 760;
constexpr double kHeight = 340;
constexpr double kLeftMin = 58;
constexpr double kLabelGap = 9;
constexpr double kLetter = 8;  // of a label, on the safe side
constexpr double kRight = 740;
constexpr double kTop = 44;
constexpr double kBottom = 296;
// Contrast of at least 3 with both white and #0b0f19, the Hub's two pages.
constexpr std::string_view kInk = "#7b818c";
constexpr std::string_view kTrainColour = "#3b82f6";
constexpr std::string_view kEvalColour = "#e0731d";

struct Point {
  double x = 0;
  double y = 0;
};
using Line = std::vector<Point>;

bool is_gap(const Point& point) { return !std::isfinite(point.y); }

// The lowest, the highest and one that is not finite, in their order.
Line marks_of(std::span<const Point> slice) {
  const Point* low = nullptr;
  const Point* high = nullptr;
  const Point* gap = nullptr;
  for (const Point& point : slice) {
    if (is_gap(point)) {
      gap = &point;
    } else {
      if (low == nullptr || point.y < low->y) low = &point;
      if (high == nullptr || point.y > high->y) high = &point;
    }
  }
  Line marks;
  for (const Point* mark : {low, high, gap})
    if (mark != nullptr) marks.push_back(*mark);
  std::ranges::sort(marks, {}, &Point::x);
  return marks;
}

// Of very many points those that a reader would miss: ends, peaks and gaps.
Line thinned(const Line& all) {
  if (all.size() <= 3 * kSlices) return all;
  Line line{all.front()};
  const auto take = [&](const Point& point) {
    if (point.x > line.back().x) line.push_back(point);
  };
  for (std::size_t i = 0; i < kSlices; ++i) {
    const std::size_t begin = i * all.size() / kSlices;
    const std::size_t end = (i + 1) * all.size() / kSlices;
    std::ranges::for_each(marks_of(std::span(all).subspan(begin, end - begin)), take);
  }
  take(all.back());
  return line;
}

template <class Value>
Line line_of(const std::vector<LogRow>& rows, Value value) {
  Line all;
  for (const LogRow& row : rows) {
    const std::optional<double> y = value(row);
    if (y) all.push_back({static_cast<double>(row.step), *y});
  }
  return thinned(all);
}

// Its parts without a gap.
std::vector<Line> strokes_of(const Line& line) {
  std::vector<Line> strokes;
  bool drawing = false;
  for (const Point& point : line) {
    if (is_gap(point)) {
      drawing = false;
      continue;
    }
    if (!std::exchange(drawing, true)) strokes.emplace_back();
    strokes.back().push_back(point);
  }
  return strokes;
}

struct Range {
  double low = 0;
  double high = 0;
  bool any = false;
  void take(double value) {
    low = any ? std::min(low, value) : value;
    high = any ? std::max(high, value) : value;
    any = true;
  }
};

// 1, 2 or 5 times a power of ten, so that about `wanted` steps of it span the range.
double nice_step(double span, double wanted) {
  const double rough = span / wanted;
  double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (power * factor >= rough) return power * factor;
  }
  return power * 10.0;
}

// With the digits that tell a tick from the next.
std::string tick_text(double tick, double step) {
  constexpr int kDecimalsMax = 5;
  constexpr auto kUnits =
      std::to_array<std::pair<double, std::string_view>>({{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}});
  const int digits = static_cast<int>(std::floor(std::log10(step) + 1e-9));
  if (tick == 0.0) return "0";
  for (const auto& [unit, name] : kUnits)
    if (step >= unit) return fmt::format("{:.0f}{}", tick / unit, name);
  if (-digits <= kDecimalsMax) return fmt::format("{:.{}f}", tick, std::max(0, -digits));
  const int first = static_cast<int>(std::floor(std::log10(std::abs(tick)) + 1e-9));
  return fmt::format("{:.{}e}", tick, std::max(0, first - digits));
}

struct Axis {
  double low = 0;
  double high = 1;
  double step = 1;
  std::vector<double> ticks() const {
    std::vector<double> ticks;
    const double first = std::ceil(low / step - 1e-9);
    for (int i = 0; i < 20; ++i) {
      const double tick = (first + i) * step;
      if (tick > high + step * 1e-6) break;
      ticks.push_back(std::abs(tick) < step * 1e-6 ? 0.0 : tick);
    }
    return ticks;
  }
};

Axis rounded(Range range, double wanted) {
  const double largest = std::max(std::abs(range.low), std::abs(range.high));
  if (!(range.high - range.low > std::max(1e-9, largest * 1e-5))) {  // flat, whatever its last digits say
    const double around = std::max(std::abs(range.low) * 0.1, 1e-3);
    range = {range.low - around, range.high + around, true};
  }
  const double step = nice_step(range.high - range.low, wanted);
  return {std::floor(range.low / step) * step, std::ceil(range.high / step) * step, step};
}

class Picture {
 public:
  Picture(Line training, Line validation)
      : training_(std::move(training)), validation_(std::move(validation)) {
    Range steps;
    Range losses;
    for (const Line* line : {&training_, &validation_}) {
      for (const Point& point : *line) {
        steps.take(point.x);
        if (std::isfinite(point.y)) losses.take(point.y);
      }
    }
    y_ = rounded(losses, 4);
    for (const double tick : y_.ticks())
      left_ = std::max(left_, kLabelGap + 4 + kLetter * static_cast<double>(tick_text(tick, y_.step).size()));
    x_ = {steps.low, std::max(steps.high, steps.low + 1), 1};
    x_.step = std::max(1.0, nice_step(x_.high - x_.low, 6));
    x_.low = std::min(x_.low, std::floor(x_.low / x_.step) * x_.step);
  }

  std::string text() {
    head();
    grid();
    legend();
    shade(training_);
    if (!training_.empty()) curve(training_, kTrainColour, "");
    if (!validation_.empty()) {
      curve(validation_, kEvalColour, " stroke-dasharray=\"6 4\"");
      if (validation_.size() <= 60) dots();
    }
    out_ += "</svg>\n";
    return std::move(out_);
  }

 private:
  double across(double x) const { return left_ + (x - x_.low) / (x_.high - x_.low) * (kRight - left_); }
  double down(double y) const { return kBottom - (y - y_.low) / (y_.high - y_.low) * (kBottom - kTop); }

  void head() {
    out_ = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
        "height=\"{1:.0f}\" role=\"img\" font-family=\"system-ui, sans-serif\" font-size=\"13\">\n"
        "{2}\n<title>Loss by training step</title>\n",
        kWidth, kHeight, kMark);
  }

  void label(double x, double y, std::string_view anchor, std::string_view text) {
    out_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" fill=\"{}\">{}</text>\n", x, y,
                        anchor, kInk, text);
  }

  // In the middle under its step, unless it would leave the picture there.
  void step_label(double tick) {
    const std::string text = tick_text(tick, x_.step);
    const double half = kLetter * static_cast<double>(text.size()) / 2;
    const bool fits = across(tick) + half <= kWidth;
    label(fits ? across(tick) : kWidth - 2, kBottom + 20, fits ? "middle" : "end", text);
  }

  void grid() {
    for (const double tick : y_.ticks()) {
      const double y = down(tick);
      out_ += fmt::format(
          "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" "
          "stroke-opacity=\"0.3\"/>\n",
          left_, y, kRight, y, kInk);
      label(left_ - kLabelGap, y + 4.5, "end", tick_text(tick, y_.step));
    }
    for (const double tick : x_.ticks()) step_label(tick);
    label((left_ + kRight) / 2, kHeight - 6, "middle", "step");
  }

  void legend() {
    double x = left_;
    const auto entry = [&](bool there, std::string_view colour, std::string_view dashes,
                           std::string_view name) {
      if (!there) return;
      out_ += fmt::format(
          "<line x1=\"{:.1f}\" y1=\"20\" x2=\"{:.1f}\" y2=\"20\" stroke=\"{}\" stroke-width=\"2.5\"{}/>\n", x,
          x + 26, colour, dashes);
      label(x + 34, 24.5, "start", name);
      x += 160;
    };
    entry(!training_.empty(), kTrainColour, "", "training loss");
    entry(!validation_.empty(), kEvalColour, " stroke-dasharray=\"6 4\"", "validation loss");
  }

  std::string path_of(const Line& stroke) const {
    std::string path;
    for (const Point& point : stroke)
      path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : " L", across(point.x), down(point.y));
    return path;
  }

  void dot(const Point& point, double radius, std::string_view colour) {
    out_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" fill=\"{}\"/>\n", across(point.x),
                        down(point.y), radius, colour);
  }

  // A point between two gaps has no line to be seen by.
  void curve(const Line& line, std::string_view colour, std::string_view dashes) {
    std::string path;
    for (const Line& stroke : strokes_of(line)) {
      if (stroke.size() == 1) {
        dot(stroke.front(), 2.2, colour);
      } else {
        path += (path.empty() ? "" : " ") + path_of(stroke);
      }
    }
    if (path.empty()) return;
    out_ += fmt::format(
        "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2.2\" stroke-linejoin=\"round\" "
        "stroke-linecap=\"round\"{}/>\n",
        path, colour, dashes);
  }

  void shade(const Line& line) {
    std::string path;
    for (const Line& stroke : strokes_of(line)) {
      if (stroke.size() == 1) continue;
      path += fmt::format("{}{} L{:.1f} {:.1f} L{:.1f} {:.1f} Z", path.empty() ? "" : " ", path_of(stroke),
                          across(stroke.back().x), kBottom, across(stroke.front().x), kBottom);
    }
    if (path.empty()) return;
    out_ += fmt::format("<path d=\"{}\" fill=\"{}\" fill-opacity=\"0.1\"/>\n", path, kTrainColour);
  }

  void dots() {
    for (const Point& point : validation_)
      if (!is_gap(point)) dot(point, 3.5, kEvalColour);
  }

  Line training_;
  Line validation_;
  double left_ = kLeftMin;
  Axis x_;
  Axis y_;
  std::string out_;
};

// Beyond these a coordinate could not be told from its neighbour, or a span would pass the range of numbers.
bool is_drawable(const Line& line) {
  constexpr double kValueMax = 1e9;
  constexpr double kStepMax = 1e12;
  return std::ranges::all_of(line, [&](const Point& point) {
    return point.x <= kStepMax && (!std::isfinite(point.y) || std::abs(point.y) <= kValueMax);
  });
}

std::size_t finite_points(const Line& line) {
  return static_cast<std::size_t>(
      std::ranges::count_if(line, [](const Point& point) { return std::isfinite(point.y); }));
}

}  // namespace

std::string loss_curve(const TrainingLog& log) {
  Line training = line_of(log.rows, [](const LogRow& row) { return row.loss; });
  Line validation = line_of(log.rows, [](const LogRow& row) -> std::optional<double> {
    const double* loss = row.find("loss");
    return loss == nullptr ? std::nullopt : std::optional(*loss);
  });
  const bool enough = finite_points(training) >= 2 || finite_points(validation) >= 2;
  if (!enough || !is_drawable(training) || !is_drawable(validation)) return "";
  return Picture(std::move(training), std::move(validation)).text();
}

bool is_loss_curve(std::string_view svg) { return svg.find(kMark) != std::string_view::npos; }

}  // namespace slipway::card
