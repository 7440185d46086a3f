#include "core/intake/folder_document.hpp"

#include <unistd.h>

#include "core/base/fault_point.hpp"
#include "core/base/log.hpp"
#include "core/base/os_error.hpp"
#include "core/base/safe_text.hpp"

namespace vestitel {
namespace {

constexpr std::size_t kMaxFinalName = 200;  // leaves room for ".receipt.json" in the 255 bytes of a file name
constexpr int kMostCopies = 100'000;

// Writes to a file of ours in large pieces.
class FileText final : public TextSink {
 public:
  explicit FileText(int fd) : fd_(fd) {}
  Result<> write(std::string_view text) override {
    buffer_ += text;
    return buffer_.size() < kBuffer ? Result<>(Done{}) : flush();
  }
  Result<> finish() {
    if (auto done = flush(); !done) return done;
    if (::fsync(fd_) != 0) return failed();
    return Done{};
  }

 private:
  static constexpr std::size_t kBuffer = 64UL * 1024;
  static Error failed() { return {Failure::kIo, "writing a receipt: " + os_error()}; }
  Result<> flush() {
    if (!write_whole(fd_, buffer_)) return failed();
    buffer_.clear();
    return Done{};
  }

  const int fd_;
  std::string buffer_;
};

}  // namespace

Result<DropFolders> DropFolders::prepare(Folder drop) {
  auto work = drop.open_own("work", Folder::Readers::kNobody), done = drop.open_own("done", Folder::Readers::kGroup),
       rejected = drop.open_own("rejected", Folder::Readers::kGroup);
  for (const auto* folder : {&work, &done, &rejected})
    if (!*folder) return folder->error();
  return DropFolders{std::move(drop), std::move(*work), std::move(*done), std::move(*rejected)};
}

std::string numbered_name(std::string_view name, int copy) {
  const std::size_t dot = name.rfind('.');
  const bool has_ending = dot != std::string_view::npos && dot > 0 && name.size() - dot <= 16;
  const std::string ending(has_ending ? name.substr(dot) : std::string_view());
  const std::string number = copy > 1 ? "-" + std::to_string(copy) : "";
  const std::string_view stem = name.substr(0, name.size() - ending.size());
  return std::string(cut_utf8(stem, kMaxFinalName - ending.size() - number.size())) + number + ending;
}

std::string FolderDocument::safe_name(std::string_view name) {
  if (name_fault(name) == NameFault::kNone) return std::string(name);
  Sha256 sha;
  sha.add(name);
  const Digest digest = sha.finish();
  return "unnamed-" + to_hex(std::span(digest).first(8));
}

Result<FolderDocument> FolderDocument::claim(const DropFolders& folders, const DropTarget& target,
                                             const std::string& name) {
  const std::string kept = safe_name(name);
  if (folders.work.has(kept)) return {Failure::kConflict, "a document of that name is being worked on still"};
  const std::string sidecar = name + std::string(kSidecarSuffix);
  if (folders.drop.has(sidecar)) {
    auto moved = folders.drop.move(sidecar, folders.work, kept + std::string(kSidecarSuffix));
    if (!moved && moved.error().failure != Failure::kNotFound) return moved.error();
  }
  if (auto moved = folders.drop.move(name, folders.work, kept); !moved) return moved.error();
  FolderDocument document(folders, target, kept, false);
  if (kept != name) document.refusal_ = "the name of the file is no UTF-8 text or holds control characters";
  const auto look = folders.work.look(kept);
  if (look && look->kind == Kind::kFile) return document;
  // Somebody exchanged the file for something else at the last moment.
  static_cast<void>(document.give_back().ok());
  if (!look) return look.error();
  return {Failure::kDenied, "it became " + std::string(to_text(look->kind)) + " at the last moment"};
}

FolderDocument FolderDocument::recover(const DropFolders& folders, const DropTarget& target, std::string name) {
  return {folders, target, std::move(name), true};
}

Result<> FolderDocument::examine(const std::stop_token& stop) {
  auto fd = folders_->work.open_file(name_);
  if (!fd) return fd.error();
  auto taken = DocumentFile::take(std::move(*fd), true);
  if (!taken) return Error{Failure::kDenied, taken.error().message};
  file_ = std::make_unique<DocumentFile>(std::move(*taken));
  state_ = file_->state();
  arrival_ = {};
  arrival_.instance = target_->instance;
  arrival_.partner = target_->partner;
  arrival_.transport = target_->transport;
  arrival_.name = name_;
  arrival_.size = state_->size;
  arrival_.arrived = target_->clock->now();
  arrival_.as_of = arrival_.arrived;
  if (auto done = read_sidecar(); !done) return done;
  if (state_->size == 0 && !refusal_) refusal_ = "the file is empty";
  if (state_->size > target_->max_bytes) {
    if (!refusal_)
      refusal_ = "the file is larger than " + std::to_string(target_->max_bytes) + " bytes, the most that is taken";
    return Done{};  // not read, not even for its digest
  }
  auto digest = file_->digest(stop);
  if (!digest) return digest.error();
  arrival_.sha256 = *digest;
  return Done{};
}

Result<> FolderDocument::read_sidecar() {
  const std::string name = name_ + std::string(kSidecarSuffix);
  const auto look = folders_->work.look(name);
  if (!look) return look.error().failure == Failure::kNotFound ? Result<>(Done{}) : Result<>(look.error());
  if (look->kind != Kind::kFile) {
    if (!refusal_) refusal_ = "sidecar: it is no regular file";
    return Done{};
  }
  const auto text = folders_->work.read_small(name, kMaxSidecarBytes + 1);
  if (!text) return text.error();
  const auto sidecar = parse_sidecar(*text);
  if (!sidecar) {
    if (!refusal_) refusal_ = sidecar.error().message;
    return Done{};
  }
  if (sidecar->as_of)
    if (const auto fault = as_of_fault(*sidecar->as_of, arrival_.arrived)) {
      if (!refusal_) refusal_ = "sidecar: " + std::string(*fault);
      return Done{};
    }
  if (sidecar->as_of) arrival_.as_of = *sidecar->as_of;
  arrival_.complete = sidecar->complete;
  arrival_.media_type = sidecar->media_type;
  return Done{};
}

Result<> FolderDocument::read(const IntakeControl& control) {
  if (outcome_) return Done{};
  if (refusal_) return refuse(*refusal_);
  auto outcome = target_->intake->run(arrival_, *file_, control);
  if (!outcome) return outcome.error();
  // A repeat found in work/ after a restart, under the name it was accepted with, is that delivery itself: the crash
  // came between its seal and its move.
  if (outcome->repeat && recovered_ && outcome->row.arrival.name == name_) outcome->repeat = false;
  outcome_ = std::move(*outcome);
  return Done{};
}

Result<> FolderDocument::refuse(std::string_view reason) {
  if (outcome_) return Done{};
  if (arrival_.instance.empty()) {  // never examined: what is known of it is its name
    arrival_.instance = target_->instance;
    arrival_.partner = target_->partner;
    arrival_.transport = target_->transport;
    arrival_.name = name_;
    arrival_.arrived = arrival_.as_of = target_->clock->now();
  }
  auto outcome = target_->intake->refuse(arrival_, reason);
  if (!outcome) return outcome.error();
  outcome_ = std::move(*outcome);
  return Done{};
}

const Folder& FolderDocument::destination() const {
  return outcome_->row.state == DocumentState::kSealed ? folders_->done : folders_->rejected;
}

// The first free name in the destination. A receipt of these same bytes without its document is the trace of a crash
// before the move, and its name is taken up again.
Result<> FolderDocument::choose_final_name() {
  const std::string digest = to_hex(arrival_.sha256);
  for (int copy = 1; copy <= kMostCopies; ++copy) {
    std::string name = numbered_name(name_, copy);
    if (destination().has(name)) continue;
    const std::string receipt = name + std::string(kReceiptJsonSuffix);
    if (destination().has(receipt)) {
      const auto text = destination().read_small(receipt, 4096);
      if (!recovered_ || !text || text->find(digest) == std::string::npos) continue;
    }
    final_name_ = std::move(name);
    return Done{};
  }
  return {Failure::kConflict, "choosing a name for a document: too many of the same name"};
}

Result<> FolderDocument::put_receipt(const Receipt& receipt, std::string_view suffix,
                                     Result<> (*write)(const Receipt&, QuarantineLister&, TextSink&)) {
  const std::string name = final_name_ + std::string(suffix);
  const std::string unfinished = ".unfinished" + std::string(suffix);  // hidden, and the next one writes over it
  const auto fd = destination().create_file(unfinished);
  if (!fd) return fd.error();
  destination().share(fd->get(), true);
  FileText text(fd->get());
  if (auto done = write(receipt, *target_->quarantine, text); !done) return done;
  if (auto done = text.finish(); !done) return done;
  return destination().replace(unfinished, destination(), name);
}

Result<> FolderDocument::write_receipts() {
  if (!outcome_) return {Failure::kInternal, "writing a receipt: nothing is decided"};
  if (receipts_written_) return Done{};
  if (auto chosen = choose_final_name(); !chosen) return chosen;
  const Receipt receipt{outcome_->row, outcome_->repeat, target_->transport == Transport::kTrial, name_,
                        target_->clock->now()};
  if (auto done = put_receipt(receipt, kReceiptTextSuffix, write_receipt_text); !done) return done;
  if (auto done = put_receipt(receipt, kReceiptJsonSuffix, write_receipt_json); !done) return done;
  if (auto done = destination().sync(); !done) return done;
  receipts_written_ = true;
  VESTITEL_FAULT_POINT("intake.after_receipt");
  return Done{};
}

Result<> FolderDocument::move_away() {
  if (!receipts_written_) return {Failure::kInternal, "moving a document: its receipts are not written"};
  // What lies in done/ is the partner's proof and must be whole, also when the partner's writer never synced it.
  if (const auto fd = folders_->work.open_file(name_)) {
    destination().share(fd->get(), false);
    if (::fsync(fd->get()) != 0) return {Failure::kIo, "syncing a document: " + os_error()};
  }
  if (auto moved = folders_->work.move(name_, destination(), final_name_); !moved) {
    if (moved.error().failure == Failure::kConflict) receipts_written_ = false;  // taken meanwhile: choose again
    return moved;
  }
  const std::string sidecar = name_ + std::string(kSidecarSuffix);
  if (folders_->work.has(sidecar)) {
    if (const auto fd = folders_->work.open_file(sidecar)) destination().share(fd->get(), false);
    auto moved = folders_->work.replace(sidecar, destination(), final_name_ + std::string(kSidecarSuffix));
    if (!moved) log::warning("sidecar_not_moved", {{"reason", moved.error().message}});
  }
  VESTITEL_FAULT_POINT("intake.after_move");
  if (auto done = destination().sync(); !done) return done;
  return folders_->work.sync();
}

bool FolderDocument::gone() const {
  const auto look = folders_->work.look(name_);
  return !look && look.error().failure == Failure::kNotFound;
}

Result<> FolderDocument::give_back() {
  const std::string sidecar = name_ + std::string(kSidecarSuffix);
  if (auto moved = folders_->work.move(name_, folders_->drop, name_); !moved) return moved;
  if (!folders_->work.has(sidecar)) return Done{};
  auto moved = folders_->work.move(sidecar, folders_->drop, sidecar);
  // A newer one lies there already: it is the one that counts.
  if (!moved && moved.error().failure == Failure::kConflict) return folders_->work.remove(sidecar);
  return moved;
}

}  // namespace vestitel
