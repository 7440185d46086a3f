// The HTTPS inbox: partners post their documents here and fetch the receipts. TLS and HTTP on one thread, files and
// look-ups on a few others; a connection costs no thread, however slow it is.
//
// What is asked is decided by the head of a request alone: who asks, for what, how large. Until that is settled nothing
// of the body is read. docs/inbox.md has the partner's side, docs/adr/0008-inbox-server.md the reasons.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "core/api/provider_call.hpp"
#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/intake/inbox_desk.hpp"
#include "core/ports/partner_store.hpp"

namespace vestitel {

struct InboxLimits {
  std::uint64_t max_size = 100ULL << 20U;  // of a document, as it comes and unpacked
  std::size_t connections = 1'000;
  std::size_t per_address = 64;  // an IPv6 address counts by its first 64 bits
  std::size_t per_partner = 4;   // documents coming in at once
  std::size_t failures = 10;     // failed authentications of an address in a minute
  std::size_t requests = 100;    // on one connection
  std::chrono::milliseconds handshake{10'000};
  std::chrono::milliseconds head{5'000};
  std::chrono::milliseconds idle{30'000};      // between two requests
  std::chrono::milliseconds progress{10'000};  // in which at least
  std::size_t progress_bytes = 16UL * 1024;    // of a body come, or of an answer go
  std::chrono::milliseconds request{900'000};  // the whole of it
};

struct InboxSettings {
  std::string host;        // an address, not a name
  std::uint16_t port = 0;  // 0: any free one
  std::string certificate, key;
  std::string client_ca;            // "": client certificates are known by their digest alone
  std::set<std::string> instances;  // ids of the readers that are in use
  InboxLimits limits;
};

// Borrowed; outlives the server.
struct InboxHome {
  PartnerStore* partners = nullptr;
  InboxDesk* desk = nullptr;
  const Clock* clock = nullptr;
  std::function<Result<>()> room;                 // whether documents may be taken in now
  std::function<void(const InboxPlace&)> placed;  // told after each document; may be empty
  ProviderEntries providers{};                    // what providers of messages may call for
};

class InboxServer {
 public:
  // Reads certificate and key. kConfig: they are not there, or not a pair.
  static Result<std::unique_ptr<InboxServer>> create(InboxSettings settings, InboxHome home);
  ~InboxServer();
  InboxServer(const InboxServer&) = delete;
  InboxServer& operator=(const InboxServer&) = delete;

  Result<> start();  // kConfig: the address cannot be had
  [[nodiscard]] std::uint16_t port() const;
  // Takes no more. What is being received may end within `grace`; all else is cut off.
  void stop(std::chrono::milliseconds grace);

 private:
  struct State;
  explicit InboxServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace vestitel
