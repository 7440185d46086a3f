// The other half of the desk: one document from its first byte to its place.
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "core/base/fault_point.hpp"
#include "core/base/log.hpp"
#include "core/base/os_error.hpp"
#include "core/intake/folder_document.hpp"
#include "core/intake/inbox_claim.hpp"
#include "core/intake/inbox_desk.hpp"

namespace vestitel {
namespace {

InboxFault storage(const Error& error) {
  log::error("inbox_storage_failed", {{"reason", error.message}});
  return InboxFault::kStorage;
}

Error failed(std::string_view action) { return {Failure::kIo, std::string(action) + ": " + os_error()}; }

// "": nothing was said.
std::string sidecar_of(const InboxOrder& order) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  if (!order.as_of.empty()) json["as_of"] = order.as_of;
  if (order.complete) json["complete"] = true;
  if (!order.media_type.empty()) json["media_type"] = order.media_type;
  return json.empty() ? "" : json.dump() + "\n";
}

// The drop folder and where it moves its documents, as far as that is there.
struct Around {
  explicit Around(const Folder& folder, const std::string& path) : drop(folder) {
    for (const char* name : {"/work", "/done", "/rejected"})
      if (auto opened = Folder::open(path + name)) behind.push_back(std::move(*opened));
  }
  // A document goes from the drop folder into work/ and on; looked at in this order it is not missed.
  [[nodiscard]] bool has(const std::string& name) const {
    if (drop.has(name)) return true;
    return std::any_of(behind.begin(), behind.end(), [&](const Folder& folder) {
      return folder.has(name) || folder.has(name + std::string(kReceiptJsonSuffix));
    });
  }
  const Folder& drop;
  std::vector<Folder> behind;
};

std::string free_name(const Around& around, const std::string& wanted) {
  for (int copy = 1;; ++copy)
    if (std::string name = numbered_name(wanted, copy); !around.has(name)) return name;
}

}  // namespace

// From a spool file that is whole to a key that says "placed". Every step may be the last one before a crash, and every
// step may find that it was done before.
class InboxPlacing {
 public:
  InboxPlacing(const InboxOrder& order, const Folder& drop, const Folder& own, std::string path, std::string spool)
      : order_(order), drop_(drop), own_(own), path_(std::move(path)), spool_(std::move(spool)) {}

  InboxFault run(const std::string& id, const std::string& fingerprint) {
    bool placed = false;
    auto claim = known(id, placed);
    if (!claim) return storage(claim.error());
    if (*claim && (*claim)->fingerprint != fingerprint) return InboxFault::kOtherContent;
    if (placed) return InboxFault::kNone;
    const Around around(drop_, path_);
    if (!*claim) {
      *claim = InboxClaim{fingerprint, free_name(around, inbox_name(id, order_.name))};
      if (auto done = write_claim(id, **claim); !done) return storage(done.error());
    }
    VESTITEL_FAULT_POINT("inbox.claimed");
    const std::string& name = (*claim)->name;
    // It may be on its way back from work/ just now: looked for twice, it is not missed.
    if (!around.has(name) && !around.has(name))
      if (auto done = place(name); !done) return storage(done.error());
    if (auto done = settle(id); !done) return storage(done.error());
    return InboxFault::kNone;
  }

 private:
  Result<std::optional<InboxClaim>> known(const std::string& id, bool& placed) const {
    auto claim = read_claim(own_, id + std::string(kPlaced));
    placed = claim && *claim;
    return !claim || placed ? claim : read_claim(own_, id + std::string(kClaimed));
  }

  Result<> write_claim(const std::string& id, const InboxClaim& claim) const {
    const std::string draft = spool_ + kClaimed.data();
    if (auto done = own_.write_small(draft, to_text(claim)); !done) return done;
    if (auto done = own_.move(draft, own_, id + std::string(kClaimed)); !done) return done;
    return own_.sync();
  }

  Result<> place(const std::string& name) const {
    if (auto done = describe(name); !done) return done;
    VESTITEL_FAULT_POINT("inbox.described");
    if (auto done = own_.move(spool_, drop_, name); !done) return done;
    if (auto done = drop_.sync(); !done) return done;
    VESTITEL_FAULT_POINT("inbox.placed");
    if (auto done = drop_.write_small(name + std::string(kReadySuffix), ""); !done) return done;
    if (auto done = drop_.sync(); !done) return done;
    VESTITEL_FAULT_POINT("inbox.marked");
    return Done{};
  }

  Result<> describe(const std::string& name) const {
    const std::string text = sidecar_of(order_);
    if (text.empty()) return Done{};
    const std::string draft = spool_ + kSidecarSuffix.data();
    if (auto done = own_.write_small(draft, text); !done) return done;
    return own_.replace(draft, drop_, name + std::string(kSidecarSuffix));
  }

  Result<> settle(const std::string& id) const {
    if (auto done = own_.replace(id + std::string(kClaimed), own_, id + std::string(kPlaced)); !done) return done;
    if (auto done = own_.sync(); !done) return done;
    VESTITEL_FAULT_POINT("inbox.settled");
    return Done{};
  }

  const InboxOrder& order_;
  const Folder& drop_;
  const Folder& own_;
  const std::string path_, spool_;
};

InboxSpool::InboxSpool(InboxDesk& desk, InboxOrder order, Folder drop, Folder own, OwnedFd file, std::string name)
    : desk_(desk),
      order_(std::move(order)),
      drop_(std::move(drop)),
      own_(std::move(own)),
      file_(std::move(file)),
      name_(std::move(name)) {
  if (order_.packing == Packing::kGzip) gunzip_ = std::make_unique<Gunzip>(UnpackBudget{order_.most});
}

InboxSpool::~InboxSpool() { static_cast<void>(own_.remove(name_).ok()); }

InboxFault InboxSpool::write(std::string_view bytes) {
  came_ += bytes.size();
  if (came_ > order_.most) return InboxFault::kTooLarge;
  if (order_.packing == Packing::kZip)
    return write_whole(file_.get(), bytes) ? InboxFault::kNone : storage(failed("writing a document"));
  if (!gunzip_) return keep(bytes);
  return gunzip_->feed(bytes, [this](std::string_view piece) { return keep(piece); });
}

InboxFault InboxSpool::keep(std::string_view piece) {
  sha_.add(piece);
  size_ += piece.size();
  return write_whole(file_.get(), piece) ? InboxFault::kNone : storage(failed("writing a document"));
}

// The document takes the place of the ZIP file that it came in.
InboxFault InboxSpool::unpack_zip() {
  const std::string packed = name_ + ".zip";
  if (auto moved = own_.replace(name_, own_, packed); !moved) return storage(moved.error());
  const auto zip = own_.open_file(packed);
  auto whole = own_.create_file(name_);
  static_cast<void>(own_.remove(packed).ok());  // it stays as long as it is open
  if (!zip) return storage(zip.error());
  if (!whole) return storage(whole.error());
  file_ = std::move(*whole);
  return unzip(zip->get(), came_, UnpackBudget{order_.most}, [this](std::string_view piece) { return keep(piece); });
}

InboxTaken InboxSpool::finish() {
  InboxTaken taken;
  if (came_ == 0) return {InboxFault::kEmpty, "", false};
  if (gunzip_) taken.fault = gunzip_->finish();
  if (order_.packing == Packing::kZip) taken.fault = unpack_zip();
  if (taken.fault == InboxFault::kNone && size_ == 0) taken.fault = InboxFault::kEmpty;
  if (taken.fault != InboxFault::kNone) return taken;
  if (::fsync(file_.get()) != 0) return {storage(failed("syncing a document")), "", false};
  VESTITEL_FAULT_POINT("inbox.spooled");
  const std::string fingerprint = inbox_fingerprint(order_, sha_.finish());
  taken.id = inbox_id(order_, fingerprint);
  {
    const std::lock_guard turn(desk_.turn_of(taken.id));
    taken.fault = InboxPlacing(order_, drop_, own_, desk_.folder_of(order_.place), name_).run(taken.id, fingerprint);
  }
  if (taken.fault != InboxFault::kNone) return taken;
  const auto standing = desk_.standing(order_.place, taken.id, false);
  taken.decided = standing && *standing && (*standing)->receipt.has_value();
  return taken;
}

}  // namespace vestitel
