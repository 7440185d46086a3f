#include "core/plugin/wire/region.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <utility>

#include "core/base/os_error.hpp"

namespace vestitel::wire {
namespace {

constexpr std::size_t kEventBytes = std::size_t{kSlots} * kSlotBytes;
constexpr std::size_t kBytes = kEventBytes + std::size_t{kDocumentSlots} * kDocumentSlotBytes;

}  // namespace

Result<Region> Region::create() {
  OwnedFd fd(::memfd_create("vestitel-events", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return {Failure::kIo, "making the memory of a runner: " + os_error()};
  if (::ftruncate(fd.get(), static_cast<off_t>(kBytes)) != 0 ||
      ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return {Failure::kIo, "sizing the memory of a runner: " + os_error()};
  return map(std::move(fd));
}

Result<Region> Region::attach(OwnedFd descriptor) {
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0 || status.st_size != static_cast<off_t>(kBytes))
    return {Failure::kInvalid, "the shared memory has not the size that the protocol says"};
  return map(std::move(descriptor));
}

Result<Region> Region::map(OwnedFd fd) {
  void* base = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (base == MAP_FAILED) return {Failure::kIo, "mapping the memory of a runner: " + os_error()};
  return Region(std::move(fd), base);
}

Region::Region(Region&& other) noexcept : fd_(std::move(other.fd_)), base_(std::exchange(other.base_, nullptr)) {}

Region::~Region() {
  if (base_ != nullptr) ::munmap(base_, kBytes);
}

char* Region::slot(std::uint32_t number) const { return static_cast<char*>(base_) + std::size_t{number} * kSlotBytes; }

char* Region::document_slot(std::uint32_t number) const {
  return static_cast<char*>(base_) + kEventBytes + std::size_t{number} * kDocumentSlotBytes;
}

}  // namespace vestitel::wire
