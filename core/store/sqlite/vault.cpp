#include "core/store/sqlite/vault.hpp"

#include <map>
#include <stdexcept>

#include "core/base/fault_point.hpp"

namespace vestitel::sqlite {
namespace {

constexpr int kIndexVersion = 1;
constexpr std::string_view kCanaryPlace = "canary/1";
constexpr std::string_view kCanary = "vestitel";

}  // namespace

Vault::Vault(Writer& writer, PersonKeys& people, const MasterKeys& keys, Random& random)
    : writer_(writer),
      people_(people),
      keys_(keys.copy()),
      random_(random),
      find_(writer.connections().vault, "SELECT id, wrapped FROM person WHERE blind = ?"),
      insert_(writer.connections().vault,
              "INSERT INTO person(blind, id, type, wrapped, identifier, index_version) VALUES(?, ?, ?, ?, ?, ?)"),
      last_id_(Statement(writer.connections().vault, "SELECT max(id) FROM person").number().value_or(0)) {}

bool Vault::check_canary(Database& vault, const MasterKeys& keys) {
  Statement read(vault, "SELECT sealed FROM canary");
  auto row = read.rows();
  if (!row.step()) return false;
  if (!open(keys.wrap, row.blob(0), kCanaryPlace))
    throw std::runtime_error("the master key is not the one this store was made with");
  return true;
}

void Vault::set_canary(Database& vault, const MasterKeys& keys, Random& random) {
  Statement(vault, "INSERT INTO canary VALUES(1, ?)").run(Blob{seal(keys.wrap, kCanary, kCanaryPlace, random)});
}

Result<std::vector<Person>> Vault::ensure(std::span<const Subject> subjects) {
  auto found = people_.find_all(subjects);
  if (!found) return found.error();
  bool complete = true;
  for (const Person& person : found->people) complete = complete && person.id != 0;
  if (!complete)
    if (auto made = make(subjects, *found); !made) return made.error();
  return std::move(found->people);
}

Result<> Vault::make(std::span<const Subject> subjects, PersonKeys::Found& found) {
  std::map<Digest, std::size_t> missing;  // in the order of the index, each once
  for (std::size_t i = 0; i < subjects.size(); ++i)
    if (found.people[i].id == 0) missing.emplace(found.blinds[i], i);
  auto done = writer_
                  .submit_vault<std::map<Digest, Made>>([&]() -> Result<std::map<Digest, Made>> {
                    std::map<Digest, Made> made;
                    for (const auto& [blind, i] : missing)
                      made.emplace_hint(made.end(), blind, insert(blind, subjects[i]));
                    VESTITEL_FAULT_POINT("key.before_commit");
                    return made;
                  })
                  .get();
  if (!done) return done.error();
  VESTITEL_FAULT_POINT("key.after_commit");
  std::map<Digest, Person> people;
  for (const auto& [blind, made] : *done) people[blind] = {made.id, people_.unwrap(made.wrapped, as_text(blind))};
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    if (found.people[i].id != 0) continue;
    found.people[i] = people[found.blinds[i]];
    if (found.people[i].key == nullptr) return {Failure::kInternal, "making a person: the data key does not open"};
  }
  return Done{};
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

}  // namespace vestitel::sqlite
