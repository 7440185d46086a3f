#include "core/intake/inbox_desk.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "core/base/lasting_folder.hpp"
#include "core/base/log.hpp"
#include "core/intake/folder_document.hpp"
#include "core/intake/inbox_claim.hpp"

namespace vestitel {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSpool = "spool-";

// Every folder in which a desk has been at work.
template <class Each>
void each_own_folder(const std::string& state, const Each& each) {
  std::error_code failed;
  for (auto it = fs::recursive_directory_iterator(state + "/received", fs::directory_options::none, failed);
       !failed && it != fs::recursive_directory_iterator(); it.increment(failed)) {
    const std::string name = it->path().filename().string();
    if (it->is_symlink(failed) || !it->is_directory(failed)) continue;
    // received/INSTANCE/PARTNER/trial/.inbox is the deepest; what partners delivered is not looked through.
    if (it.depth() >= 3 || name == "done" || name == "rejected" || name == "work") it.disable_recursion_pending();
    if (name != kDeskFolder) continue;
    it.disable_recursion_pending();
    if (const auto folder = Folder::open(it->path().string())) each(*folder, it->path());
  }
}

}  // namespace

bool is_inbox_id(std::string_view text) {
  return text.size() == 32 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string InboxDesk::folder_of(const InboxPlace& place) const {
  return received_folder(state_, place.instance, place.partner, place.purpose);
}

// Each folder on the way is the hub's alone, and lasts.
Result<> InboxDesk::prepare(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  std::error_code failed;
  if (prepared_.contains(folder) && fs::is_directory(folder, failed)) return Done{};
  for (std::size_t end = folder.find('/', state_.size() + 1); end != std::string::npos; end = folder.find('/', end + 1))
    if (auto made = make_lasting_folder(folder.substr(0, end)); !made) return made;
  if (auto made = make_lasting_folder(folder); !made) return made;
  prepared_.insert(folder);
  return Done{};
}

std::mutex& InboxDesk::turn_of(const std::string& id) {
  return turns_.at(std::hash<std::string>{}(id) % turns_.size());
}

Result<std::unique_ptr<InboxSpool>> InboxDesk::open(InboxOrder order) {
  const std::string path = folder_of(order.place);
  if (auto made = prepare(path); !made) return made.error();
  auto drop = Folder::open(path);
  if (!drop) return drop.error();
  auto own = drop->open_own(kDeskFolder, Folder::Readers::kNobody);
  if (!own) return own.error();
  std::string name = std::string(kSpool) + std::to_string(++spools_);
  auto file = own->create_file(name);
  if (!file) return file.error();
  return std::unique_ptr<InboxSpool>(
      new InboxSpool(*this, std::move(order), std::move(*drop), std::move(*own), std::move(*file), std::move(name)));
}

Result<std::optional<InboxStanding>> InboxDesk::standing(const InboxPlace& place, std::string_view id,
                                                         bool text) const {
  if (!is_inbox_id(id)) return std::optional<InboxStanding>();
  const std::string path = folder_of(place);
  const auto own = Folder::open(path + "/" + std::string(kDeskFolder));
  if (!own) {
    if (own.error().failure == Failure::kNotFound) return std::optional<InboxStanding>();
    return own.error();
  }
  const auto claim = read_claim(*own, std::string(id) + std::string(kPlaced));
  if (!claim) return claim.error();
  if (!*claim) return std::optional<InboxStanding>();
  InboxStanding standing;
  for (const char* folder : {"/done", "/rejected"}) {
    const auto ended = Folder::open(path + folder);
    if (!ended) continue;
    auto receipt = ended->open_file((*claim)->name + std::string(text ? kReceiptTextSuffix : kReceiptJsonSuffix));
    struct stat status {};
    if (!receipt || ::fstat(receipt->get(), &status) != 0) continue;
    standing.size = static_cast<std::uint64_t>(status.st_size);
    standing.receipt = std::move(*receipt);
    break;
  }
  return std::optional(std::move(standing));
}

void InboxDesk::clear_spools() const {
  each_own_folder(state_, [](const Folder& own, const fs::path& path) {
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(path, failed))
      if (const std::string name = entry.path().filename().string(); name.starts_with(kSpool))
        static_cast<void>(own.remove(name).ok());
  });
}

void InboxDesk::forget_keys() const {
  const auto before = std::chrono::floor<std::chrono::seconds>(clock_.now() - kKeysKept).time_since_epoch().count();
  std::size_t forgotten = 0;
  each_own_folder(state_, [&](const Folder& own, const fs::path& path) {
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(path, failed)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with(kSpool)) continue;
      const auto look = own.look(name);
      if (!look || look->status.st_mtim.tv_sec >= before) continue;
      if (own.remove(name)) ++forgotten;
    }
  });
  if (forgotten > 0) log::info("inbox_keys_forgotten", {{"keys", forgotten}});
}

}  // namespace vestitel
