# Generation configs after the rules, saved strictly by transformers of both eras.
oracle_suite "both eras: v5" v5 tests/python/both_eras_test.py build/dev/rules_answers
oracle_suite "both eras: v4" v4 tests/python/both_eras_test.py build/dev/rules_answers
