#include "core/store/sqlite/subjects.hpp"

namespace vestitel::sqlite {

Result<std::vector<PersonId>> SqliteSubjects::numbers_after(PersonId person, std::size_t max) {
  return guarded("reading whom people have subscribed to", [&] {
    std::vector<PersonId> out;
    auto reader = readers_.borrow();
    auto rows = reader->subscribed_after.rows(person, static_cast<std::int64_t>(max));
    while (rows.step()) out.push_back(rows.integer(0));
    return out;
  });
}

// Somebody who was erased has a number and no identifier: the page is filled with those who come next.
Result<std::vector<vestitel::Subject>> SqliteSubjects::subscribed_after(std::int64_t person, std::size_t max) {
  std::vector<vestitel::Subject> out;
  while (out.size() < max) {
    const std::size_t wanted = max - out.size();
    const auto numbers = numbers_after(person, wanted);
    if (!numbers) return numbers.error();
    for (const PersonId number : *numbers) {
      auto identifier = people_.open_identifier(number);
      if (!identifier) return identifier.error();
      if (*identifier) out.push_back({number, std::move(**identifier)});
      person = number;
    }
    if (numbers->size() < wanted) break;
  }
  return out;
}

}  // namespace vestitel::sqlite
