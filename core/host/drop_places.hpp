// Which folders a reader's documents come from, as configuration and partners stand now: the instance's own, one for
// each partner that may deliver to it, what came over the network, and the trials of each.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "core/config/config.hpp"
#include "core/intake/folder_worker.hpp"
#include "core/ports/partner_store.hpp"

namespace vestitel {

class DropPlaces {
 public:
  // Borrows all but the configuration; `intake` and `quarantine` are what the documents pass through.
  DropPlaces(const HubConfig& config, const Instance& instance, PartnerStore& partners, DocumentIntake& intake,
             QuarantineLister& quarantine, const Clock& clock);

  // Folders of partners that are missing are made. Thread: one.
  std::vector<FolderPlace> now();

 private:
  void add(const std::string& path, const std::string& partner, std::vector<FolderPlace>& into) const;
  void add_own(const std::vector<Partner>& partners, std::vector<FolderPlace>& into);
  void add_of(const std::string& partner, std::vector<FolderPlace>& into);
  void make_once(const std::string& path, mode_t mode);

  const std::string instance_, state_;
  const ReaderConfig reader_;
  PartnerStore& partners_;
  DropTarget target_;
  const Clock& clock_;
  std::set<std::string> made_;
  bool told_ = false;  // that the instance's own partner may not deliver
};

}  // namespace vestitel
