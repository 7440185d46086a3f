// A change of a store: one at a time, on a clean desk.
#pragma once
#include <sys/types.h>

#include <string>
#include <utility>

#include "core/base/owned_fd.hpp"
#include "core/base/result.hpp"

namespace vestitel {

// Holds the lock of a store, and leaves its tmp/ empty.
class StoreChange {
 public:
  // Waits for the lock, and sweeps what a holder who was killed has left.
  static Result<StoreChange> begin(const std::string& root);
  StoreChange(StoreChange&& other) noexcept
      : lock_(std::move(other.lock_)), root_(std::exchange(other.root_, std::string())) {}
  StoreChange& operator=(StoreChange&&) = delete;
  ~StoreChange();

 private:
  StoreChange(OwnedFd lock, std::string root) : lock_(std::move(lock)), root_(std::move(root)) {}
  OwnedFd lock_;
  std::string root_;  // "": moved from
};

// A folder of exactly this mode, made if it is missing; the folder above it is synced.
Result<> make_folder(const std::string& path, mode_t mode);

}  // namespace vestitel
