// One document's way through a drop folder, in steps that a crash may separate:
//
//   claim ──▶ examine ──▶ read ──▶ write_receipts ──▶ move_away
//
//   claim           renamed into work/; its sidecar before it
//   examine         size, kind, sidecar, digest: what the hub knows before a reader sees it
//   read            into the store, sealed or rejected: durable
//   write_receipts  into done/ or rejected/, synced; a receipt without its document is an unfinished move
//   move_away       the document and its sidecar after the receipts, both folders synced
//
// A step that failed may be tried again. After a crash the next start finds the document in work/ and begins at
// examine: bytes that were sealed answer with the row they had.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "core/base/clock.hpp"
#include "core/intake/document_file.hpp"
#include "core/intake/document_intake.hpp"
#include "core/intake/folder.hpp"
#include "core/intake/receipt.hpp"
#include "core/intake/sidecar.hpp"

namespace vestitel {

inline constexpr std::string_view kSidecarSuffix = ".meta.json";
inline constexpr std::string_view kReadySuffix = ".ready";
inline constexpr std::string_view kReceiptJsonSuffix = ".receipt.json", kReceiptTextSuffix = ".receipt.txt";

struct DropFolders {
  Folder drop, work, done, rejected;
  // Creates in `drop` what is missing. kDenied: something that is not a folder of ours has one of the names.
  static Result<DropFolders> prepare(Folder drop);
};

// Who a folder's documents belong to, and what they pass through. Borrowed; outlives the documents.
struct DropTarget {
  std::string instance, partner;
  std::uint64_t max_bytes = kMaxDocumentBytes;
  DocumentIntake* intake = nullptr;
  QuarantineLister* quarantine = nullptr;
  const Clock* clock = nullptr;
  Transport transport = Transport::kBytes;  // or kTrial
};

// "report.xml", 2 -> "report-2.xml"; the stem gives way where the name would become too long for its receipts.
std::string numbered_name(std::string_view name, int copy);

class FolderDocument {
 public:
  // A name that can be no document's is kept under a safe one and refused.
  static std::string safe_name(std::string_view name);

  // claim: kNotFound when it is gone, kConflict when work/ has one of that name still, kDenied when what was moved is
  // not a file of its own (it is moved back).
  static Result<FolderDocument> claim(const DropFolders& folders, const DropTarget& target, const std::string& name);
  // One that lies in work/ from before.
  static FolderDocument recover(const DropFolders& folders, const DropTarget& target, std::string name);

  Result<> examine(const std::stop_token& stop);
  // kConflict: the bytes changed; give_back() is what is left to do. kBusy: it may be cut off; look again.
  Result<> read(const IntakeControl& control);
  Result<> write_receipts();
  Result<> move_away();
  // Returns the document to the drop folder, to wait there until it stands still.
  Result<> give_back();
  // Whether somebody has taken it out of work/.
  [[nodiscard]] bool gone() const;
  // Ends what cannot be read: registered as rejected with this reason.
  Result<> refuse(std::string_view reason);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::optional<IntakeOutcome>& outcome() const { return outcome_; }
  [[nodiscard]] const std::optional<FileState>& state() const { return state_; }

 private:
  FolderDocument(const DropFolders& folders, const DropTarget& target, std::string name, bool recovered)
      : folders_(&folders), target_(&target), name_(std::move(name)), recovered_(recovered) {}

  [[nodiscard]] const Folder& destination() const;
  Result<> read_sidecar();
  Result<> choose_final_name();
  Result<> put_receipt(const Receipt& receipt, std::string_view suffix,
                       Result<> (*write)(const Receipt&, QuarantineLister&, TextSink&));

  const DropFolders* folders_;
  const DropTarget* target_;
  std::string name_;
  bool recovered_;
  DocumentArrival arrival_;
  std::unique_ptr<DocumentFile> file_;
  std::optional<FileState> state_;
  std::optional<std::string> refusal_;  // why it is not read at all
  std::optional<IntakeOutcome> outcome_;
  std::string final_name_;
  bool receipts_written_ = false;
};

}  // namespace vestitel
