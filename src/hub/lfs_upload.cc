#include "hub/lfs_upload.h"

#include <algorithm>
#include <mutex>
#include <set>

namespace slipway::hub {
namespace {

constexpr int kAskedAgainMax = 2;
constexpr std::int64_t kMarginMs = 5'000;

// The storage does not take these addresses (any more).
bool is_stale(const Error& error) {
  const int status = error.http_status;
  return status == 400 || status == 401 || status == 403 || status == 404 || status == 410;
}

std::size_t count_of(const wire::LfsAnswer& answer) { return answer.parts ? answer.parts->urls.size() : 1; }

std::string_view without_query(std::string_view url) { return url.substr(0, url.find('?')); }

// The value of uploadId in the query, which names one multipart upload of S3; empty when there is none.
std::string_view upload_id(std::string_view url) {
  for (const std::string_view key : {"?uploadId=", "&uploadId="}) {
    const std::size_t at = url.find(key);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = url.substr(at + key.size());
    return rest.substr(0, rest.find_first_of("&#"));
  }
  return "";
}

bool same_place(std::string_view before, std::string_view now) {
  return without_query(before) == without_query(now) && upload_id(before) == upload_id(now);
}

}  // namespace

bool same_upload(const wire::LfsAnswer& before, const wire::LfsAnswer& now) {
  if (!before.parts || !now.parts || before.parts->chunk_bytes != now.parts->chunk_bytes) return false;
  return std::ranges::equal(before.parts->urls, now.parts->urls, same_place);
}

// The answer of the batch that holds now, and which pieces are there.
struct LfsUpload::Flight {
  explicit Flight(UploadItem sent) : item(std::move(sent)) {}
  UploadItem item;
  std::mutex asking{};  // held while the batch is asked again; the pieces in flight go on
  std::mutex mutex{};   // of what follows
  std::shared_ptr<const wire::LfsAnswer> answer{};
  std::size_t generation = 0;  // of the answer
  std::size_t epoch = 0;       // pieces of an older epoch do not count
  std::vector<bool> there{};
  std::vector<std::string> etags{};
  std::vector<std::uint64_t> told{};  // bytes of each piece that were counted

  void take(wire::LfsAnswer taken) {
    const bool goes_on = answer && same_upload(*answer, taken);
    answer = std::make_shared<const wire::LfsAnswer>(std::move(taken));
    ++generation;
    if (goes_on) return;
    ++epoch;
    there.assign(count_of(*answer), false);
    etags.assign(there.size(), "");
    told.resize(std::max(told.size(), there.size()));
  }
};

// The answer at one moment, for one attempt.
struct LfsUpload::Ticket {
  std::shared_ptr<const wire::LfsAnswer> answer;
  std::size_t generation;
  std::size_t epoch;
};

LfsUpload::LfsUpload(Client& client, wire::RepoId repo, std::string revision)
    : client_(client), repo_(std::move(repo)), revision_(std::move(revision)) {}
LfsUpload::~LfsUpload() = default;

Result<std::vector<bool>> LfsUpload::open(const std::vector<UploadItem>& items) {
  std::vector<wire::LfsObject> objects;
  for (const UploadItem& item : items) {
    SLIPWAY_CHECK(!item.sha256.empty());
    objects.push_back({item.sha256, item.content->size_bytes()});
  }
  SLIPWAY_ASSIGN(auto answers, client_.lfs_batch(repo_, revision_, objects));
  std::vector<bool> missing;
  std::set<std::string, std::less<>> seen;
  flights_.clear();
  for (std::size_t i = 0; i < items.size(); ++i) {
    missing.push_back(answers[i].upload.has_value() && seen.insert(answers[i].oid).second);
    flights_.push_back(std::make_unique<Flight>(items[i]));
    flights_.back()->take(std::move(answers[i]));
  }
  return missing;
}

std::size_t LfsUpload::pieces(std::size_t index) const {
  const std::scoped_lock hold(flights_.at(index)->mutex);
  return std::max<std::size_t>(1, flights_[index]->there.size());
}

Result<void> LfsUpload::ask_again(Flight& flight, std::size_t generation) {
  const std::scoped_lock one(flight.asking);
  {
    const std::scoped_lock hold(flight.mutex);
    if (flight.generation != generation) return {};  // somebody else has asked meanwhile
  }
  SLIPWAY_ASSIGN(auto answers, client_.lfs_batch(repo_, revision_,
                                                 {{flight.item.sha256, flight.item.content->size_bytes()}}));
  const std::scoped_lock hold(flight.mutex);
  flight.take(std::move(answers.front()));
  return {};
}

Result<void> LfsUpload::send_piece(Flight& flight, std::size_t piece,
                                   const std::function<void(std::uint64_t)>& sent) {
  for (int asked = 0;; ++asked) {
    Ticket now;
    {
      const std::scoped_lock hold(flight.mutex);
      now = {flight.answer, flight.generation, flight.epoch};
      // Stored meanwhile, sent already, or cut into other pieces: nothing of this one is left to do.
      if (!now.answer->upload || piece >= flight.there.size() || flight.there[piece]) return {};
    }
    const bool may_ask = asked < kAskedAgainMax;
    const auto until = now.answer->valid_until_ms;
    if (may_ask && until && client_.now_unix_ms() + kMarginMs >= *until) {
      SLIPWAY_TRY(ask_again(flight, now.generation));
      continue;
    }
    std::uint64_t reached = 0;
    const auto counted = [&](std::uint64_t bytes) {
      reached += bytes;
      const std::scoped_lock hold(flight.mutex);
      if (reached <= flight.told[piece]) return;
      sent(reached - flight.told[piece]);
      flight.told[piece] = reached;
    };
    auto etag = client_.lfs_put(*now.answer, piece, *flight.item.content, counted);
    if (etag) {
      const std::scoped_lock hold(flight.mutex);
      if (flight.epoch != now.epoch) continue;  // it went to an upload that was given up
      flight.there[piece] = true;
      flight.etags[piece] = std::move(*etag);
      return {};
    }
    if (!may_ask || !is_stale(etag.error())) return std::unexpected(std::move(etag).error());
    SLIPWAY_TRY(ask_again(flight, now.generation));
  }
}

Result<void> LfsUpload::send(std::size_t index, std::size_t piece,
                             const std::function<void(std::uint64_t)>& sent) {
  return send_piece(*flights_.at(index), piece, sent);
}

Result<void> LfsUpload::join(Flight& flight) {
  Ticket now;
  std::vector<std::string> etags;
  {
    const std::scoped_lock hold(flight.mutex);
    now = {flight.answer, flight.generation, flight.epoch};
    etags = flight.etags;
  }
  if (!now.answer->upload) return {};
  auto joined = client_.lfs_finish(*now.answer, etags);
  if (joined || !is_stale(joined.error())) return joined;
  // The addresses expired, or an answer was lost and it is joined already: the batch knows.
  SLIPWAY_TRY(ask_again(flight, now.generation));
  const std::scoped_lock hold(flight.mutex);
  if (!flight.answer->upload) return {};
  return joined;
}

Result<void> LfsUpload::close(std::size_t index) {
  Flight& flight = *flights_.at(index);
  for (int asked = 0;; ++asked) {
    const std::size_t count = pieces(index);
    for (std::size_t piece = 0; piece < count; ++piece)
      SLIPWAY_TRY(send_piece(flight, piece, [](std::uint64_t) {}));
    auto joined = join(flight);
    if (joined || asked == kAskedAgainMax || !is_stale(joined.error())) return joined;
  }
}

}  // namespace slipway::hub
