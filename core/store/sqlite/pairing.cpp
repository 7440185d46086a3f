#include "core/store/sqlite/pairing.hpp"

#include <array>
#include <filesystem>

#include "core/store/sqlite/schema.hpp"

namespace vestitel::sqlite {
namespace {

constexpr int kCacheKib = 1024;

bool has_rows(Database& db, const char* table) {
  return has_table(db, table) &&
         Statement(db, std::string("SELECT 1 FROM ").append(table).append(" LIMIT 1")).number().has_value();
}

bool has_facts(Database& store) { return has_rows(store, "document") || has_rows(store, "contact"); }

// Empty: the file is from before there were marks, or new.
std::string mark_of(Database& db) {
  if (!has_rows(db, "pair")) return "";
  Statement read(db, "SELECT mark FROM pair");
  auto row = read.rows();
  return row.step() ? std::string(row.blob(0)) : std::string();
}

void set_mark(Database& db, const std::string& mark) { Statement(db, "INSERT INTO pair VALUES(1, ?)").run(Blob{mark}); }

// The greatest number of a person that the store speaks of: one seek in each run and table.
std::int64_t greatest_person(Database& store) {
  return Statement(store, R"sql(
    WITH RECURSIVE run(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM run WHERE n < (SELECT max(run) FROM person_event))
    SELECT max(coalesce((SELECT max(person) FROM contact), 0), coalesce((SELECT max(subject) FROM subscription), 0),
               coalesce((SELECT max((SELECT max(person) FROM person_event WHERE person_event.run = run.n)) FROM run), 0)))sql")
      .number()
      .value_or(0);
}

}  // namespace

void refuse_half_a_store(const std::string& store_path, const std::string& vault_path, Access access) {
  const bool store_is = std::filesystem::exists(store_path), vault_is = std::filesystem::exists(vault_path);
  if (store_is == vault_is) return;
  Database left(store_is ? store_path : vault_path, access, store_is ? kStorePage : kVaultPage, kCacheKib);
  if (store_is && (has_rows(left, "pair") || has_facts(left)))
    throw std::runtime_error("keys.db is missing beside vestitel.db; put back the keys.db of the same time");
  if (vault_is && has_rows(left, "person"))
    throw std::runtime_error("vestitel.db is missing beside keys.db; put back the vestitel.db of the same time");
}

void mark_pair(Database& store, Database& vault, Random& random) {
  std::string mark = mark_of(vault);
  const std::string known = mark_of(store);
  if (!known.empty()) return;  // check_pair() compares
  if (!mark.empty() && has_rows(vault, "person") && !has_facts(store))
    throw std::runtime_error(
        "vestitel.db is new beside a keys.db that is not; put back the vestitel.db of the same time");
  if (mark.empty()) {
    std::array<std::uint8_t, 16> bytes{};
    random.fill(bytes);
    mark.assign(bytes.begin(), bytes.end());
    set_mark(vault, mark);
  }
  set_mark(store, mark);
}

void check_pair(Database& store, Database& vault) {
  if (mark_of(store) != mark_of(vault))
    throw std::runtime_error("keys.db is not the one that belongs to vestitel.db; put back the two of the same time");
  const std::int64_t spoken_of = greatest_person(store);
  const std::int64_t known = Statement(vault, "SELECT max(id) FROM person").number().value_or(0);
  if (spoken_of > known)
    throw std::runtime_error("keys.db is older than vestitel.db: it knows p-" + std::to_string(known) +
                             " as the last person, vestitel.db speaks of p-" + std::to_string(spoken_of) +
                             "; put back a keys.db that is not older");
}

}  // namespace vestitel::sqlite
