# jinja2 as transformers runs it, beside our renderer: real templates, generated programs, mutations.
oracle_suite "chat templates beside jinja2" v5 tests/python/jinja_against_python_test.py build/dev/jinja_answers
