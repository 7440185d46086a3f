// Watches a folder where a partner puts documents, by looking at it again and again: no notification can be lost.
//
//   drop/            the partner writes here (by SFTP, a mount, cp)
//   drop/work/       claimed, being read
//   drop/done/       accepted, with receipts
//   drop/rejected/   refused as a whole, with receipts
//
// A document is claimed when its size and time of change were the same at two looks at least 5 s apart (both as the
// options say), or when NAME.ready lies beside it. Files of work/ come first at every start. See docs/drop-folder.md
// for the rules.
#pragma once
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/intake/folder_document.hpp"

namespace vestitel {

inline constexpr std::size_t kFolderBatch = 1'000;  // names held in mind at once, and read in one scan
inline constexpr std::chrono::seconds kStableFor{5};
inline constexpr int kReaderFailures = 3;  // failures of the reader itself on one document until it is rejected

struct RefusedName {  // something in the folder that is no document and is left alone
  std::string name;   // fit for a log
  std::string reason;
};

struct DropFolderOptions {
  std::string path;                               // absolute
  std::function<void(const RefusedName&)> audit;  // beside the log: once for each such thing while it is remembered
  std::chrono::milliseconds stable_for = kStableFor;
  std::uint32_t stable_looks = 2;
};

struct ScanReport {
  std::size_t waiting = 0;  // not yet stable
  std::size_t claimed = 0;
  std::size_t refused = 0;
};

struct WorkReport {
  std::size_t accepted = 0, repeated = 0, rejected = 0;
  std::size_t put_off = 0;           // came back to the folder, or waits in work/ for another look
  std::optional<Error> first_error;  // of what was put off for a reason that is not the document's
};

class DropFolder {
 public:
  // Borrows what the target points to. Used by one thread.
  DropFolder(DropFolderOptions options, DropTarget target);
  ~DropFolder();

  // One look at the folder: notes what is there, claims what is ready. An error means that the folder is degraded (it
  // is gone, unmounted or not ours): nothing is concluded from what is not seen, and the next scan tries again.
  Result<ScanReport> scan();

  // Works off what has been claimed, at most so many documents. `progress` and `stop` as in IntakeControl.
  WorkReport work(const IntakeControl& control, std::size_t most = kFolderBatch);
  [[nodiscard]] bool has_claimed() const { return !claimed_.empty(); }
  // Whether there is something to work off that the last work() has not put off.
  [[nodiscard]] bool has_work() const { return !claimed_.empty() && !all_put_off_; }

  // Why the last scan failed; nothing: the folder is up.
  [[nodiscard]] const std::optional<Error>& degraded() const { return degraded_; }

 private:
  struct Listing;   // where the reading of the folder stands
  struct Waiting {  // a name that has been seen and is not ready
    FileState state;
    std::optional<FileState> sidecar;
    Micros since{0};          // on the monotonic clock: as it is now since then
    std::uint32_t looks = 1;  // that found it as it is now
    int changes = 0;
  };
  struct Claimed {
    FolderDocument document;
    bool final = false;  // the sender has said that it is whole: a rejection needs no second look
    int failures = 0;
    std::optional<FileState> held;  // its state when it was put off for another look
    Micros held_since{0};
  };
  enum class Step { kDone, kPutOff, kGone };
  using Changed = std::pair<std::int64_t, std::int64_t>;  // when document and sidecar were last changed in any way

  Result<ScanReport> look();
  Result<> open_folders();
  Result<> recover();
  void recover_sidecar(const std::string& name);
  Result<> fill();
  std::optional<std::int64_t> observe(const std::string& name, Waiting& seen, ScanReport& report);
  bool marked_ready(const std::string& name) const;
  Changed changed(const std::string& name) const;
  bool readable(const std::string& name, ScanReport& report);
  Result<> claim(const std::string& name, ScanReport& report);
  void refuse(const std::string& name, std::string_view reason, ScanReport& report);
  void tell(const std::string& name, std::string_view reason, ScanReport& report) const;
  Step advance(Claimed& claimed, const IntakeControl& control, WorkReport& report);
  Step read(Claimed& claimed, const IntakeControl& control, WorkReport& report);
  Step put_off(Claimed& claimed, const Error& error, WorkReport& report);
  Step give_back(Claimed& claimed, const Error& why, WorkReport& report);
  Step lost(Claimed& claimed, WorkReport& report);
  void ended(const IntakeOutcome& outcome, WorkReport& report) const;
  Step finish(Claimed& claimed, WorkReport& report);

  const DropFolderOptions options_;
  const DropTarget target_;
  std::unique_ptr<DropFolders> folders_;
  std::unique_ptr<Listing> listing_;
  std::map<std::string, Waiting> waiting_;
  std::set<std::string> refused_;              // told once; forgotten when it holds too many
  std::map<std::string, Changed> unreadable_;  // likewise, and looked at again when it has changed
  std::deque<Claimed> claimed_;
  bool all_put_off_ = false;
  std::optional<Error> degraded_;
};

}  // namespace vestitel
