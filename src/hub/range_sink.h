// hub/range_sink.h - takes the answers to a download: which bytes of each are wanted, and which are new.
//
// Contract   Over any number of answers, `write` gets the bytes of the range in order, each once. A 200 to a
//            request from the middle is taken from its start only where the range begins at byte 0.
// Threads    one thread each
// Errors     kUnsupported, kChanged as Client::download; kProtocol for an answer about other bytes
#pragma once

#include <functional>
#include <string>

#include "hub/client.h"

namespace slipway::hub {

class RangeSink {
 public:
  RangeSink(const DownloadRange& range, const std::string& what,
            const std::function<Result<void>(Bytes)>& write)
      : range_(range), what_(what), write_(write), at_(range.begin) {}

  std::string header() const;  // of the next request; "" when all is wanted from the start
  void begin_answer();
  os::ReplySink sink();

  bool good() const { return good_; }  // the answer held bytes of the file
  bool whole() const { return at_ >= range_.end; }
  std::uint64_t at() const { return at_; }
  const std::string& text() const { return text_; }  // what a refusal said
  // kCorruptData when the whole file was wanted and the server says another size.
  Result<Downloaded> downloaded(const os::HttpResponse& response) const;

 private:
  Result<void> take_head(const os::HttpResponse& head);
  Result<void> take_body(Bytes bytes);

  const DownloadRange& range_;
  const std::string& what_;
  const std::function<Result<void>(Bytes)>& write_;
  std::uint64_t at_;
  std::uint64_t skip_ = 0;  // bytes of this answer that were taken from an earlier one
  bool good_ = false;
  std::string etag_{};
  std::string text_{};
  std::uint64_t refusal_bytes_ = 0;
};

}  // namespace slipway::hub
