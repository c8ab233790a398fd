// cli/completions.h - what bash, zsh and fish need to complete our commands, made from the flag table.
//
// Contract   Nothing of the program runs while somebody types. Values that are a list of words complete to
//            those; values that are files, and places of folders, to files; other values to nothing.
// Threads    value
#pragma once

#include <string>

namespace slipway::cli {

std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

}  // namespace slipway::cli
