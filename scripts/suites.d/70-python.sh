# The Python package: its types, the program it starts (stdlib alone), and its functions against the embedded Hub.
if tools=$(scripts/oracles.sh tools); then
  suite "types of the Python package" "$tools" -m mypy --config-file python/mypy.ini --cache-dir build/mypy python/slipway
else
  failed=$((failed + 1))
  printf 'FAILED  %-34s the venv could not be made (it takes the package index, once): scripts/oracles.sh tools\n' "types of the Python package"
fi
counted_suite "Python package and program" python3 tests/python/python_program_test.py build/dev/bin/slipway
counted_suite "functions of the Python package" python3 tests/python/python_calls_test.py build/dev/bin/slipway
counted_suite "the end of a training" python3 tests/python/python_ending_test.py build/dev/bin/slipway
counted_suite "Python package and Hub" python3 tests/python/python_door_test.py build/dev/bin/slipway
oracle_suite "Python package: v5" v5 tests/python/python_door_test.py build/dev/bin/slipway
oracle_suite "Python package: v4" v4 tests/python/python_door_test.py build/dev/bin/slipway
