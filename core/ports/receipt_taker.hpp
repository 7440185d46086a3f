// A provider's later word on a message that it had accepted.
#pragma once
#include <cstdint>
#include <string_view>

#include "core/base/result.hpp"
#include "core/model/message.hpp"

namespace vestitel {

class ReceiptTaker {
 public:
  virtual ~ReceiptTaker() = default;
  // Durable when it returns. One that comes before the message was settled is kept for it; one that comes twice changes
  // nothing the second time. Thread: any.
  // kBusy: it is not kept, and shall come again.
  virtual Result<> take_receipt(std::string_view sink, std::string_view provider_id, const Verdict& verdict) = 0;
  // How many messages of the sink a receipt may still speak of.
  virtual Result<std::int64_t> awaited(std::string_view sink) {
    static_cast<void>(sink);
    return std::int64_t{0};
  }
};

}  // namespace vestitel
