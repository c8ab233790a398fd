# Python's json: its verdicts, its values, its edits, over 100,000 generated documents and the example runs.
counted_suite "JSON beside Python's" python3 tests/python/json_against_python_test.py build/dev/json_answers
