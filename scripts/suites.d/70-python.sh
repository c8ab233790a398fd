# The Python package: its types, the program it starts (stdlib alone), and its functions against the embedded Hub.
# shellcheck disable=SC2016
suite "types of the Python package" bash -c '"$(scripts/oracles.sh tools)" -m mypy --config-file python/mypy.ini --cache-dir build/mypy python/slipway'
counted_suite "Python package and program" python3 tests/python/python_program_test.py build/dev/bin/slipway
counted_suite "Python package and Hub" python3 tests/python/python_door_test.py build/dev/bin/slipway
oracle_suite "Python package: v5" v5 tests/python/python_door_test.py build/dev/bin/slipway
oracle_suite "Python package: v4" v4 tests/python/python_door_test.py build/dev/bin/slipway
