# The libraries we build on (docs/decisions/), each used by one floor and behind one header of ours.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)
find_package(SQLite3 REQUIRED)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
find_path(BOOST_INCLUDE boost/beast/version.hpp REQUIRED)

set(SLIPWAY_LIBRARIES_base fmt::fmt OpenSSL::Crypto)
set(SLIPWAY_LIBRARIES_os CURL::libcurl Threads::Threads)
set(SLIPWAY_LIBRARIES_text PkgConfig::YAML)
set(SLIPWAY_LIBRARIES_server SQLite::SQLite3)
