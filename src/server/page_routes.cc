// A repository's page for people: its card as text and its files. Nothing of it is trusted.
#include <fmt/format.h>

#include "base/encoding.h"
#include "base/size_text.h"
#include "server/routes.h"

namespace slipway::server {
namespace {

constexpr std::uint64_t kCardBytesMax = 1u << 20;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

constexpr std::string_view kStyle =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 "
    "1rem;color:#1b1f24;background:#fff}"
    "table{border-collapse:collapse;width:100%}td{padding:.25rem .5rem;border-bottom:1px solid #d8dee4}"
    "td:last-child{text-align:right;white-space:nowrap;color:#57606a}pre{background:#f6f8fa;padding:1rem;"
    "overflow:auto;white-space:pre-wrap}"
    "@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}pre{background:#161b22}td{"
    "border-color:#30363d}a{color:#79b8ff}}";

}  // namespace

void repo_page(Hub& hub, Exchange& exchange, const Place& place) {
  const auto files = hub.store->files(place.commit.tree);
  if (refused(exchange, files)) return;
  std::string rows;
  for (const auto& [path, row] : *files) {
    rows += fmt::format("<tr><td><a href=\"/{}/resolve/main/{}\">{}</a></td><td>{}</td></tr>\n",
                        place.repo.full(), percent_encode(path, "/"), escaped(path), format_size(row.size));
  }
  std::string card;
  if (const auto at = files->find("README.md"); at != files->end()) {
    const auto text = hub.blobs.text(at->second.sha256, kCardBytesMax);
    if (text) card = fmt::format("<h2>Model card</h2>\n<pre>{}</pre>\n", escaped(*text));
  }
  const std::string page = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>{0}</title><style>{1}</style></head>\n<body><h1>{0}</"
      "h1>\n<p>{2} · {3} · commit "
      "<code>{4}</code></p>\n{5}<h2>Files</h2>\n<table>\n{6}</table></body></html>\n",
      escaped(place.repo.full()), kStyle, place.repo.is_private ? "private" : "public",
      escaped(place.commit.date), place.commit.id.substr(0, 10), card, rows);
  exchange.text(200, "text/html; charset=utf-8", page,
                {{"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"},
                 {"X-Content-Type-Options", "nosniff"}});
}

}  // namespace slipway::server
