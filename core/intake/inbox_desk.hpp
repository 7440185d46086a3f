// Takes documents that come over the network, and places them where a drop folder reads them: once for each key.
//
//   RECEIVED/.inbox/           the desk's own, hidden from the drop folder
//   RECEIVED/.inbox/spool-*    a document that is coming
//   RECEIVED/.inbox/ID.claimed what a key stands for: the content, and the name under which it is being placed
//   RECEIVED/.inbox/ID.placed  the same, and it has been placed
//
//   spool ──▶ claim ──▶ sidecar ──▶ document ──▶ .ready ──▶ placed        each durable before the next
//
// The id comes from who sends, to whom, and the key (without a key: from the content), so that whoever asks again finds
// the same one. After a crash between two steps the next request of that key goes on from there. A key is forgotten
// after 30 days. docs/inbox.md has the partner's side.
#pragma once
#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "core/base/clock.hpp"
#include "core/base/crypto.hpp"
#include "core/intake/folder.hpp"
#include "core/intake/inbox_fault.hpp"
#include "core/intake/received.hpp"
#include "core/intake/unpack.hpp"

namespace vestitel {

inline constexpr std::chrono::days kKeysKept{30};

// Whose folder is meant. All ids.
struct InboxPlace {
  std::string instance, partner;
  Purpose purpose = Purpose::kDelivery;
};

// What the sender says beside the bytes. All has been checked but the name.
struct InboxOrder {
  InboxPlace place;
  std::string key;         // "": the content serves
  std::string name;        // as the sender knows it, any text
  std::string as_of;       // as parse_as_of() takes it, or ""
  std::string media_type;  // or ""
  bool complete = false;
  Packing packing = Packing::kNone;
  std::uint64_t most = 0;  // bytes, as it comes and unpacked
};

struct InboxTaken {
  InboxFault fault = InboxFault::kNone;
  std::string id;        // where there is no fault
  bool decided = false;  // its receipt lies there already: a repeat of what came before
};

class InboxDesk;

// One document on its way in. Its spool file goes when it goes. Used by one thread at a time.
class InboxSpool {
 public:
  ~InboxSpool();
  InboxSpool(const InboxSpool&) = delete;
  InboxSpool& operator=(const InboxSpool&) = delete;

  // The next bytes as they came.
  [[nodiscard]] InboxFault write(std::string_view bytes);
  // That was all: the document is placed, durably, or nothing of it stays.
  [[nodiscard]] InboxTaken finish();

 private:
  friend class InboxDesk;
  InboxSpool(InboxDesk& desk, InboxOrder order, Folder drop, Folder own, OwnedFd file, std::string name);
  InboxFault keep(std::string_view piece);
  InboxFault unpack_zip();

  InboxDesk& desk_;
  const InboxOrder order_;
  const Folder drop_, own_;
  OwnedFd file_;  // of the document, or of the ZIP file until it has ended
  std::string name_;
  std::uint64_t came_ = 0, size_ = 0;
  std::unique_ptr<Gunzip> gunzip_;
  Sha256 sha_;
};

// How far a document has come that was taken.
struct InboxStanding {
  std::optional<OwnedFd> receipt;  // nothing: it waits
  std::uint64_t size = 0;
};

class InboxDesk {
 public:
  // `state`: the hub's state folder. Borrows the clock.
  InboxDesk(std::string state, const Clock& clock) : state_(std::move(state)), clock_(clock) {}

  // Thread: any, as all below.
  Result<std::unique_ptr<InboxSpool>> open(InboxOrder order);

  // Nothing: there is no such document of that place. `text`: the receipt for people instead of the one for programs.
  Result<std::optional<InboxStanding>> standing(const InboxPlace& place, std::string_view id, bool text) const;

  // Clears away what was cut off by a crash; at start, before anything is opened.
  void clear_spools() const;
  // Forgets keys that are older than they are kept.
  void forget_keys() const;

 private:
  friend class InboxSpool;

  [[nodiscard]] std::string folder_of(const InboxPlace& place) const;
  Result<> prepare(const std::string& folder);
  std::mutex& turn_of(const std::string& id);

  const std::string state_;
  const Clock& clock_;
  std::atomic<std::uint64_t> spools_{0};
  std::mutex mutex_;
  std::set<std::string> prepared_;    // under mutex_: folders that this process has made to last
  std::array<std::mutex, 64> turns_;  // requests of one id take turns; none is held with mutex_
};

// 32 hex digits.
bool is_inbox_id(std::string_view text);

}  // namespace vestitel
