#include "card/loss_curve.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "card/thinning.h"

namespace slipway::card {
namespace {

constexpr std::string_view kMark = "<!-- slipway: loss curve -->";
constexpr std::size_t kPointsMax = 400;
constexpr double kWidth = 760;
constexpr double kHeight = 340;
constexpr double kLeft = 58;
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

template <class Value>
Line line_of(const std::vector<LogRow>& rows, Value value) {
  Line all;
  for (const LogRow& row : rows) {
    const std::optional<double> y = value(row);
    if (y) all.push_back({static_cast<double>(row.step), *y});
  }
  Line line;
  for (const std::size_t i : evenly(all.size(), kPointsMax)) line.push_back(all[i]);
  return line;
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
  const int digits = static_cast<int>(std::floor(std::log10(step) + 1e-9));
  if (tick == 0.0) return "0";
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
  double across(double x) const { return kLeft + (x - x_.low) / (x_.high - x_.low) * (kRight - kLeft); }
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

  void grid() {
    for (const double tick : y_.ticks()) {
      const double y = down(tick);
      out_ += fmt::format(
          "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" "
          "stroke-opacity=\"0.3\"/>\n",
          kLeft, y, kRight, y, kInk);
      label(kLeft - 9, y + 4.5, "end", tick_text(tick, y_.step));
    }
    for (const double tick : x_.ticks())
      label(across(tick), kBottom + 20, "middle", tick_text(tick, x_.step));
    label((kLeft + kRight) / 2, kHeight - 6, "middle", "step");
  }

  void legend() {
    double x = kLeft;
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

  // A value that is not finite ends one stroke; the next begins another.
  void curve(const Line& line, std::string_view colour, std::string_view dashes) {
    std::string path;
    bool drawing = false;
    for (const Point& point : line) {
      if (!std::isfinite(point.y)) {
        drawing = false;
        continue;
      }
      path += fmt::format("{}{}{:.1f} {:.1f}", path.empty() ? "" : " ",
                          std::exchange(drawing, true) ? "L" : "M", across(point.x), down(point.y));
    }
    out_ += fmt::format(
        "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2.2\" stroke-linejoin=\"round\" "
        "stroke-linecap=\"round\"{}/>\n",
        path, colour, dashes);
  }

  // Only under a line without gaps.
  void shade(const Line& line) {
    if (line.size() < 2 || !std::ranges::all_of(line, [](const Point& p) { return std::isfinite(p.y); }))
      return;
    std::string path = fmt::format("M{:.1f} {:.1f}", across(line.front().x), kBottom);
    for (const Point& point : line) path += fmt::format(" L{:.1f} {:.1f}", across(point.x), down(point.y));
    path += fmt::format(" L{:.1f} {:.1f} Z", across(line.back().x), kBottom);
    out_ += fmt::format("<path d=\"{}\" fill=\"{}\" fill-opacity=\"0.1\"/>\n", path, kTrainColour);
  }

  void dots() {
    for (const Point& point : validation_) {
      if (!std::isfinite(point.y)) continue;
      out_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\" fill=\"{}\"/>\n", across(point.x),
                          down(point.y), kEvalColour);
    }
  }

  Line training_;
  Line validation_;
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
