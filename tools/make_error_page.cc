// Writes docs/wire/errors.md from tests/golden/hub: make_error_page DOCS.
#include <cstdio>

#include "hub/error_rows_test_support.h"
#include "os/path.h"
#include "os/posix_file_system.h"

int main(int count, char** words) {
  using namespace slipway;
  if (count != 2) return 2;
  os::PosixFileSystem files;
  const std::string page = hub::testing_support::error_page();
  const auto done = os::replace_file(files, std::string(words[1]) + "/wire/errors.md", as_bytes(page));
  if (done) return 0;
  std::fprintf(stderr, "%s\n", describe(done.error()).c_str());
  return 1;
}
