// Providers' calls at /receipts/INSTANCE, on their way from the network to a sink.
#pragma once
#include <functional>
#include <string>

#include "core/base/result.hpp"

namespace vestitel {

class ProviderCallTaker {
 public:
  // How it went, as Sink::hear says; called once, on any thread, within about as long as a call of the sink takes.
  using Answer = std::function<void(Result<>)>;

  virtual ~ProviderCallTaker() = default;
  // head and body as in ProviderCall. Returns at once. Thread: any.
  virtual void offer(std::string head, std::string body, Answer answer) = 0;
};

}  // namespace vestitel
