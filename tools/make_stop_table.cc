// Writes docs/stop-table.md from tests/golden/stops: make_stop_table DOCS.
#include <cstdio>

#include "model/family_test_support.h"
#include "os/path.h"
#include "os/posix_file_system.h"

int main(int count, char** words) {
  using namespace slipway;
  if (count != 2) return 2;
  os::PosixFileSystem files;
  const std::string page = model::testing_support::stop_table_page();
  const auto done = os::replace_file(files, std::string(words[1]) + "/stop-table.md", as_bytes(page));
  if (done) return 0;
  std::fprintf(stderr, "%s\n", describe(done.error()).c_str());
  return 1;
}
