#include "core/store/sqlite/vault.hpp"

#include <algorithm>
#include <stdexcept>

#include "core/base/fault_point.hpp"

namespace vestitel::sqlite {
namespace {

constexpr std::size_t kCachedKeys = 65'536;
constexpr int kIndexVersion = 1;
constexpr std::string_view kCanaryPlace = "canary/1";
constexpr std::string_view kCanary = "vestitel";

std::string wrap_place(std::string_view blind) { return "person.wrapped/1/" + std::string(blind); }
std::string identifier_place(std::string_view blind) { return "person.identifier/1/" + std::string(blind); }

Error lost(const char* what) { return {Failure::kInternal, std::string("reading the vault: ") + what}; }

}  // namespace

Vault::Vault(Writer& writer, Pool& readers, const MasterKeys& keys, Random& random)
    : writer_(writer),
      readers_(readers),
      keys_(keys.copy()),
      random_(random),
      find_(writer.connections().vault, "SELECT id, wrapped FROM person WHERE blind = ?"),
      insert_(writer.connections().vault,
              "INSERT INTO person(blind, id, type, wrapped, identifier, index_version) VALUES(?, ?, ?, ?, ?, ?)"),
      last_id_(Statement(writer.connections().vault, "SELECT max(id) FROM person").number().value_or(0)) {}

void Vault::check_canary(Database& vault, const MasterKeys& keys, Random& random) {
  Statement read(vault, "SELECT sealed FROM canary");
  {
    auto row = read.rows();
    if (row.step()) {
      if (!open(keys.wrap, row.blob(0), kCanaryPlace))
        throw std::runtime_error("opening the store: the master key is not the one this store was made with");
      return;
    }
  }
  Statement(vault, "INSERT INTO canary VALUES(1, ?)").run(Blob{seal(keys.wrap, kCanary, kCanaryPlace, random)});
}

Digest Vault::blind_of(Hmac& hmac, const Subject& subject) const {
  return hmac.of({to_text(subject.type), ":", subject.value});
}

std::shared_ptr<const SecretKey> Vault::unwrap(std::string_view wrapped, std::string_view blind) const {
  auto plain = open(keys_.wrap, wrapped, wrap_place(blind));
  if (!plain || plain->size() != 32) return nullptr;
  return std::make_shared<const SecretKey>(
      std::span<const std::uint8_t>(reinterpret_cast<const std::uint8_t*>(plain->data()), plain->size()));
}

Result<std::vector<Person>> Vault::ensure(std::span<const Subject> subjects) {
  std::vector<Entry> entries(subjects.size());
  Hmac hmac(keys_.blind);
  for (std::size_t i = 0; i < subjects.size(); ++i) entries[i] = {blind_of(hmac, subjects[i]), i};
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.blind < b.blind; });

  std::vector<Person> people(subjects.size());
  std::vector<Entry> missing;
  bool unreadable = false;
  auto looked = guarded("looking people up", [&] {
    auto reader = readers_.borrow();
    const ReadTransaction snapshot(reader->vault);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const Entry& entry = entries[i];
      if (i > 0 && entries[i - 1].blind == entry.blind) {
        people[entry.index] = people[entries[i - 1].index];
        if (people[entry.index].id == 0) missing.push_back(entry);
        continue;
      }
      auto row = reader->person_by_blind.rows(Blob{as_text(entry.blind)});
      if (!row.step()) {
        missing.push_back(entry);
        continue;
      }
      people[entry.index] = {row.integer(0), unwrap(row.blob(1), as_text(entry.blind))};
      unreadable = unreadable || people[entry.index].key == nullptr;
    }
    return Done{};
  });
  if (!looked) return looked.error();
  if (unreadable) return lost("a data key does not open");
  if (!missing.empty()) {
    auto made = make(subjects, missing);
    if (!made) return made.error();
    for (std::size_t i = 0; i < missing.size(); ++i) people[missing[i].index] = (*made)[i];
  }
  return people;
}

Result<std::vector<Person>> Vault::make(std::span<const Subject> subjects, const std::vector<Entry>& missing) {
  auto done = writer_
                  .submit_vault<std::vector<Made>>([&]() -> Result<std::vector<Made>> {
                    std::vector<Made> made;
                    made.reserve(missing.size());
                    for (const Entry& entry : missing) made.push_back(insert(entry.blind, subjects[entry.index]));
                    VESTITEL_FAULT_POINT("key.before_commit");
                    return made;
                  })
                  .get();
  if (!done) return done.error();
  VESTITEL_FAULT_POINT("key.after_commit");
  std::vector<Person> people;
  people.reserve(missing.size());
  for (std::size_t i = 0; i < missing.size(); ++i) {
    const Made& made = (*done)[i];
    people.push_back({made.id, unwrap(made.wrapped, as_text(missing[i].blind))});
    if (people.back().key == nullptr) return lost("a data key does not open");
  }
  return people;
}

Vault::Made Vault::insert(const Digest& blind, const Subject& subject) {
  {
    auto found = find_.rows(Blob{as_text(blind)});
    if (found.step()) return {found.integer(0), std::string(found.blob(1))};
  }
  const SecretKey key = SecretKey::random(random_);
  Made made{++last_id_, seal(keys_.wrap, as_text(key.bytes()), wrap_place(as_text(blind)), random_)};
  const Bytes identifier = seal(key, subject.value, identifier_place(as_text(blind)), random_);
  insert_.run(Blob{as_text(blind)}, made.id, static_cast<int>(subject.type), Blob{made.wrapped}, Blob{identifier},
              kIndexVersion);
  return made;
}

Result<std::optional<Person>> Vault::find(const Subject& subject) {
  return guarded("looking a person up", [&]() -> std::optional<Person> {
    Hmac hmac(keys_.blind);
    const Digest blind = blind_of(hmac, subject);
    auto reader = readers_.borrow();
    auto row = reader->person_by_blind.rows(Blob{as_text(blind)});
    if (!row.step()) return std::nullopt;
    return Person{row.integer(0), unwrap(row.blob(1), as_text(blind))};
  });
}

Result<std::vector<std::shared_ptr<const SecretKey>>> Vault::keys_of(std::span<const PersonId> people) {
  std::vector<std::shared_ptr<const SecretKey>> keys(people.size());
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < people.size(); ++i) {
    keys[i] = remembered(people[i]);
    if (keys[i] == nullptr) missing.push_back(i);
  }
  if (missing.empty()) return keys;
  std::sort(missing.begin(), missing.end(), [&](std::size_t a, std::size_t b) { return people[a] < people[b]; });
  auto read = guarded("reading data keys", [&] {
    auto reader = readers_.borrow();
    const ReadTransaction snapshot(reader->vault);
    for (const std::size_t i : missing) {
      auto row = reader->key_by_person.rows(people[i]);
      if (!row.step()) continue;
      keys[i] = unwrap(row.blob(0), row.blob(1));
      if (keys[i] != nullptr) remember(people[i], keys[i]);
    }
    return Done{};
  });
  if (!read) return read.error();
  return keys;
}

Result<std::optional<Identifier>> Vault::open_identifier(PersonId person) {
  return guarded("reading an identifier", [&]() -> std::optional<Identifier> {
    auto reader = readers_.borrow();
    auto row = reader->identifier_by_person.rows(person);
    if (!row.step()) return std::nullopt;
    const auto key = unwrap(row.blob(2), row.blob(3));
    if (key == nullptr) return std::nullopt;
    auto plain = open(*key, row.blob(1), identifier_place(row.blob(3)));
    if (!plain) return std::nullopt;
    return Identifier{static_cast<IdentifierType>(row.integer(0)), PersonalText(std::move(*plain))};
  });
}

void Vault::remember(PersonId id, const std::shared_ptr<const SecretKey>& key) {
  const std::lock_guard lock(mutex_);
  if (cache_.contains(id)) return;
  recent_.emplace_front(id, key);
  cache_[id] = recent_.begin();
  if (recent_.size() <= kCachedKeys) return;
  cache_.erase(recent_.back().first);
  recent_.pop_back();
}

std::shared_ptr<const SecretKey> Vault::remembered(PersonId id) {
  const std::lock_guard lock(mutex_);
  const auto found = cache_.find(id);
  if (found == cache_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, found->second);
  return found->second->second;
}

}  // namespace vestitel::sqlite
