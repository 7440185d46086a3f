// SMPP 3.4 PDUs as bytes: pure functions. What comes from a centre is not trusted: every length is held against what is
// there, and what does not fit is no PDU.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace vestitel::smpp {

enum Command : std::uint32_t {
  kBindReceiver = 0x01,
  kBindTransmitter = 0x02,
  kSubmitSm = 0x04,
  kDeliverSm = 0x05,
  kUnbind = 0x06,
  kBindTransceiver = 0x09,
  kEnquireLink = 0x15,
  kAlertNotification = 0x102,
  kDataSm = 0x103,
  kResponse = 0x80000000,
  kGenericNack = 0x80000000,
};

enum Tag : std::uint16_t {
  kReceiptedMessageId = 0x001E,
  kUserMessageReference = 0x0204,
  kSarReference = 0x020C,
  kSarTotal = 0x020E,
  kSarNumber = 0x020F,
  kNetworkErrorCode = 0x0423,
  kMessagePayload = 0x0424,
  kMessageState = 0x0427,
};

inline constexpr std::size_t kHeader = 16;
inline constexpr std::size_t kMaxPdu = std::size_t{64} * 1024 + kHeader;
inline constexpr std::uint32_t kLastSequence = 0x7FFFFFFF;

struct Pdu {
  std::uint32_t command = 0, status = 0, sequence = 0;
  std::string body;
};

std::string encode(const Pdu& pdu);

// Cuts a stream into PDUs.
class Frames {
 public:
  enum class State { need_more, pdu, broken };
  void feed(std::string_view bytes) { buffer_ += bytes; }
  // Broken is final: a length that cannot be leaves nothing to go on from.
  State next(Pdu& out);
  bool mid_pdu() const { return at_ < buffer_.size(); }

 private:
  std::string buffer_;
  std::size_t at_ = 0;
  bool broken_ = false;
};

struct Party {
  std::uint8_t ton = 0, npi = 0;
  std::string address;
};

struct Bind {
  std::string system_id, password, system_type;
  std::uint8_t interface_version = 0x34;
};
std::string bind_body(const Bind& bind);

using Tlvs = std::map<std::uint16_t, std::string>;  // of several with one tag, the first

struct Submit {
  std::string service_type;
  Party source, destination;
  std::uint8_t esm_class = 0, registered_delivery = 1, data_coding = 0;
  std::string validity;       // as of section 7.1.1, or empty
  std::string short_message;  // at most 254 bytes; empty where the text is the payload
  Tlvs tlvs;
};
std::string submit_body(const Submit& submit);

// deliver_sm or data_sm, as much of it as matters here.
struct Delivered {
  Party source, destination;
  std::uint8_t esm_class = 0, data_coding = 0;
  std::string text;  // short_message, else message_payload
  Tlvs tlvs;
};
std::optional<Delivered> read_deliver(std::string_view body);
std::optional<Delivered> read_data(std::string_view body);

// The id in submit_sm_resp; none: the body is not one. Empty where the centre gave none.
std::optional<std::string> read_message_id(std::string_view body);

}  // namespace vestitel::smpp
