#include "plugins/sinks/smpp/post_box.hpp"

#include <algorithm>

#include <vestitel/receipts.hpp>

#include "plugins/sinks/smpp/status.hpp"

namespace vestitel::smpp {
namespace {

constexpr std::uint32_t kRefused = 0x66;  // RX_R_APPN: do not bring it again

std::string without_zeros(const std::string& code) {
  const std::size_t first = code.find_first_not_of('0');
  return first == std::string::npos ? std::string("0") : code.substr(first);
}

}  // namespace

std::uint32_t PostBox::take(const Pdu& pdu, bool idle) {
  const auto delivered = pdu.command == kDataSm ? read_data(pdu.body) : read_deliver(pdu.body);
  if (!delivered) {
    host_.log(VESTITEL_LOG_WARN, "smpp_delivery_unreadable");
    return kRefused;
  }
  if (const auto receipt = read_receipt(*delivered)) return take(*receipt, idle);
  if (!std::exchange(told_of_texts_, true)) host_.log(VESTITEL_LOG_WARN, "smpp_text_not_taken");
  return kOk;
}

std::uint32_t PostBox::take(const Receipt& receipt, bool idle) {
  report_owed();
  const std::int64_t now = host_.now_us();
  const bool dead = settings_.dead_errors.count(without_zeros(receipt.error)) != 0;
  const std::int64_t done = std::min(date_us(receipt.done, settings_.utc_offset_minutes).value_or(now), now);
  const Final final = judge_state(receipt.state, dead && !receipt.error.empty(), done);
  const std::size_t held = book_.held();
  const auto found = book_.receipt(receipt, final, now);
  if (found) {
    if (report(found->provider_id, found->verdict)) return kOk;
    ReceiptBook::take_back(*found);
    return kTemporary;  // it comes again
  }
  // The hub may know it by this very id.
  if (idle && book_.held() > held) report(receipt.ids.front(), final.verdict);
  return kOk;
}

void PostBox::accepted(const std::vector<std::string>& ids) {
  for (ReceiptBook::Report& one : book_.accepted(ids, host_.now_us())) owed_.push_back(std::move(one));
  report_owed();
}

void PostBox::report_owed() {
  while (!owed_.empty() && report(owed_.front().provider_id, owed_.front().verdict)) owed_.pop_front();
  while (owed_.size() > ReceiptBook::kMaxHeld) owed_.pop_front();
}

bool PostBox::report(const std::string& provider_id, const Verdict& verdict) {
  if (provider_id.empty() || provider_id.size() > 256) return true;
  try {
    Receipts(host_).report(provider_id, verdict);
    return true;
  } catch (const Error& error) {
    return error.rc() != VESTITEL_E_RETRY;
  }
}

}  // namespace vestitel::smpp
