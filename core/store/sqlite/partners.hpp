// PartnerStore over SQLite. Partners are few and asked for with each document and each request: what is durable of them
// is held in memory too, read when the store is opened and changed behind each commit.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "core/ports/partner_store.hpp"
#include "core/store/sqlite/writer.hpp"

namespace vestitel::sqlite {

class SqlitePartners final : public PartnerStore {
 public:
  // Before the writer is started. Throws SqliteError.
  explicit SqlitePartners(Writer& writer);

  Result<std::vector<Partner>> partners() override;
  Result<std::optional<Partner>> partner(std::string_view id) override;
  Result<std::vector<Credential>> credentials(std::string_view id) override;
  Result<std::optional<Partner>> authenticate(CredentialKind kind, const Digest& digest, Instant now) override;
  Result<> add(const Partner& partner) override;
  Result<> change(const Partner& partner) override;
  Result<> rotate(std::string_view id, const Credential& credential, Instant old_until) override;

  // Whether the partner is there and has not ended. Thread: any.
  [[nodiscard]] bool delivers(std::string_view id, Instant now) const;

 private:
  struct Held {
    Partner partner;
    std::vector<Credential> credentials;
  };
  using Book = std::map<std::string, Held, std::less<>>;

  [[nodiscard]] std::shared_ptr<const Book> book() const;
  // Runs `with` on the writer's thread; what is durable then is what is told from there on. One change at a time.
  Result<> changed(std::string_view id, const std::function<Result<Done>()>& with);
  void write_lists(const Partner& partner);
  Held read(std::string_view id);
  Book read_all();

  Writer& writer_;

  // used on the writer's thread alone
  Statement ids_, one_, facilities_, instances_, credentials_;
  Statement known_, insert_, update_, clear_facilities_, insert_facility_, clear_instances_, insert_instance_;
  Statement whose_, insert_credential_, end_credentials_;

  std::mutex changing_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Book> book_;  // under mutex_
};

}  // namespace vestitel::sqlite
