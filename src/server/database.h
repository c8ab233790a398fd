// server/database.h - SQLite behind one small door.
//
// Contract   A Statement is prepared, bound by position, stepped; it ends with its scope. A Transaction
//            that is not committed is rolled back.
// Threads    one thread at a time (the Store's lock)
// Errors     kIo, kNoSpace, kCorruptData with SQLite's reason
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "slipway/file_system.h"
#include "slipway/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace slipway::server {

class Statement {
 public:
  Statement(Statement&&) noexcept = default;
  Statement& operator=(Statement&&) noexcept = default;

  Statement& bind(std::string_view text);
  Statement& bind(std::int64_t number);
  Result<bool> step();  // true: a row is there
  Result<void> run();   // for statements without rows
  std::string text(int column) const;
  std::int64_t number(int column) const;
  bool is_null(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(sqlite3* database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}

  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bound_ = 0;
};

class Database {
 public:
  static Result<Database> open(const os::Path& path);
  Statement prepare(std::string_view sql) const;  // our own SQL: a mistake in it is a bug
  Result<void> run(std::string_view sql) const;

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::unique_ptr<sqlite3, Close> database_{};
};

class Transaction {
 public:
  static Result<Transaction> begin(const Database& database);
  Transaction(Transaction&& other) noexcept : database_(other.database_), open_(other.open_) {
    other.open_ = false;
  }
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<void> commit();

 private:
  explicit Transaction(const Database& database) : database_(&database) {}
  const Database* database_;
  bool open_ = true;
};

}  // namespace slipway::server
