// server/gitattributes.h - which paths a repository keeps by LFS.
//
// Source     gitattributes(5): a pattern without '/' matches the name, with one the whole path; the last
//            line that matches decides. The first patterns are those of a new repository on the Hub.
// Threads    value
#pragma once

#include <string>
#include <string_view>

namespace slipway::server {

std::string default_gitattributes();
bool is_lfs_path(std::string_view gitattributes, std::string_view path);
std::string lfs_line(std::string_view path);  // with blanks and glob characters escaped

}  // namespace slipway::server
