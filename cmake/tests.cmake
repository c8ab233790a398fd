# One test program a floor, from the *_test.cc beside the code, and one from tests/.
find_package(GTest REQUIRED)
include(GoogleTest)
set_source_files_properties(tests/support/source_dir.cc PROPERTIES
  COMPILE_DEFINITIONS SLIPWAY_SOURCE_DIR="${PROJECT_SOURCE_DIR}" SKIP_PRECOMPILE_HEADERS ON)

function(slipway_add_tests name link)
  if(NOT ARGN)
    return()
  endif()
  add_executable(test_${name} ${ARGN} tests/support/source_dir.cc)
  target_link_libraries(test_${name} PRIVATE ${link} slipway_options GTest::gmock GTest::gtest GTest::gtest_main)
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(test_${name} PRIVATE SLIPWAY_VERSION="${PROJECT_VERSION}")
  if(name STREQUAL "base")
    target_precompile_headers(test_base PRIVATE <gtest/gtest.h> <string> <vector> <optional> <fmt/format.h>)
  else()
    target_precompile_headers(test_${name} REUSE_FROM test_base)
  endif()
  add_test(NAME ${name} COMMAND test_${name})
endfunction()

file(GLOB floors RELATIVE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/src/*)
foreach(floor IN LISTS floors)
  if(TARGET slipway_${floor})
    file(GLOB_RECURSE unit_tests CONFIGURE_DEPENDS src/${floor}/*_test.cc src/${floor}/*_test_support.cc)
    slipway_add_tests(${floor} slipway_${floor} ${unit_tests})
  endif()
endforeach()

foreach(suite IN ITEMS conformance crash)
  file(GLOB_RECURSE suite_tests CONFIGURE_DEPENDS tests/${suite}/*.cc)
  slipway_add_tests(${suite} slipway_cli ${suite_tests})
endforeach()

# Answers tests/python/json_against_python_test.py.
add_executable(json_answers tests/python/json_answers.cc)
target_link_libraries(json_answers PRIVATE slipway_text slipway_options)

# Answers tests/python/jinja_against_python_test.py.
add_executable(jinja_answers tests/python/jinja_answers.cc)
target_link_libraries(jinja_answers PRIVATE slipway_jinja slipway_options)

# Answers tests/python/both_eras_test.py.
add_executable(rules_answers tests/python/rules_answers.cc)
target_link_libraries(rules_answers PRIVATE slipway_model slipway_options)
# For the tests of tests/python that load what the rules make of a folder.
add_executable(folder_rules tests/python/folder_rules.cc)
target_link_libraries(folder_rules PRIVATE slipway_run slipway_options)

# Answers tests/python/training_args_test.py.
add_executable(training_args_answers tests/python/training_args_answers.cc)
target_link_libraries(training_args_answers PRIVATE slipway_run slipway_options)

# Answers tests/python/dequant_test.py.
add_executable(nf4_answers tests/python/nf4_answers.cc)
target_link_libraries(nf4_answers PRIVATE slipway_transform slipway_options)

if(TARGET slipway_cli)
  add_executable(make_docs EXCLUDE_FROM_ALL tools/make_docs.cc)
  target_link_libraries(make_docs PRIVATE slipway_cli slipway_options)
endif()

add_executable(make_stop_table EXCLUDE_FROM_ALL tools/make_stop_table.cc src/model/family_test_support.cc
  tests/support/source_dir.cc)
target_link_libraries(make_stop_table PRIVATE slipway_model slipway_os slipway_options)
target_include_directories(make_stop_table PRIVATE ${PROJECT_SOURCE_DIR}/tests)

add_executable(make_error_page EXCLUDE_FROM_ALL tools/make_error_page.cc src/hub/error_rows_test_support.cc
  tests/support/source_dir.cc)
target_link_libraries(make_error_page PRIVATE slipway_hub slipway_options)
target_include_directories(make_error_page PRIVATE ${PROJECT_SOURCE_DIR}/tests)
