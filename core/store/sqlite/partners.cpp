#include "core/store/sqlite/partners.hpp"

namespace vestitel::sqlite {
namespace {

bool good(const Credential& credential, Instant now) { return !credential.until || now < *credential.until; }
bool good(const Partner& partner, Instant now) { return !partner.ended || now < *partner.ended; }

std::optional<Instant> instant(const Statement::Rows& row, int column) {
  if (row.null(column)) return std::nullopt;
  return from_micros(row.integer(column));
}

std::optional<std::int64_t> micros(const std::optional<Instant>& instant) {
  return instant ? std::optional(to_micros(*instant)) : std::nullopt;
}

Error no_partner(std::string_view id) {
  return {Failure::kNotFound, "no partner is called " + std::string(id) + "; `vestitel partners list` names them"};
}

}  // namespace

SqlitePartners::SqlitePartners(Writer& writer)
    : writer_(writer),
      ids_(writer.connections().store, "SELECT id FROM partner"),
      one_(writer.connections().store, "SELECT name, region, receipts_to, since, ended FROM partner WHERE id = ?"),
      facilities_(writer.connections().store, "SELECT facility FROM partner_facility WHERE partner = ?"),
      instances_(writer.connections().store, "SELECT instance FROM partner_instance WHERE partner = ?"),
      credentials_(writer.connections().store,
                   "SELECT kind, digest, since, until FROM credential WHERE partner = ? ORDER BY since, digest"),
      known_(writer.connections().store, "SELECT 1 FROM partner WHERE id = ?"),
      insert_(writer.connections().store,
              "INSERT INTO partner(id, name, region, receipts_to, since, ended) VALUES(?, ?, ?, ?, ?, ?)"),
      update_(writer.connections().store,
              "UPDATE partner SET name = ?, region = ?, receipts_to = ?, ended = ? WHERE id = ?"),
      clear_facilities_(writer.connections().store, "DELETE FROM partner_facility WHERE partner = ?"),
      insert_facility_(writer.connections().store,
                       "INSERT OR IGNORE INTO partner_facility(partner, facility) VALUES(?, ?)"),
      clear_instances_(writer.connections().store, "DELETE FROM partner_instance WHERE partner = ?"),
      insert_instance_(writer.connections().store,
                       "INSERT OR IGNORE INTO partner_instance(partner, instance) VALUES(?, ?)"),
      whose_(writer.connections().store, "SELECT 1 FROM credential WHERE digest = ?"),
      insert_credential_(writer.connections().store,
                         "INSERT INTO credential(digest, partner, kind, since, until) VALUES(?, ?, ?, ?, ?)"),
      end_credentials_(writer.connections().store,
                       "UPDATE credential SET until = ?1 WHERE partner = ?2 AND kind = ?3 AND (until IS NULL OR "
                       "until > ?1)"),
      book_(std::make_shared<const Book>(read_all())) {}

std::shared_ptr<const SqlitePartners::Book> SqlitePartners::book() const {
  const std::lock_guard lock(mutex_);
  return book_;
}

SqlitePartners::Held SqlitePartners::read(std::string_view id) {
  Held held;
  Partner& partner = held.partner;
  partner.id = id;
  if (auto row = one_.rows(id); row.step()) {
    partner.name = row.text(0);
    partner.region = row.text(1);
    partner.receipts_to = row.text(2);
    partner.since = from_micros(row.integer(3));
    partner.ended = instant(row, 4);
  }
  auto facilities = facilities_.rows(id);
  while (facilities.step()) partner.facilities.emplace_back(facilities.text(0));
  auto instances = instances_.rows(id);
  while (instances.step()) partner.instances.emplace_back(instances.text(0));
  auto credentials = credentials_.rows(id);
  while (credentials.step()) {
    Credential credential;
    credential.kind = static_cast<CredentialKind>(credentials.integer(0));
    const auto digest = as_octets(credentials.blob(1));
    std::copy_n(digest.begin(), std::min(digest.size(), credential.digest.size()), credential.digest.begin());
    credential.since = from_micros(credentials.integer(2));
    credential.until = instant(credentials, 3);
    held.credentials.push_back(credential);
  }
  return held;
}

SqlitePartners::Book SqlitePartners::read_all() {
  Book book;
  auto ids = ids_.rows();
  while (ids.step()) book.emplace(ids.text(0), read(ids.text(0)));
  return book;
}

Result<std::vector<Partner>> SqlitePartners::partners() {
  std::vector<Partner> all;
  for (const auto& [id, held] : *book()) all.push_back(held.partner);
  return all;
}

Result<std::optional<Partner>> SqlitePartners::partner(std::string_view id) {
  const auto known = book();
  const auto found = known->find(id);
  if (found == known->end()) return std::optional<Partner>();
  return std::optional(found->second.partner);
}

Result<std::vector<Credential>> SqlitePartners::credentials(std::string_view id) {
  const auto known = book();
  const auto found = known->find(id);
  if (found == known->end()) return no_partner(id);
  return found->second.credentials;
}

Result<std::optional<Partner>> SqlitePartners::authenticate(CredentialKind kind, const Digest& digest, Instant now) {
  const auto known = book();
  for (const auto& [id, held] : *known) {
    if (!good(held.partner, now)) continue;
    for (const Credential& credential : held.credentials)
      if (credential.kind == kind && credential.digest == digest && good(credential, now))
        return std::optional(held.partner);
  }
  return std::optional<Partner>();
}

bool SqlitePartners::delivers(std::string_view id, Instant now) const {
  const auto known = book();
  const auto found = known->find(id);
  return found != known->end() && good(found->second.partner, now);
}

Result<> SqlitePartners::changed(std::string_view id, const std::function<Result<Done>()>& with) {
  const std::lock_guard alone(changing_);
  auto next = std::make_shared<Book>(*book());
  auto done = writer_
                  .submit<Done>([&]() -> Result<Done> {
                    if (auto wrong = with(); !wrong) return wrong;
                    next->insert_or_assign(std::string(id), read(id));
                    return Done{};
                  })
                  .get();
  if (!done) return done.error().during("partner " + std::string(id));
  const std::lock_guard lock(mutex_);
  book_ = std::move(next);
  return Done{};
}

void SqlitePartners::write_lists(const Partner& partner) {
  const std::string_view id = partner.id;
  clear_facilities_.run(id);
  for (const std::string& facility : partner.facilities) insert_facility_.run(id, std::string_view(facility));
  clear_instances_.run(id);
  for (const std::string& instance : partner.instances) insert_instance_.run(id, std::string_view(instance));
}

Result<> SqlitePartners::add(const Partner& partner) {
  return changed(partner.id, [&]() -> Result<Done> {
    const std::string_view id = partner.id;
    if (known_.number(id)) return {Failure::kConflict, "there is one of this id already"};
    insert_.run(id, std::string_view(partner.name), std::string_view(partner.region),
                std::string_view(partner.receipts_to), to_micros(partner.since), micros(partner.ended));
    write_lists(partner);
    return Done{};
  });
}

Result<> SqlitePartners::change(const Partner& partner) {
  return changed(partner.id, [&]() -> Result<Done> {
    const std::string_view id = partner.id;
    if (!known_.number(id)) return no_partner(id);
    update_.run(std::string_view(partner.name), std::string_view(partner.region), std::string_view(partner.receipts_to),
                micros(partner.ended), id);
    write_lists(partner);
    return Done{};
  });
}

Result<> SqlitePartners::rotate(std::string_view id, const Credential& credential, Instant old_until) {
  return changed(id, [&]() -> Result<Done> {
    if (!known_.number(id)) return no_partner(id);
    const Blob digest{as_text(credential.digest)};
    if (whose_.number(digest))
      return {Failure::kConflict, "this credential is known already, of this partner or another"};
    end_credentials_.run(to_micros(old_until), id, static_cast<int>(credential.kind));
    insert_credential_.run(digest, id, static_cast<int>(credential.kind), to_micros(credential.since),
                           micros(credential.until));
    return Done{};
  });
}

}  // namespace vestitel::sqlite
