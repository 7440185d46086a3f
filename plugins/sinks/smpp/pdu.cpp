#include "plugins/sinks/smpp/pdu.hpp"

#include <algorithm>

namespace vestitel::smpp {
namespace {

constexpr std::size_t kMaxId = 65, kMaxAddress = 65;  // with the NUL; real centres go beyond the 21 of an address

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>((value >> (8 * i)) & 0xFF);
}
void put_text(std::string& out, std::string_view text) { out.append(text.substr(0, text.find('\0'))) += '\0'; }
void put_party(std::string& out, const Party& party) {
  put(out, party.ton, 1);
  put(out, party.npi, 1);
  put_text(out, party.address);
}
void put_tlvs(std::string& out, const Tlvs& tlvs) {
  for (const auto& [tag, value] : tlvs) {
    put(out, tag, 2);
    put(out, value.size(), 2);
    out += value;
  }
}

// Takes fields from the front; after one that is not there, nothing is.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::uint32_t number(std::size_t bytes) {
    std::uint32_t value = 0;
    for (const char c : take(bytes)) value = (value << 8) | static_cast<unsigned char>(c);
    return value;
  }
  std::uint8_t byte() { return static_cast<std::uint8_t>(number(1)); }
  std::string_view take(std::size_t bytes) {
    if (!ok_ || rest_.size() < bytes) return fail();
    const auto out = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return out;
  }
  // Up to a NUL, which stands within `longest` bytes.
  std::string text(std::size_t longest) {
    const auto end = rest_.substr(0, longest).find('\0');
    if (end == std::string_view::npos) return std::string(fail());
    std::string out(take(end));
    take(1);
    return out;
  }
  Party party() {
    Party out;
    out.ton = byte();
    out.npi = byte();
    out.address = text(kMaxAddress);
    return out;
  }
  Tlvs tlvs() {
    Tlvs out;
    while (ok_ && !rest_.empty()) {
      const auto tag = static_cast<std::uint16_t>(number(2));
      const std::size_t size = number(2);
      const std::string_view value = take(size);
      if (ok_) out.try_emplace(tag, value);
    }
    return out;
  }
  bool ok() const { return ok_; }
  bool empty() const { return rest_.empty(); }

 private:
  std::string_view fail() {
    ok_ = false;
    rest_ = {};
    return {};
  }
  std::string_view rest_;
  bool ok_ = true;
};

void take_payload(Delivered& out) {
  const auto payload = out.tlvs.find(kMessagePayload);
  if (out.text.empty() && payload != out.tlvs.end()) out.text = payload->second;
}

}  // namespace

std::string encode(const Pdu& pdu) {
  std::string out;
  out.reserve(kHeader + pdu.body.size());
  put(out, kHeader + pdu.body.size(), 4);
  put(out, pdu.command, 4);
  put(out, pdu.status, 4);
  put(out, pdu.sequence, 4);
  return out += pdu.body;
}

Frames::State Frames::next(Pdu& out) {
  if (broken_) return State::broken;
  Reader header(std::string_view(buffer_).substr(at_, kHeader));
  const std::size_t length = header.number(4);
  if (!header.ok()) {
    buffer_.erase(0, at_);
    at_ = 0;
    return State::need_more;
  }
  if (length < kHeader || length > kMaxPdu) {
    broken_ = true;
    return State::broken;
  }
  if (buffer_.size() - at_ < length) return State::need_more;
  out.command = header.number(4);
  out.status = header.number(4);
  out.sequence = header.number(4);
  out.body.assign(buffer_, at_ + kHeader, length - kHeader);
  at_ += length;
  return State::pdu;
}

std::string bind_body(const Bind& bind) {
  std::string out;
  put_text(out, bind.system_id);
  put_text(out, bind.password);
  put_text(out, bind.system_type);
  put(out, bind.interface_version, 1);
  put(out, 0, 2);  // addr_ton, addr_npi
  put_text(out, {});
  return out;
}

std::string submit_body(const Submit& s) {
  std::string out;
  put_text(out, s.service_type);
  put_party(out, s.source);
  put_party(out, s.destination);
  put(out, s.esm_class, 1);
  put(out, 0, 2);     // protocol_id, priority_flag
  put_text(out, {});  // schedule_delivery_time
  put_text(out, s.validity);
  put(out, s.registered_delivery, 1);
  put(out, 0, 1);  // replace_if_present_flag
  put(out, s.data_coding, 1);
  put(out, 0, 1);  // sm_default_msg_id
  put(out, s.short_message.size(), 1);
  out += s.short_message;
  put_tlvs(out, s.tlvs);
  return out;
}

std::optional<Delivered> read_deliver(std::string_view body) {
  Reader in(body);
  Delivered out;
  in.text(kMaxId);  // service_type
  out.source = in.party();
  out.destination = in.party();
  out.esm_class = in.byte();
  in.take(2);
  in.text(kMaxId);  // schedule_delivery_time
  in.text(kMaxId);  // validity_period
  in.take(2);
  out.data_coding = in.byte();
  in.take(1);
  out.text = in.take(in.byte());
  out.tlvs = in.tlvs();
  if (!in.ok()) return std::nullopt;
  take_payload(out);
  return out;
}

std::optional<Delivered> read_data(std::string_view body) {
  Reader in(body);
  Delivered out;
  in.text(kMaxId);
  out.source = in.party();
  out.destination = in.party();
  out.esm_class = in.byte();
  in.take(1);
  out.data_coding = in.byte();
  out.tlvs = in.tlvs();
  if (!in.ok()) return std::nullopt;
  take_payload(out);
  return out;
}

std::optional<std::string> read_message_id(std::string_view body) {
  if (body.empty()) return std::string();
  Reader in(body);
  std::string id = in.text(kMaxId);
  if (!in.ok()) return std::nullopt;
  return id;
}

}  // namespace vestitel::smpp
