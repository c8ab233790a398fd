#include <algorithm>
#include <map>

#include <fmt/format.h>
#include "base/size_text.h"
#include "run/inspect_json.h"
#include "run/weights.h"

namespace slipway::run {
namespace {

// Text from a file, safe for a terminal: control characters become '?'.
std::string shown(std::string_view text) {
  std::string safe(text);
  std::ranges::replace_if(safe, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return safe;
}

// "model.layers.11.mlp.up_proj.weight" -> "model.layers.*.mlp.up_proj.weight"
std::string without_numbers(std::string_view name) {
  std::string pattern;
  while (true) {
    const std::size_t dot = name.find('.');
    const std::string_view part = name.substr(0, dot);
    const bool is_number =
        !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
    pattern += is_number ? "*" : part;
    if (dot == std::string_view::npos) return pattern;
    pattern += '.';
    name.remove_prefix(dot + 1);
  }
}

struct Line {
  std::string name{};
  std::string dtype{};
  std::string shape{};
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};

// Lines stand where the first of their tensors does.
std::vector<Line> grouped(std::span<const tensor::TensorInfo> catalogue) {
  std::vector<Line> lines;
  std::map<std::string, std::size_t> seen;
  for (const tensor::TensorInfo& info : catalogue) {
    Line line{.name = shown(without_numbers(info.name)),
              .dtype = std::string(tensor::dtype_name(info.dtype)),
              .shape = fmt::format("[{}]", fmt::join(info.shape, ","))};
    const auto [at, is_new] = seen.emplace(line.name + ' ' + line.dtype + line.shape, lines.size());
    if (is_new) lines.push_back(std::move(line));
    ++lines[at->second].count;
    lines[at->second].bytes += info.size_bytes;
  }
  return lines;
}

std::string table(const std::vector<Line>& lines) {
  std::size_t name_width = 6;
  std::size_t shape_width = 5;
  for (const Line& line : lines) {
    name_width = std::max(name_width, line.name.size());
    shape_width = std::max(shape_width, line.shape.size());
  }
  std::string text = fmt::format("\n{:<{}}  {:<11}  {:<{}}  {:>5}  {:>10}\n", "tensor", name_width, "dtype",
                                 "shape", shape_width, "count", "size");
  for (const Line& line : lines) {
    text += fmt::format("{:<{}}  {:<11}  {:<{}}  {:>5}  {:>10}\n", line.name, name_width, line.dtype,
                        line.shape, shape_width, line.count, format_size(line.bytes));
  }
  return text;
}

std::string weights_line(const RunFacts& facts) {
  if (!facts.weights) return "none read";
  std::map<std::string_view, std::uint64_t> bytes_of;
  std::uint64_t total = 0;
  for (const tensor::TensorInfo& info : facts.weights->source->catalogue()) {
    bytes_of[tensor::dtype_name(info.dtype)] += info.size_bytes;
    total += info.size_bytes;
  }
  std::vector<std::string> parts;
  for (const auto& [dtype, bytes] : bytes_of)
    parts.push_back(fmt::format("{} {}", dtype, format_size(bytes)));
  const std::size_t files = facts.weights->set.files.size();
  return fmt::format("{} tensors in {} {}, {} ({})", facts.weights->source->catalogue().size(), files,
                     files == 1 ? "file" : "files", format_size(total), fmt::join(parts, ", "));
}

std::string adapter_line(const AdapterFacts& adapter) {
  const std::string rank = adapter.rank ? fmt::format(", rank {}", *adapter.rank) : "";
  return fmt::format("{}{}", adapter.peft_type.empty() ? "unknown type" : shown(adapter.peft_type), rank);
}

std::string problems(const RunFacts& facts) {
  std::string text;
  for (const Problem& problem : facts.problems)
    text += fmt::format("  {}: {}\n", problem.code, shown(problem.message));
  if (facts.weights) {
    for (const std::string& warning : facts.weights->set.warnings)
      text += fmt::format("  weights-odd: {}\n", shown(warning));
  }
  return text.empty() ? "" : "\nproblems\n" + text;
}

}  // namespace

std::string inspect_text(const RunFacts& facts) {
  std::string text =
      fmt::format("path     {}\nkind     {}\nformat   {}\n", shown(facts.folder),
                  model::kind_name(facts.kind), facts.format.empty() ? "no weights" : facts.format);
  if (facts.adapter) text += fmt::format("adapter  {}\n", adapter_line(*facts.adapter));
  if (!facts.base.empty()) text += fmt::format("base     {}\n", shown(facts.base));
  if (facts.step) text += fmt::format("step     {}\n", *facts.step);
  text += fmt::format("weights  {}\n", weights_line(facts));
  if (const auto foreign = foreign_weights(facts)) {
    text += fmt::format("         {}\nnext     `slipway publish {} --out DIR` writes them as safetensors\n",
                        foreign->words, shown(facts.folder));
  }
  if (facts.weights) text += table(grouped(facts.weights->source->catalogue()));
  text += problems(facts);
  text.pop_back();  // whoever prints it ends the line
  return text;
}

}  // namespace slipway::run
