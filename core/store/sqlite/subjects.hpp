// SubjectSource over SQLite.
#pragma once
#include "core/ports/subject_source.hpp"
#include "core/store/sqlite/person_keys.hpp"
#include "core/store/sqlite/pool.hpp"

namespace vestitel::sqlite {

class SqliteSubjects final : public SubjectSource {
 public:
  SqliteSubjects(Pool& readers, PersonKeys& people) : readers_(readers), people_(people) {}

  Result<std::vector<vestitel::Subject>> subscribed_after(std::int64_t person, std::size_t max) override;

 private:
  Result<std::vector<PersonId>> numbers_after(PersonId person, std::size_t max);

  Pool& readers_;
  PersonKeys& people_;
};

}  // namespace vestitel::sqlite
