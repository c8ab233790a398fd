# Configs that one era of transformers writes, repaired by our rules, read by the other.
rope_eras() { oracle_suite "rotary positions: $1 $2" "$1" tests/python/rope_eras_test.py "$2" "${@:3}" build/rope; }
rope_eras v4 write build/dev/folder_rules
rope_eras v5 write build/dev/folder_rules
rope_eras v5 read
rope_eras v4 read
oracle_suite "tokenizers: v5" v5 tests/python/tokenizer_eras_test.py build/dev/folder_rules
oracle_suite "tokenizers: v4" v4 tests/python/tokenizer_eras_test.py build/dev/folder_rules
