// A provider's later word on a message that it had accepted.
#pragma once
#include <string_view>

#include "core/base/result.hpp"
#include "core/model/message.hpp"

namespace vestitel {

class ReceiptTaker {
 public:
  virtual ~ReceiptTaker() = default;
  // Durable when it returns. One that comes before the message was settled is kept for it; one that comes twice changes
  // nothing the second time. Thread: any.
  virtual Result<> take_receipt(std::string_view sink, std::string_view provider_id, const Verdict& verdict) = 0;
};

}  // namespace vestitel
