#include "core/host/drop_places.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "core/base/lasting_folder.hpp"
#include "core/base/log.hpp"
#include "core/intake/received.hpp"

namespace vestitel {
namespace {

bool is_folder(const std::string& path) {
  struct stat about {};
  return ::lstat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

}  // namespace

DropPlaces::DropPlaces(const HubConfig& config, const Instance& instance, PartnerStore& partners,
                       DocumentIntake& intake, QuarantineLister& quarantine, const Clock& clock)
    : instance_(instance.id),
      state_(config.store),
      reader_(instance.reader.value_or(ReaderConfig{})),
      partners_(partners),
      target_{instance.id, "", reader_.max_size, &intake, &quarantine, &clock, Transport::kBytes},
      clock_(clock) {}

// Where it cannot be made the folder is degraded, and says so itself.
void DropPlaces::make_once(const std::string& path, mode_t mode) {
  if (made_.insert(path).second) (void)make_lasting_folder(path, mode).ok();
}

void DropPlaces::add(const std::string& path, const std::string& partner, std::vector<FolderPlace>& into) const {
  FolderPlace place;
  place.options.path = path;
  place.options.stable_for = reader_.stable_for;
  place.options.stable_looks = reader_.stable_scans;
  place.target = target_;
  place.target.partner = partner;
  into.push_back(place);
  const std::string trial = trial_folder(path);
  if (partner.empty() || !is_folder(trial)) return;
  place.options.path = trial;
  place.target.transport = Transport::kTrial;
  into.push_back(std::move(place));
}

// The folder of a partner that may not deliver is left as it is: what lies there waits until somebody decides.
void DropPlaces::add_own(const std::vector<Partner>& partners, std::vector<FolderPlace>& into) {
  if (reader_.drop_folder.empty()) return;
  const auto may = [&](const Partner& one) { return one.id == reader_.partner; };
  if (reader_.partner.empty() || std::any_of(partners.begin(), partners.end(), may)) {
    told_ = false;
    make_once(reader_.drop_folder, 0755);
    return add(reader_.drop_folder, reader_.partner, into);
  }
  if (!told_)
    log::warning("folder_waits", {{"instance", instance_},
                                  {"partner", reader_.partner},
                                  {"reason",
                                   "the partner is not registered for this instance, or has ended; "
                                   "`vestitel partners show` tells"}});
  told_ = true;
}

void DropPlaces::add_of(const std::string& partner, std::vector<FolderPlace>& into) {
  if (!reader_.partner_folders.empty()) {
    const std::string path = reader_.partner_folders + "/" + partner;
    make_once(path, 0750);
    add(path, partner, into);
  }
  const std::string received = received_folder(state_, instance_, partner, Purpose::kDelivery);
  if (is_folder(received)) add(received, partner, into);
}

std::vector<FolderPlace> DropPlaces::now() {
  std::vector<FolderPlace> places;
  auto partners = partners_.partners();
  if (!partners) return places;
  const Instant now = clock_.now();
  std::erase_if(*partners,
                [&](const Partner& one) { return (one.ended && *one.ended <= now) || !one.may_use(instance_); });
  add_own(*partners, places);
  for (const Partner& partner : *partners) add_of(partner.id, places);
  return places;
}

}  // namespace vestitel
