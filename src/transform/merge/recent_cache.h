// transform/merge/recent_cache.h - what was made last, kept while it fits.
//
// Limits     `bytes_max` of what it keeps, or the latest alone where that is larger
// Threads    share freely; two threads that miss the same key both make it
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

#include "slipway/result.h"

namespace slipway::transform {

template <class Key, class Value>
class RecentCache {
 public:
  explicit RecentCache(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  // `make` gives Result<std::pair<Value, bytes>>.
  template <class Make>
  Result<std::shared_ptr<const Value>> get(const Key& key, Make make) {
    if (auto kept = find(key)) return kept;
    auto made = make();
    if (!made) return std::unexpected(std::move(made).error());
    auto value = std::make_shared<const Value>(std::move(made->first));
    keep(key, value, made->second);
    return value;
  }

 private:
  struct Entry {
    Key key;
    std::shared_ptr<const Value> value;
    std::uint64_t bytes;
  };

  std::shared_ptr<const Value> find(const Key& key) {
    const std::scoped_lock hold(mutex_);
    for (auto at = entries_.begin(); at != entries_.end(); ++at) {
      if (at->key != key) continue;
      entries_.splice(entries_.begin(), entries_, at);
      return entries_.front().value;
    }
    return nullptr;
  }

  void keep(const Key& key, const std::shared_ptr<const Value>& value, std::uint64_t bytes) {
    const std::scoped_lock hold(mutex_);
    entries_.push_front({key, value, bytes});
    bytes_ += bytes;
    while (bytes_ > bytes_max_ && entries_.size() > 1) {
      bytes_ -= entries_.back().bytes;
      entries_.pop_back();
    }
  }

  std::mutex mutex_{};
  std::list<Entry> entries_{};
  std::uint64_t bytes_ = 0;
  std::uint64_t bytes_max_;
};

}  // namespace slipway::transform
