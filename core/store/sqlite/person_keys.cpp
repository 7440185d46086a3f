#include "core/store/sqlite/person_keys.hpp"

#include <algorithm>
#include <numeric>

namespace vestitel::sqlite {
namespace {

constexpr std::size_t kCachedKeys = 65'536;

Digest blind_of(Hmac& hmac, const Subject& subject) { return hmac.of({to_text(subject.type), ":", subject.value}); }

}  // namespace

std::shared_ptr<const SecretKey> PersonKeys::unwrap(std::string_view wrapped, std::string_view blind) const {
  auto plain = open(keys_.wrap, wrapped, wrap_place(blind));
  if (!plain || plain->size() != 32) return nullptr;
  return std::make_shared<const SecretKey>(as_octets(*plain));
}

Result<PersonKeys::Found> PersonKeys::find_all(std::span<const Subject> subjects) {
  Found found{std::vector<Person>(subjects.size()), std::vector<Digest>(subjects.size())};
  Hmac hmac(keys_.blind);
  for (std::size_t i = 0; i < subjects.size(); ++i) found.blinds[i] = blind_of(hmac, subjects[i]);
  std::vector<std::size_t> order(subjects.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return found.blinds[a] < found.blinds[b]; });
  bool unreadable = false;
  auto looked = guarded("looking people up", [&] {
    auto reader = readers_.borrow();
    const ReadTransaction snapshot(reader->vault);
    for (std::size_t n = 0; n < order.size(); ++n) {
      const std::size_t i = order[n];
      if (n > 0 && found.blinds[order[n - 1]] == found.blinds[i]) {
        found.people[i] = found.people[order[n - 1]];
        continue;
      }
      auto row = reader->person_by_blind.rows(Blob{as_text(found.blinds[i])});
      if (!row.step()) continue;
      found.people[i] = {row.integer(0), unwrap(row.blob(1), as_text(found.blinds[i]))};
      unreadable = unreadable || found.people[i].key == nullptr;
    }
    return Done{};
  });
  if (!looked) return looked.error();
  if (unreadable) return Error{Failure::kInternal, "looking people up: a data key does not open"};
  return found;
}

Result<std::optional<Person>> PersonKeys::find(const Subject& subject) {
  auto found = find_all({&subject, 1});
  if (!found) return found.error();
  if (found->people.front().id == 0) return std::optional<Person>{};
  return std::optional<Person>{found->people.front()};
}

Result<std::vector<std::shared_ptr<const SecretKey>>> PersonKeys::keys_of(std::span<const PersonId> people) {
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

Result<std::optional<Identifier>> PersonKeys::open_identifier(PersonId person) {
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

void PersonKeys::remember(PersonId id, const std::shared_ptr<const SecretKey>& key) {
  const std::lock_guard lock(mutex_);
  if (cache_.contains(id)) return;
  recent_.emplace_front(id, key);
  cache_[id] = recent_.begin();
  if (recent_.size() <= kCachedKeys) return;
  cache_.erase(recent_.back().first);
  recent_.pop_back();
}

std::shared_ptr<const SecretKey> PersonKeys::remembered(PersonId id) {
  const std::lock_guard lock(mutex_);
  const auto found = cache_.find(id);
  if (found == cache_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, found->second);
  return found->second->second;
}

}  // namespace vestitel::sqlite
