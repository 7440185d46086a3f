#include "core/store/sqlite/kv.hpp"

#include <fmt/format.h>

namespace vestitel::sqlite {
namespace {

std::string kv_place(std::string_view instance, std::string_view key) {
  return std::string("kv.value/1/").append(instance).append("/").append(key);
}

Error moved_on() { return {Failure::kConflict, "keeping a value: the key has another revision by now"}; }

Error over_quota(std::uint64_t quota) {
  return {Failure::kDenied,
          fmt::format("keeping a value: all keys and values of the instance may have {} bytes together", quota)};
}

bool as_expected(const std::optional<std::uint64_t>& expected, std::int64_t revision) {
  return !expected || *expected == static_cast<std::uint64_t>(revision);
}

}  // namespace

Result<> check_kv(std::string_view key, std::string_view value) {
  if (key.empty() || key.size() > kMaxKvKey)
    return {Failure::kInvalid, fmt::format("keeping a value: a key has 1 to {} bytes", kMaxKvKey)};
  if (value.size() > kMaxKvValue)
    return {Failure::kInvalid, fmt::format("keeping a value: it has more than {} bytes", kMaxKvValue)};
  return Done{};
}

SqliteKv::SqliteKv(Writer& writer, Pool& readers, const MasterKeys& keys, Random& random)
    : writer_(writer),
      readers_(readers),
      keys_(keys.copy()),
      random_(random),
      instances_(writer.connections().store),
      account_(writer.connections().store, "SELECT bytes, revision FROM kv_account WHERE instance = ?"),
      keep_account_(writer.connections().store,
                    "INSERT INTO kv_account(instance, bytes, revision) VALUES(?, ?, ?) ON CONFLICT(instance) DO UPDATE "
                    "SET bytes = excluded.bytes, revision = excluded.revision"),
      find_(writer.connections().store,
            "SELECT id, revision, length(key) + length(value) FROM kv WHERE instance = ? AND key = ?"),
      insert_(writer.connections().store, "INSERT INTO kv(instance, key, revision, value) VALUES(?, ?, ?, ?)"),
      update_(writer.connections().store, "UPDATE kv SET revision = ?, value = ? WHERE id = ?"),
      delete_(writer.connections().store, "DELETE FROM kv WHERE id = ?") {}

Result<std::optional<KvEntry>> SqliteKv::get(std::string_view instance, std::string_view key) {
  bool damaged = false;
  auto found = guarded("reading a kept value", [&]() -> std::optional<KvEntry> {
    auto reader = readers_.borrow();
    Statement read(reader->store,
                   "SELECT k.value, k.revision FROM kv k JOIN instance i ON i.id = k.instance WHERE i.name = ? AND "
                   "k.key = ?");
    auto row = read.rows(instance, Blob{key});
    if (!row.step()) return std::nullopt;
    auto plain = open(keys_.kept, row.blob(0), kv_place(instance, key));
    damaged = !plain;
    if (damaged) return std::nullopt;
    return KvEntry{std::move(*plain), static_cast<std::uint64_t>(row.integer(1))};
  });
  if (damaged) return Error{Failure::kInternal, "reading a kept value: it does not open"};
  return found;
}

Result<std::vector<KvListed>> SqliteKv::list(std::string_view instance, std::string_view prefix, std::string_view after,
                                             std::size_t max) {
  return guarded("listing what is kept", [&] {
    std::vector<KvListed> listed;
    auto reader = readers_.borrow();
    Statement read(reader->store,
                   "SELECT k.key, k.revision FROM kv k JOIN instance i ON i.id = k.instance WHERE i.name = ?1 AND "
                   "k.key > ?2 AND k.key >= ?3 ORDER BY k.key LIMIT ?4");
    auto rows = read.rows(instance, Blob{after}, Blob{prefix}, static_cast<std::int64_t>(max));
    while (rows.step() && rows.blob(0).starts_with(prefix))
      listed.push_back({std::string(rows.blob(0)), static_cast<std::uint64_t>(rows.integer(1))});
    return listed;
  });
}

Result<std::uint64_t> SqliteKv::put(std::string_view instance, std::string_view key, std::string_view value,
                                    std::optional<std::uint64_t> expected, std::uint64_t quota) {
  const KvChange change{std::string(key), std::string(value)};
  auto own = sealed(instance, {&change, 1});
  if (!own) return own.error();
  return writer_
      .submit<std::uint64_t>([&]() -> Result<std::uint64_t> {
        const std::int64_t number = instances_.made(instance);
        const auto before = row(number, key);
        if (!as_expected(expected, before ? before->revision : 0)) return moved_on();
        Account now = account(number);
        const std::int64_t had = now.bytes;
        write(number, own->front(), before, now);
        if (now.bytes > had && static_cast<std::uint64_t>(now.bytes) > quota) return over_quota(quota);
        keep(number, now);
        return static_cast<std::uint64_t>(now.revision);
      })
      .get();
}

Result<bool> SqliteKv::remove(std::string_view instance, std::string_view key, std::optional<std::uint64_t> expected) {
  return writer_
      .submit<bool>([&]() -> Result<bool> {
        const auto number = instances_.find(instance);
        const auto before = number ? row(*number, key) : std::nullopt;
        if (!as_expected(expected, before ? before->revision : 0)) return moved_on();
        if (!before) return false;
        Account now = account(*number);
        erase(*before, now);
        keep(*number, now);
        return true;
      })
      .get();
}

Result<std::vector<SqliteKv::Sealed>> SqliteKv::sealed(std::string_view instance, std::span<const KvChange> changes) {
  std::vector<Sealed> all;
  all.reserve(changes.size());
  for (const KvChange& change : changes) {
    if (auto fits = check_kv(change.key, change.value.value_or("")); !fits) return fits.error();
    Sealed one{change.key, std::nullopt, 0};
    if (change.value) one.value = seal(keys_.kept, *change.value, kv_place(instance, change.key), random_);
    if (change.value) one.weight = change.key.size() + change.value->size();
    all.push_back(std::move(one));
  }
  return all;
}

Result<Done> SqliteKv::apply(std::string_view instance, std::span<const Sealed> changes, std::uint64_t quota) {
  if (changes.empty()) return Done{};
  const std::int64_t number = instances_.made(instance);
  Account now = account(number);
  const std::int64_t had = now.bytes;
  for (const Sealed& change : changes) {
    const auto before = row(number, change.key);
    if (change.value)
      write(number, change, before, now);
    else if (before)
      erase(*before, now);
  }
  if (now.bytes > had && static_cast<std::uint64_t>(now.bytes) > quota) return over_quota(quota);
  keep(number, now);
  return Done{};
}

SqliteKv::Account SqliteKv::account(std::int64_t instance) {
  auto found = account_.rows(instance);
  return found.step() ? Account{found.integer(0), found.integer(1)} : Account{};
}

std::optional<SqliteKv::Row> SqliteKv::row(std::int64_t instance, std::string_view key) {
  auto found = find_.rows(instance, Blob{key});
  if (!found.step()) return std::nullopt;
  return Row{found.integer(0), found.integer(1), found.integer(2) - static_cast<std::int64_t>(kSealOverhead)};
}

void SqliteKv::write(std::int64_t instance, const Sealed& change, const std::optional<Row>& before, Account& account) {
  account.bytes += static_cast<std::int64_t>(change.weight) - (before ? before->weight : 0);
  ++account.revision;
  if (before)
    update_.run(account.revision, Blob{*change.value}, before->id);
  else
    insert_.run(instance, Blob{change.key}, account.revision, Blob{*change.value});
}

// A removal takes a revision too: what is put there again has one that nobody has seen.
void SqliteKv::erase(const Row& row, Account& account) {
  account.bytes -= row.weight;
  ++account.revision;
  delete_.run(row.id);
}

void SqliteKv::keep(std::int64_t instance, const Account& account) {
  keep_account_.run(instance, account.bytes, account.revision);
}

}  // namespace vestitel::sqlite
