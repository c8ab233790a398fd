// The only file that is compiled with the checkout's path: all others come from the compiler cache in any
// clone.
#include "support/source_dir.h"

namespace slipway::testing {

const std::string& source_dir() {
  static const std::string dir = SLIPWAY_SOURCE_DIR;
  return dir;
}

}  // namespace slipway::testing
