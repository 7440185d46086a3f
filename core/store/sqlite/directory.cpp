#include "core/store/sqlite/directory.hpp"

#include <algorithm>
#include <numeric>

#include "core/store/sqlite/routing.hpp"

namespace vestitel::sqlite {

SqliteDirectory::SqliteDirectory(Writer& writer, Vault& vault, const Clock& clock, Random& random)
    : writer_(writer),
      vault_(vault),
      clock_(clock),
      random_(random),
      contact_(writer.connections().store, "SELECT address, dead_since FROM contact WHERE person = ? AND channel = ?"),
      put_contact_(writer.connections().store,
                   "INSERT INTO contact(person, channel, address, since) VALUES(?1, ?2, ?3, ?4) ON CONFLICT(person, "
                   "channel) DO UPDATE SET address = ?3, since = ?4, dead_since = NULL, reason = ''"),
      subscription_(writer.connections().store,
                    "SELECT cadence, locale FROM subscription WHERE subject = ? AND recipient = ? AND channel = ?"),
      put_subscription_(
          writer.connections().store,
          "INSERT INTO subscription(subject, recipient, channel, cadence, locale, since) VALUES(?1, ?2, ?3, "
          "?4, ?5, ?6) ON CONFLICT(subject, recipient, channel) DO UPDATE SET cadence = ?4, locale = ?5"),
      end_subscription_(writer.connections().store,
                        "DELETE FROM subscription WHERE subject = ? AND recipient = ? AND channel = ? RETURNING 1") {}

Result<EnrolmentOutcome> SqliteDirectory::enrol(std::span<const Enrolment> enrolments) {
  std::vector<Subject> subjects;
  subjects.reserve(enrolments.size());
  for (const Enrolment& enrolment : enrolments)
    subjects.push_back({enrolment.person.type, enrolment.person.value.reveal()});
  auto people = vault_.ensure(subjects);
  if (!people) return people.error();

  std::vector<Bytes> sealed(enrolments.size());
  std::vector<std::size_t> order(enrolments.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return (*people)[a].id < (*people)[b].id; });
  for (const std::size_t i : order)
    sealed[i] = vestitel::seal(*(*people)[i].key, enrolments[i].address.reveal(),
                               contact_place((*people)[i].id, enrolments[i].channel), random_);
  return writer_
      .submit<EnrolmentOutcome>([&]() -> Result<EnrolmentOutcome> {
        EnrolmentOutcome outcome;
        for (const std::size_t i : order) {
          switch (apply(enrolments[i], (*people)[i], sealed[i])) {
            case Change::kAdded: ++outcome.added; break;
            case Change::kRenewed: ++outcome.renewed; break;
            case Change::kUnchanged: ++outcome.unchanged; break;
          }
        }
        return outcome;
      })
      .get();
}

bool SqliteDirectory::same_address(const Enrolment& enrolment, const Person& person) {
  auto row = contact_.rows(person.id, static_cast<int>(enrolment.channel));
  if (!row.step() || !row.null(1)) return false;
  const auto known = open(*person.key, row.blob(0), contact_place(person.id, enrolment.channel));
  return known && same_secret(*known, enrolment.address.reveal());
}

SqliteDirectory::Change SqliteDirectory::apply(const Enrolment& enrolment, const Person& person,
                                               std::string_view sealed) {
  const int channel = static_cast<int>(enrolment.channel);
  const std::int64_t now = to_micros(clock_.now());
  const bool address_kept = same_address(enrolment, person);
  if (!address_kept) put_contact_.run(person.id, channel, Blob{sealed}, now);
  bool known = false;
  bool same = false;
  {
    auto row = subscription_.rows(person.id, person.id, channel);
    known = row.step();
    same = known && row.integer(0) == static_cast<int>(enrolment.cadence) && row.text(1) == enrolment.locale;
  }
  if (!same)
    put_subscription_.run(person.id, person.id, channel, static_cast<int>(enrolment.cadence),
                          std::string_view(enrolment.locale), now);
  if (!known) return Change::kAdded;
  return same && address_kept ? Change::kUnchanged : Change::kRenewed;
}

Result<std::optional<PersonId>> SqliteDirectory::find_person(const Identifier& identifier) {
  auto found = vault_.people().find({identifier.type, identifier.value.reveal()});
  if (!found) return found.error();
  if (!*found) return std::optional<PersonId>{};
  return std::optional<PersonId>{(**found).id};
}

Result<bool> SqliteDirectory::cancel(PersonId person, Channel channel) {
  return writer_
      .submit<bool>([&]() -> Result<bool> {
        return end_subscription_.number(person, person, static_cast<int>(channel)).has_value();
      })
      .get();
}

}  // namespace vestitel::sqlite
