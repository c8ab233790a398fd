# Every kind of model and every form of quantised weights, published, in its stock class of both eras.
kinds() { oracle_suite "every kind: $1 $2" "$1" tests/python/kinds_test.py build/dev/bin/slipway "$2" build/kinds; }
kinds v4 write
kinds v5 write
kinds v5 read
kinds v4 read
