#include "server/database.h"

#include <sqlite3.h>

#include <fmt/format.h>

namespace slipway::server {
namespace {

constexpr int kBusyMs = 10'000;  // another process (token create, gc) may hold the lock for a moment

std::unexpected<Error> failed(sqlite3* database) {
  const int code = sqlite3_errcode(database);
  const ErrorCode kind = code == SQLITE_FULL                               ? ErrorCode::kNoSpace
                         : code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? ErrorCode::kCorruptData
                                                                           : ErrorCode::kIo;
  const char* path = sqlite3_db_filename(database, "main");
  return fail(kind,
              fmt::format("{}: {}", path == nullptr ? "the Hub's database" : path, sqlite3_errmsg(database)));
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
void Database::Close::operator()(sqlite3* database) const { sqlite3_close(database); }

Statement& Statement::bind(std::string_view text) {
  SLIPWAY_CHECK(sqlite3_bind_text64(statement_.get(), ++bound_, text.data(), text.size(), SQLITE_TRANSIENT,
                                    SQLITE_UTF8) == SQLITE_OK);
  return *this;
}

Statement& Statement::bind(std::int64_t number) {
  SLIPWAY_CHECK(sqlite3_bind_int64(statement_.get(), ++bound_, number) == SQLITE_OK);
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return failed(database_);
}

Result<void> Statement::run() {
  SLIPWAY_ASSIGN(const bool row, step());
  (void)row;
  return {};
}

std::string Statement::text(int column) const {
  const auto* data = sqlite3_column_text(statement_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return data == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(data), size);
}

std::int64_t Statement::number(int column) const { return sqlite3_column_int64(statement_.get(), column); }
bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

Result<Database> Database::open(const os::Path& path) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(
      path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, nullptr);
  Database database;
  database.database_.reset(raw);
  if (code != SQLITE_OK) return failed(raw);
  sqlite3_busy_timeout(raw, kBusyMs);
  SLIPWAY_TRY(database.run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"));
  return database;
}

Statement Database::prepare(std::string_view sql) const {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  SLIPWAY_CHECK(code == SQLITE_OK);
  return {database_.get(), statement};
}

Result<void> Database::run(std::string_view sql) const {
  if (sqlite3_exec(database_.get(), std::string(sql).c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return failed(database_.get());
  }
  return {};
}

Result<Transaction> Transaction::begin(const Database& database) {
  SLIPWAY_TRY(database.run("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Transaction::~Transaction() {
  if (open_) (void)database_->run("ROLLBACK");
}

Result<void> Transaction::commit() {
  SLIPWAY_TRY(database_->run("COMMIT"));
  open_ = false;
  return {};
}

}  // namespace slipway::server
