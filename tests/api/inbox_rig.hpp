// An inbox on loopback: two partners (one with a key, one with a certificate), one reader, a folder of its own.
#pragma once
#include <catch2/catch.hpp>

#include "core/api/inbox_server.hpp"
#include "tests/api/memory_partners.hpp"
#include "tests/api/tls_client.hpp"
#include "tests/support/manual_clock.hpp"

namespace vestitel::test {

inline constexpr const char* kAcmeKey = "vk1-acme00000000000000000000000000000000000000a";

struct InboxRig {
  InboxRig() : hub("hub", nullptr), betas("beta", nullptr), clock(SystemClock().now()) {
    hub.write(folder / "hub.pem", folder / "hub.key");
    partners.put("acme", {"amb"});
    partners.let("acme", CredentialKind::kKey, digest_of(kAcmeKey));
    partners.put("beta", {"amb"});
    partners.let("beta", CredentialKind::kCertificate, betas.digest());
    settings.host = "127.0.0.1";
    settings.certificate = folder / "hub.pem";
    settings.key = folder / "hub.key";
    settings.instances = {"amb", "labs"};
    settings.limits.per_address = 2'000;
  }
  ~InboxRig() { server.reset(); }

  int start() {
    InboxHome home{&partners, &desk, &clock, [this] { return room; }, {}, providers};
    auto made = InboxServer::create(settings, home);
    REQUIRE(made.ok());
    server = std::move(*made);
    const auto started = server->start();
    REQUIRE(started.ok());
    return port = server->port();
  }

  // POST /inbox/amb by acme, with further fields.
  static std::string post(const std::string& body, const std::string& fields = "", const std::string& to = "/inbox/amb",
                          const std::string& key = kAcmeKey) {
    return "POST " + to + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + key +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields + "\r\n" + body;
  }
  static std::string get(const std::string& what, const std::string& fields = "", const std::string& key = kAcmeKey) {
    return "GET " + what + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + key + "\r\n" + fields + "\r\n";
  }

  // What lies in a folder of acme, sorted; the desk's own left out.
  [[nodiscard]] std::vector<std::string> placed(const std::string& below = "amb/acme") const {
    std::vector<std::string> names;
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path() / "received" / below, failed))
      if (const std::string name = entry.path().filename(); entry.is_regular_file()) names.push_back(name);
    std::sort(names.begin(), names.end());
    return names;
  }
  [[nodiscard]] std::size_t spools() const {
    std::size_t found = 0;
    std::error_code failed;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path() / "received", failed))
      found += entry.path().filename().string().starts_with("spool-") ? 1U : 0U;
    return found;
  }
  // As the drop folder does it.
  void decide(const std::string& name, const std::string& json, const std::string& where = "done",
              const std::string& below = "amb/acme") const {
    const auto drop = folder.path() / "received" / below;
    std::filesystem::create_directories(drop / where);
    write_file(drop / where / (name + ".receipt.json"), json);
    write_file(drop / where / (name + ".receipt.txt"), "РАЗПИСКА\n");
    std::filesystem::rename(drop / name, drop / where / name);
    std::filesystem::remove(drop / (name + ".ready"));
  }

  TempFolder folder;
  TestCertificate hub, betas;
  ManualClock clock;
  MemoryPartners partners;
  InboxDesk desk{folder.path().string(), clock};
  InboxSettings settings;
  Result<> room = Done{};
  ProviderEntries providers;
  std::unique_ptr<InboxServer> server;
  int port = 0;
};

}  // namespace vestitel::test
