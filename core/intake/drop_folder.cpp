#include "core/intake/drop_folder.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "core/base/log.hpp"
#include "core/base/os_error.hpp"
#include "core/base/safe_text.hpp"
#include "core/intake/received.hpp"

namespace vestitel {
namespace {

constexpr int kManyChanges = 20;  // a file that never stands still makes room when room is short

bool own_folder(std::string_view name) {
  return name == "work" || name == "done" || name == "rejected" || name == kTrialFolder;
}

bool ends_with(std::string_view name, std::string_view suffix) {
  return name.size() > suffix.size() && name.substr(name.size() - suffix.size()) == suffix;
}

std::int64_t change_time(const Result<Folder::Look>& look) {
  if (!look) return 0;
  return std::int64_t{look->status.st_ctim.tv_sec} * 1'000'000'000 + look->status.st_ctim.tv_nsec;
}

bool helper(std::string_view name) { return ends_with(name, kSidecarSuffix) || ends_with(name, kReadySuffix); }

}  // namespace

// Reads the names of a folder from where it stopped; starts over at the end.
struct DropFolder::Listing {
  static Result<std::unique_ptr<Listing>> of(const Folder& folder) {
    OwnedFd fd(::openat(folder.fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    DIR* dir = fd ? ::fdopendir(fd.get()) : nullptr;
    if (dir == nullptr) return {Failure::kIo, "reading the folder: " + os_error()};
    static_cast<void>(fd.release());
    auto listing = std::make_unique<Listing>();
    listing->dir_ = dir;
    return listing;
  }
  Listing() = default;
  ~Listing() {
    if (dir_ != nullptr) ::closedir(dir_);
  }
  Listing(const Listing&) = delete;
  Listing& operator=(const Listing&) = delete;

  // Nothing: the end has been reached, and the next call starts over.
  Result<std::optional<std::string>> next() {
    errno = 0;
    const dirent* entry = ::readdir(dir_);  // its buffer is this listing's own  NOLINT(concurrency-mt-unsafe)
    if (entry != nullptr) return std::optional<std::string>(entry->d_name);
    if (errno != 0) return {Failure::kIo, "reading the folder: " + os_error()};
    ::rewinddir(dir_);
    return std::optional<std::string>();
  }

 private:
  DIR* dir_ = nullptr;
};

DropFolder::DropFolder(DropFolderOptions options, DropTarget target)
    : options_(std::move(options)), target_(std::move(target)) {}
DropFolder::~DropFolder() = default;

Result<ScanReport> DropFolder::scan() {
  auto report = look();
  if (!report) {
    degraded_ = report.error();
    return report.error().during("watching drop folder " + options_.path);
  }
  degraded_.reset();
  return report;
}

Result<ScanReport> DropFolder::look() {
  if (folders_ == nullptr || !folders_->drop.is_at(options_.path)) {
    if (auto opened = open_folders(); !opened) return opened.error();
  }
  if (claimed_.empty()) {
    if (auto found = recover(); !found) return found.error();
  }
  if (auto filled = fill(); !filled) return filled.error();
  ScanReport report;
  std::vector<std::pair<std::int64_t, std::string>> ready;  // the oldest first
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    const auto modified = observe(it->first, it->second, report);
    if (modified && *modified >= 0) ready.emplace_back(*modified, it->first);
    it = modified ? std::next(it) : waiting_.erase(it);
  }
  std::sort(ready.begin(), ready.end());
  for (const auto& [modified, name] : ready) {
    if (claimed_.size() >= kFolderBatch) break;
    if (auto claimed = claim(name, report); !claimed) return claimed.error();
  }
  report.waiting = waiting_.size();
  return report;
}

// A folder that has come back under the same path is taken up again only if it is a drop folder already: an empty
// mount point is not the folder that was mounted there.
Result<> DropFolder::open_folders() {
  auto drop = Folder::open(options_.path);
  if (!drop) return drop.error();
  if (folders_ != nullptr && !(drop->has("work") && drop->has("done") && drop->has("rejected")))
    return {Failure::kIo, "another folder stands in its place"};
  auto folders = DropFolders::prepare(std::move(*drop));
  if (!folders) return folders.error();
  auto listing = Listing::of(folders->drop);
  if (!listing) return listing.error();
  claimed_.clear();  // they borrow the folders that go; work/ brings them back
  waiting_.clear();
  listing_ = std::move(*listing);
  folders_ = std::make_unique<DropFolders>(std::move(*folders));
  return Done{};
}

// What lies in work/ was claimed before a crash, or was put there by an operator.
Result<> DropFolder::recover() {
  auto listing = Listing::of(folders_->work);
  if (!listing) return listing.error();
  std::vector<std::pair<std::int64_t, std::string>> found;
  while (found.size() < kFolderBatch) {
    auto next = (*listing)->next();
    if (!next) return next.error();
    if (!*next) break;
    const std::string& name = **next;
    if (name_fault(name) != NameFault::kNone) continue;
    if (ends_with(name, kSidecarSuffix)) {
      recover_sidecar(name);
      continue;
    }
    ScanReport ignored;
    const auto look = folders_->work.look(name);
    if (look && look->kind == Kind::kFile)
      found.emplace_back(file_state(look->status).modified_ns, name);
    else if (look)
      refuse(name, to_text(look->kind), ignored);
  }
  std::sort(found.begin(), found.end());
  if (!found.empty()) all_put_off_ = false;
  for (auto& [modified, name] : found)
    claimed_.push_back(
        {FolderDocument::recover(*folders_, target_, std::move(name)), false, 0, std::nullopt, Micros{0}});
  return Done{};
}

// A sidecar without its document: either the document is still in the drop folder, and it goes back to it, or it has
// been moved away already, and the sidecar follows.
void DropFolder::recover_sidecar(const std::string& name) {
  const std::string document = name.substr(0, name.size() - kSidecarSuffix.size());
  if (folders_->work.has(document)) return;
  if (folders_->drop.has(document)) {
    auto moved = folders_->work.move(name, folders_->drop, name);
    if (!moved && moved.error().failure == Failure::kConflict)
      moved = folders_->work.remove(name);  // a newer one counts
    return;
  }
  for (int copy = 1; copy <= 100; ++copy)
    if (folders_->work.move(name, folders_->done, numbered_name(name, copy))) return;
}

Result<> DropFolder::fill() {
  if (waiting_.size() >= kFolderBatch)
    std::erase_if(waiting_, [](const auto& entry) { return entry.second.changes >= kManyChanges; });
  for (std::size_t read = 0; read < kFolderBatch && waiting_.size() < kFolderBatch; ++read) {
    auto next = listing_->next();
    if (!next) return next.error();
    if (!*next) break;
    const std::string& name = **next;
    if (own_folder(name) || helper(name) || name_fault(name) == NameFault::kHidden) continue;
    waiting_.try_emplace(name, Waiting{{}, std::nullopt, Micros{0}, 0, 0});
  }
  return Done{};
}

// Looks at one name. Nothing: it is not to be waited for; -1: not ready yet; else it is ready, and when it was changed.
std::optional<std::int64_t> DropFolder::observe(const std::string& name, Waiting& seen, ScanReport& report) {
  const auto look = folders_->drop.look(name);
  if (!look) return std::nullopt;
  if (look->kind != Kind::kFile) {
    refuse(name, to_text(look->kind), report);
    return std::nullopt;
  }
  refused_.erase(name);
  if (const auto known = unreadable_.find(name); known != unreadable_.end() && known->second == changed(name))
    return std::nullopt;
  const auto sidecar = folders_->drop.look(name + std::string(kSidecarSuffix));
  const auto beside = sidecar ? std::optional(file_state(sidecar->status)) : std::nullopt;
  const FileState now = file_state(look->status);
  const Micros time = target_.clock->monotonic();
  if (seen.looks == 0 || now != seen.state || beside != seen.sidecar)
    seen = {now, beside, time, 1, seen.looks == 0 ? 0 : seen.changes + 1};
  else
    ++seen.looks;
  const bool stable = seen.looks >= options_.stable_looks && time - seen.since >= options_.stable_for;
  return stable || marked_ready(name) ? now.modified_ns : -1;
}

// A marker that is older than its document is left over from another one, and says nothing of this.
bool DropFolder::marked_ready(const std::string& name) const {
  const auto marker = folders_->drop.look(name + std::string(kReadySuffix));
  if (!marker || marker->kind != Kind::kFile) return false;
  const auto document = folders_->drop.look(name);
  return document && file_state(marker->status).modified_ns >= file_state(document->status).modified_ns;
}

DropFolder::Changed DropFolder::changed(const std::string& name) const {
  return {change_time(folders_->drop.look(name)), change_time(folders_->drop.look(name + std::string(kSidecarSuffix)))};
}

// Whether we may open it and its sidecar. Where not it stays, told once, until somebody changes it: claimed, it would
// go to and fro for ever.
bool DropFolder::readable(const std::string& name, ScanReport& report) {
  const Changed before = changed(name);
  for (const std::string& file : {name, name + std::string(kSidecarSuffix)}) {
    const auto fd = folders_->drop.open_file(file);
    if (fd || fd.error().failure != Failure::kDenied) continue;
    const auto look = folders_->drop.look(file);
    if (!look || look->kind != Kind::kFile) continue;  // exchanged meanwhile: the next look tells what it is
    if (unreadable_.size() >= kFolderBatch) unreadable_.clear();
    unreadable_[name] = before;
    tell(file, "the hub's user may not read it: make it readable to the group of the drop folder (chgrp, chmod g+r)",
         report);
    return false;
  }
  unreadable_.erase(name);
  return true;
}

Result<> DropFolder::claim(const std::string& name, ScanReport& report) {
  if (!readable(name, report)) {
    waiting_.erase(name);
    return Done{};
  }
  const bool final = marked_ready(name);
  auto document = FolderDocument::claim(*folders_, target_, name);
  if (!document) {
    const Failure failure = document.error().failure;
    if (failure == Failure::kConflict) return Done{};  // an earlier one of that name goes first
    if (failure == Failure::kDenied) refuse(name, "it could not be claimed: " + document.error().message, report);
    if (failure != Failure::kDenied && failure != Failure::kNotFound) return document.error();
    waiting_.erase(name);
    return Done{};
  }
  const std::string marker = name + std::string(kReadySuffix);
  if (const auto look = folders_->drop.look(marker); look && look->kind == Kind::kFile)
    static_cast<void>(folders_->drop.remove(marker).ok());
  waiting_.erase(name);
  claimed_.push_back({std::move(*document), final, 0, std::nullopt, Micros{0}});
  all_put_off_ = false;
  ++report.claimed;
  return Done{};
}

void DropFolder::refuse(const std::string& name, std::string_view reason, ScanReport& report) {
  if (refused_.size() >= kFolderBatch) refused_.clear();
  if (!refused_.insert(name).second) return;
  tell(name, reason, report);
}

void DropFolder::tell(const std::string& name, std::string_view reason, ScanReport& report) const {
  ++report.refused;
  const std::string safe = safe_text(name, 255);
  log::warning("file_refused", {{"instance", target_.instance}, {"name", safe}, {"reason", reason}});
  if (options_.audit) options_.audit({safe, std::string(reason)});
}

}  // namespace vestitel
