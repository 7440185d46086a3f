// The documents of the store cycle: one record a line, "RECORD PERSON"; "RECORD !" is one that cannot be accepted.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/model/document.hpp"
#include "core/model/event.hpp"

namespace vestitel::test {

struct CycleDocument {
  std::string name, bytes;
  std::vector<std::string_view> lines;  // of bytes

  static CycleDocument read(const std::string& folder, const std::string& name);
  CycleDocument() = default;
  CycleDocument(const CycleDocument&) = delete;
  CycleDocument& operator=(const CycleDocument&) = delete;
  CycleDocument(CycleDocument&&) = default;
  CycleDocument& operator=(CycleDocument&&) = default;

  [[nodiscard]] DocumentArrival arrival() const;
  // The items [from, to).
  [[nodiscard]] EventBatch batch(std::size_t from, std::size_t to) const;
};

}  // namespace vestitel::test
