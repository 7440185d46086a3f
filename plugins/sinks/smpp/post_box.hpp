// What the centre brings: receipts, which go to the hub under the id that it knows, and texts of people, which this
// sink does not take. Used by one thread.
#pragma once
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <vector>

#include <vestitel/host.hpp>

#include "plugins/sinks/smpp/pdu.hpp"
#include "plugins/sinks/smpp/receipt_book.hpp"

namespace vestitel::smpp {

struct ReceiptSettings {
  Spellings spellings;
  std::set<std::string> dead_errors;  // codes of "no such subscriber", without leading zeros
  int utc_offset_minutes = 0;
};

class PostBox {
 public:
  PostBox(const Host& host, ReceiptSettings settings)
      : host_(host), settings_(std::move(settings)), book_(settings_.spellings) {}

  // A deliver_sm or data_sm; the status of its answer. Not OK only where it shall come again, or can never be read.
  // `idle`: no message is on its way, so that a receipt of none that is known is of one before a restart.
  std::uint32_t take(const Pdu& pdu, bool idle);
  // All parts of a message were taken.
  void accepted(const std::vector<std::string>& ids);

 private:
  std::uint32_t take(const Receipt& receipt, bool idle);
  bool report(const std::string& provider_id, const Verdict& verdict);
  void report_owed();

  const Host& host_;
  const ReceiptSettings settings_;
  ReceiptBook book_;
  std::deque<ReceiptBook::Report> owed_;  // of receipts answered long ago, which the hub could not be told then
  bool told_of_texts_ = false;
};

}  // namespace vestitel::smpp
