// The receipt that lies beside a document in done/ or rejected/: NAME.receipt.json for machines, NAME.receipt.txt in
// Bulgarian and English for the partner's clerk. It names places and elements, never a value.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/model/document.hpp"

namespace vestitel {

inline constexpr std::size_t kReceiptPage = 256;         // rows asked for at once
inline constexpr std::size_t kReceiptJsonRows = 10'000;  // what is beyond is counted, not listed
inline constexpr std::size_t kReceiptTextRows = 1'000;

// What a receipt needs of the store.
class QuarantineLister {
 public:
  virtual ~QuarantineLister() = default;
  // Up to `limit` quarantined records of a document with ids above `after`, by id; without their bytes.
  virtual Result<std::vector<QuarantineRow>> quarantined(std::int64_t document, std::int64_t after,
                                                         std::size_t limit) = 0;
};

struct Receipt {
  DocumentRow row;
  bool repeat = false;  // the same bytes were accepted before; the row is that of then
  bool trial = false;   // it was tried, not delivered: nothing of it was kept
  std::string name;     // of the document as it was delivered
  Instant written;
};

// Takes pieces of text in order; an error ends the writing.
class TextSink {
 public:
  virtual ~TextSink() = default;
  virtual Result<> write(std::string_view text) = 0;
};

Result<> write_receipt_json(const Receipt& receipt, QuarantineLister& quarantine, TextSink& out);
Result<> write_receipt_text(const Receipt& receipt, QuarantineLister& quarantine, TextSink& out);

}  // namespace vestitel
