// text/json_scan.h - walks one object or array of a JSON text by byte ranges, without building a tree.
//
// Contract   For files too large to hold as values (a tokenizer's vocabulary). Items come in the order of
//            the text, each with the range of its value; what is inside a value is only balanced, not
//            checked. No more is held than one key.
// Limits     kJsonBytesMax, kJsonDepthMax; total: no input crashes it
// Errors     kCorruptData with line and column
// Threads    value
#pragma once

#include <string>
#include <string_view>

#include "slipway/json.h"

namespace slipway::json {

struct ScanItem {
  std::string key{};      // decoded; "" in an array
  std::size_t begin = 0;  // of the value
  std::size_t end = 0;
};

class Scan {
 public:
  // `at`: where the object or array begins, blanks before it allowed. `text` must outlive the scan.
  static Result<Scan> open(std::string_view text, std::size_t at = 0);

  bool is_object() const { return close_ == '}'; }
  Result<bool> next(ScanItem& item);       // false when there is no more
  std::size_t end() const { return at_; }  // behind the closing bracket, once next() was false

 private:
  Scan(std::string_view text, std::size_t at) : text_(text), at_(at) {}
  std::unexpected<Error> wrong(std::string_view what) const;
  void blanks();
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  Result<void> separator();
  Result<void> key(std::string& out);
  Result<void> string();
  Result<void> value();
  Result<void> balanced();

  std::string_view text_;
  std::size_t at_;
  char close_ = '}';
  bool first_ = true;
  bool done_ = false;
};

}  // namespace slipway::json
