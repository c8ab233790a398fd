# Configs that one era of transformers writes, repaired by our rules, read by the other.
# Our table of recipe keys beside the settings of the installed packages.
oracle_suite "recipe keys: v5" v5 tests/python/recipe_keys_test.py
oracle_suite "recipe keys: v4" v4 tests/python/recipe_keys_test.py
# training_args.bin of the runs and of generated settings, beside what Python finds in it.
oracle_suite "training_args.bin: v5" v5 tests/python/training_args_test.py build/dev/training_args_answers
oracle_suite "training_args.bin: v4" v4 tests/python/training_args_test.py build/dev/training_args_answers
rope_eras() { oracle_suite "rotary positions: $1 $2" "$1" tests/python/rope_eras_test.py "$2" "${@:3}" build/rope; }
rope_eras v4 write build/dev/folder_rules
rope_eras v5 write build/dev/folder_rules
rope_eras v5 read
rope_eras v4 read
oracle_suite "tokenizers: v5" v5 tests/python/tokenizer_eras_test.py build/dev/folder_rules
oracle_suite "tokenizers: v4" v4 tests/python/tokenizer_eras_test.py build/dev/folder_rules
