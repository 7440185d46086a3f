// What became of a message later: a provider calls, or the sink asks it.
//
//   void on_callback(const vestitel::Callback& callback, vestitel::Receipts& receipts);
//   vestitel::Polled poll_receipts(std::uint32_t max, vestitel::Receipts& receipts);
//
// Either member gives a sink "vestitel.receipts/1". Both are [work].
#pragma once
#include <string>
#include <string_view>

#include "abi_services.h"
#include "call.hpp"
#include "sink.hpp"

namespace vestitel {
inline namespace v1 {

// What a poll answers: call again at once, or drained until the next turn.
enum class Polled : std::int32_t { more = VESTITEL_MORE, end = VESTITEL_END };

// One request of a provider, whoever it may be: the host has asked it for the instance's secret and nothing else. The
// views live as long as the call.
//
// Over the ABI the head is lines of "name: value", each ended by a line feed: ":method" and ":query" first, then the
// headers in lower case without the credentials.
class Callback {
 public:
  Callback(std::string_view head, std::string_view body) : head_(head), body_(body) {}

  std::string_view method() const { return header(":method"); }
  // As it stood in the URL, without the question mark and still percent-encoded; may be empty.
  std::string_view query() const { return header(":query"); }
  // The first header of this name, given in lower case; empty: it is not there.
  std::string_view header(std::string_view name) const {
    for (std::string_view left = head_; !left.empty();) {
      const std::size_t end = left.find('\n');
      const std::string_view line = left.substr(0, end);
      left.remove_prefix(end == std::string_view::npos ? left.size() : end + 1);
      if (line.size() <= name.size() || line.substr(0, name.size()) != name || line[name.size()] != ':') continue;
      const std::string_view value = line.substr(name.size() + 1);
      return !value.empty() && value.front() == ' ' ? value.substr(1) : value;
    }
    return {};
  }
  std::string_view body() const { return body_; }  // any bytes, at most 64 KiB

 private:
  std::string_view head_, body_;
};

// Where receipts go. [any]
class Receipts {
 public:
  explicit Receipts(const Host& host) : host_(host) {}

  // The provider's word on the message that it accepted under this id: delivered, permanent, contact_dead or unknown.
  // On record when it returns, also for an id that the host does not know yet; twice changes nothing. Throws Error when
  // it is not on record: E_RETRY, so that the provider shall say it again.
  void report(std::string_view provider_id, const Verdict& verdict) {
    const auto* service = host_.service<vestitel_receipt_v1>("vestitel.receipt/1");
    if (service == nullptr) throw Error(VESTITEL_E_DENIED, "service vestitel.receipt/1 is not granted");
    const vestitel_verdict abi = verdict.abi();
    vestitel_error error{};
    error.size = sizeof error;
    const vestitel_rc rc = service->report(host_.abi(), to_str(provider_id), &abi, &error);
    if (rc >= 0) return;
    const std::string why(error.message, error.message_len);
    throw rc == VESTITEL_E_RETRY ? Error::retry(why, error.retry_after_ms) : Error(rc, why);
  }

 private:
  const Host& host_;
};

}  // namespace v1
}  // namespace vestitel
