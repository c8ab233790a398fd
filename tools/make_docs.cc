// Writes the reference pages that are made from the code's tables: make_docs DOCS.
#include <cstdio>

#include "cli/help.h"
#include "os/path.h"
#include "os/posix_file_system.h"

int main(int count, char** words) {
  using namespace slipway;
  if (count != 2) return 2;
  os::PosixFileSystem files;
  const std::string docs = words[1];
  std::map<std::string, std::string> pages{
      {"cli.md", cli::cli_page()}, {"errors.md", cli::errors_page()}, {"slipway.1", cli::man_page()}};
  for (auto& [name, text] : cli::fix_pages()) pages["fixes/" + name] = std::move(text);
  for (const auto& [name, text] : pages) {
    auto done = os::make_dirs(files, os::parent(docs + "/" + name));
    if (done) done = os::replace_file(files, docs + "/" + name, as_bytes(text));
    if (done) continue;
    std::fprintf(stderr, "%s\n", describe(done.error()).c_str());
    return 1;
  }
  return 0;
}
