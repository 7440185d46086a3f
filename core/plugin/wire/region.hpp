// The shared memory of one runner: slots for events and for the document. The hub makes it, sealed at its size, so that
// no end can pull it away from under the other; what lies in it can change at any moment and is copied before it is
// looked at.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/owned_fd.hpp"
#include "core/base/result.hpp"
#include "core/plugin/wire/frame.hpp"

namespace vestitel::wire {

class Region {
 public:
  static Result<Region> create();
  static Result<Region> attach(OwnedFd descriptor);  // kInvalid: not of the size that the wire says

  Region(Region&& other) noexcept;
  Region& operator=(Region&&) = delete;
  ~Region();

  [[nodiscard]] int descriptor() const { return fd_.get(); }
  // The bytes of a slot; kSlotBytes of them. `number` below kSlots.
  [[nodiscard]] char* slot(std::uint32_t number) const;
  // kDocumentSlotBytes of them. `number` below kDocumentSlots.
  [[nodiscard]] char* document_slot(std::uint32_t number) const;

 private:
  Region(OwnedFd fd, void* base) : fd_(std::move(fd)), base_(base) {}
  static Result<Region> map(OwnedFd fd);
  OwnedFd fd_;
  void* base_ = nullptr;
};

}  // namespace vestitel::wire
