// support/source_dir.h - where the checkout lies: golden files, examples and pages are read from there.
#pragma once

#include <string>

namespace slipway::testing {

const std::string& source_dir();

}  // namespace slipway::testing
