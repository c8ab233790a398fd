#include "server/diff.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace slipway::server {
namespace {

constexpr std::size_t kContextLines = 3;
constexpr std::string_view kNoOid = "0000000000000000000000000000000000000000";

// Lines with their newline; the last may have none.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t size = end == std::string_view::npos ? text.size() : end + 1;
    lines.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

void add_line(std::string& out, char mark, std::string_view line) {
  out += mark;
  out += line;
  if (!line.ends_with('\n')) out += "\n\\ No newline at end of file\n";
}

// "3,2": the first line, counted from 1, and how many; an empty span names the line before it.
std::string span(std::size_t from, std::size_t count) {
  return fmt::format("{},{}", count == 0 ? from : from + 1, count);
}

std::string hunk(std::string_view before, std::string_view after) {
  const auto a = lines_of(before);
  const auto b = lines_of(after);
  const std::size_t shorter = std::min(a.size(), b.size());
  std::size_t head = 0;
  while (head < shorter && a[head] == b[head]) ++head;
  std::size_t tail = 0;
  while (tail < shorter - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  const std::size_t from = head - std::min(head, kContextLines);
  const std::size_t kept = tail - std::min(tail, kContextLines);  // of the tail, what is not shown
  std::string out =
      fmt::format("@@ -{} +{} @@\n", span(from, a.size() - kept - from), span(from, b.size() - kept - from));
  for (std::size_t i = from; i < head; ++i) add_line(out, ' ', a[i]);
  for (std::size_t i = head; i < a.size() - tail; ++i) add_line(out, '-', a[i]);
  for (std::size_t i = head; i < b.size() - tail; ++i) add_line(out, '+', b[i]);
  for (std::size_t i = a.size() - tail; i < a.size() - kept; ++i) add_line(out, ' ', a[i]);
  return out;
}

}  // namespace

std::string diff_file(std::string_view path, const std::optional<DiffSide>& before,
                      const std::optional<DiffSide>& after) {
  std::string out = fmt::format("diff --git a/{0} b/{0}\n", path);
  if (!before) out += "new file mode 100644\n";
  if (!after) out += "deleted file mode 100644\n";
  out += fmt::format("index {}..{}{}\n", before ? before->oid : kNoOid, after ? after->oid : kNoOid,
                     before && after ? " 100644" : "");
  const std::string from = before ? fmt::format("a/{}", path) : "/dev/null";
  const std::string to = after ? fmt::format("b/{}", path) : "/dev/null";
  const std::string_view old_text = before ? std::string_view(before->text) : "";
  const std::string_view new_text = after ? std::string_view(after->text) : "";
  if ((before && before->binary) || (after && after->binary))
    return out + fmt::format("Binary files {} and {} differ\n", from, to);
  if (old_text == new_text) return out;  // an empty file came or went
  return out + fmt::format("--- {}\n+++ {}\n", from, to) + hunk(old_text, new_text);
}

}  // namespace slipway::server
