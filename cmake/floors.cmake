# One static library a floor. docs/layers.txt says which floors it may see; the linker is told the same.
function(slipway_add_floors)
  file(STRINGS docs/layers.txt lines)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS docs/layers.txt)
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "#.*" "" line "${line}")
    separate_arguments(words UNIX_COMMAND "${line}")
    if(words)
      list(POP_FRONT words floor)
      slipway_add_floor(${floor} "${words}")
    endif()
  endforeach()
endfunction()

function(slipway_add_floor floor uses)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS src/${floor}/*.cc)
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$|/main\\.cc$|_test_support\\.cc$")
  if(NOT sources)
    return()
  endif()
  add_library(slipway_${floor} STATIC ${sources})
  target_include_directories(slipway_${floor} PUBLIC src include)
  target_compile_definitions(slipway_${floor} PRIVATE SLIPWAY_VERSION="${PROJECT_VERSION}")
  target_link_libraries(slipway_${floor} PRIVATE slipway_options PUBLIC ${SLIPWAY_LIBRARIES_${floor}})
  foreach(other IN LISTS uses)
    if(TARGET slipway_${other})
      target_link_libraries(slipway_${floor} PUBLIC slipway_${other})
    endif()
  endforeach()
  if(floor STREQUAL "base")
    target_precompile_headers(slipway_base PRIVATE
      <algorithm> <cstdint> <expected> <functional> <map> <memory> <optional> <string> <string_view>
      <vector> <fmt/format.h>)
  else()
    target_precompile_headers(slipway_${floor} REUSE_FROM slipway_base)
  endif()
  if(floor STREQUAL "os")
    target_include_directories(slipway_os SYSTEM PRIVATE ${BOOST_INCLUDE})
  endif()
endfunction()

# Each step of a dequantisation is rounded by itself, also where a processor could do two at once.
file(GLOB dequant_loops CONFIGURE_DEPENDS src/transform/dequant/*.cc)
set_source_files_properties(${dequant_loops} PROPERTIES
  COMPILE_OPTIONS "-ffp-contract=off;$<$<CONFIG:Release>:-O3>")
# Loops over weight bytes: -O2 leaves them scalar.
set_source_files_properties(src/tensor/finite.cc src/transform/cast.cc PROPERTIES
  COMPILE_OPTIONS $<$<CONFIG:Release>:-O3>)
file(GLOB merge_loops src/transform/merge/*_kernel.cc)
set_source_files_properties(${merge_loops} PROPERTIES
  COMPILE_OPTIONS "-ffp-contract=off;$<$<CONFIG:Release>:-O3>")
