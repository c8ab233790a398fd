// jinja/compare.h - equality, order and hashes, as Python has them.
//
// Contract   1, 1.0 and true are equal and hash alike. Order exists between numbers, between strings, and
//            between lists or tuples item by item; anything else is an error, and so is any order of an
//            undefined.
// Errors     kCorruptData: types without an order, a key that cannot be hashed
// Threads    value
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "jinja/budget.h"
#include "jinja/object.h"
#include "slipway/result.h"

namespace slipway::jinja {

Result<bool> equal(Budget& budget, const Value& left, const Value& right);
enum class Order : std::uint8_t { kLess, kLessEqual, kGreater, kGreaterEqual };
Result<bool> ordered(Budget& budget, const Value& left, const Value& right, Order order);

bool is_hashable(const Value& value);  // a tuple only if its items are
std::uint64_t hash_of(const Value& value);

// Of a dict. Unhashable keys are found nowhere.
Result<const Value*> find_key(Budget& budget, const Mapping& dict, const Value& key);
const Value* find_text(const Mapping& dict, std::string_view key);
// Replaces or appends; the key must be hashable.
Result<void> insert(Budget& budget, Mapping& dict, Value key, Value value);

}  // namespace slipway::jinja
