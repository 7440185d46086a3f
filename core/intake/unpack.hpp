// A document that comes packed, made whole within budgets: how large it may become, and how much larger than it came.
// One layer: what is inside is the document, whatever it looks like.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "core/base/inflate.hpp"
#include "core/intake/inbox_fault.hpp"

namespace vestitel {

enum class Packing : std::uint8_t { kNone, kGzip, kZip };

struct UnpackBudget {
  std::uint64_t most = 0;            // bytes of the document
  std::uint64_t ratio = 100;         // times what it came as,
  std::uint64_t free = 1ULL << 20U;  // which is asked beyond the first so many bytes
};

// Takes a piece of the document; kNone: go on.
using PieceSink = std::function<InboxFault(std::string_view)>;

class Gunzip {
 public:
  explicit Gunzip(UnpackBudget budget) : budget_(budget), inflater_(Inflater::Form::kGzip) {}
  InboxFault feed(std::string_view packed, const PieceSink& to);
  [[nodiscard]] InboxFault finish() const;  // kNotGzip: it is cut off

 private:
  const UnpackBudget budget_;
  Inflater inflater_;
};

// The one file in a ZIP file, which `fd` reads from its beginning to its end at `size`.
InboxFault unzip(int fd, std::uint64_t size, const UnpackBudget& budget, const PieceSink& to);

}  // namespace vestitel
