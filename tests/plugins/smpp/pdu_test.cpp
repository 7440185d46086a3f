#include "plugins/sinks/smpp/pdu.hpp"

#include <catch2/catch.hpp>

#include <random>

namespace vestitel::smpp::test {
namespace {

std::string bytes(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 32) - 'a' + 10; };
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) out += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
  return out;
}

// Every field in use, and a field for each TLV.
std::string a_deliver() {
  const std::string out =
      bytes("000101") + "359888123456" + bytes("000500") + "VESTITEL" + bytes("00040000000000000000") + "\x05hello";
  return out + bytes("001E0004") + std::string("1F2\0", 4) + bytes("0427000102");
}

}  // namespace

TEST_CASE("a submit_sm is the bytes that other implementations write", "[smpp][pdu]") {
  Submit submit;
  submit.source = {5, 0, "VESTITEL"};
  submit.destination = {1, 1, "359888123456"};
  submit.data_coding = 8;
  submit.short_message = bytes("04170434");
  CHECK(encode({kSubmitSm, 0, 7, submit_body(submit)}) ==
        bytes("00000039000000040000000000000007000500564553544954454c000101333539383838313233343536000000000000010008"
              "000404170434"));
}

TEST_CASE("a bind says who binds, and how", "[smpp][pdu]") {
  CHECK(bind_body({"hub", "secret", "VMA", 0x34}) == std::string("hub\0secret\0VMA\0\x34\0\0\0", 19));
}

TEST_CASE("no field can end early and let the next begin", "[smpp][pdu]") {
  Submit submit;
  submit.source = {5, 0, std::string("A\0B", 3)};
  submit.destination = {1, 1, "1"};
  CHECK(submit_body(submit).substr(0, 8) == std::string("\0\5\0A\0\1\1"
                                                        "1",
                                                        8));
}

TEST_CASE("a stream is cut into PDUs wherever it is torn", "[smpp][pdu]") {
  const std::string stream = encode({kEnquireLink, 0, 1, ""}) + encode({kDeliverSm, 0, 2, a_deliver()}) +
                             encode({kSubmitSm | kResponse, 0x58, 3, ""});
  for (std::size_t chunk = 1; chunk <= stream.size(); ++chunk) {
    Frames frames;
    std::string seen;
    for (std::size_t at = 0; at < stream.size(); at += chunk) {
      frames.feed(std::string_view(stream).substr(at, chunk));
      for (Pdu pdu; frames.next(pdu) == Frames::State::pdu;)
        seen += std::to_string(pdu.sequence) + ":" + std::to_string(pdu.status) + ":" +
                std::to_string(pdu.body.size()) + " ";
    }
    CHECK(seen == "1:0:0 2:0:" + std::to_string(a_deliver().size()) + " 3:88:0 ");
    CHECK_FALSE(frames.mid_pdu());
  }
}

TEST_CASE("a length that cannot be ends the stream", "[smpp][pdu]") {
  const auto length = GENERATE(as<const char*>(), "00000000", "0000000F", "00010011", "FFFFFFFF", "80000010");
  Frames frames;
  frames.feed(bytes(length) + std::string(12, '\0'));
  Pdu pdu;
  CHECK(frames.next(pdu) == Frames::State::broken);
  frames.feed(encode({kEnquireLink, 0, 1, ""}));
  CHECK(frames.next(pdu) == Frames::State::broken);
}

TEST_CASE("the largest PDU passes", "[smpp][pdu]") {
  Frames frames;
  frames.feed(encode({kDataSm, 0, 1, std::string(kMaxPdu - kHeader, 'x')}));
  Pdu pdu;
  CHECK(frames.next(pdu) == Frames::State::pdu);
}

TEST_CASE("a deliver_sm is read whole", "[smpp][pdu]") {
  const auto got = read_deliver(a_deliver());
  REQUIRE(got.has_value());
  CHECK(got->source.address == "359888123456");
  CHECK(got->destination.address == "VESTITEL");
  CHECK(got->esm_class == 4);
  CHECK(got->text == "hello");
  CHECK(got->tlvs.at(kReceiptedMessageId) == std::string("1F2\0", 4));
  CHECK(got->tlvs.at(kMessageState) == "\2");
}

TEST_CASE("a deliver_sm that is cut anywhere but between two TLVs is none", "[smpp][pdu]") {
  const std::string whole = a_deliver();
  const std::size_t first_tlv = whole.size() - 13, second_tlv = whole.size() - 5;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(read_deliver(whole.substr(0, size)).has_value() == (size == first_tlv || size == second_tlv));
  }
}

TEST_CASE("a payload stands in for an empty text", "[smpp][pdu]") {
  std::string body(
      "\0\1\1"
      "1\0\5\0A\0\4\0\0",
      12);
  body += bytes("04240003") + "abc";
  const auto got = read_data(body);
  REQUIRE(got.has_value());
  CHECK(got->text == "abc");
}

TEST_CASE("the id of a message is a text with an end", "[smpp][pdu]") {
  CHECK(read_message_id("") == "");
  CHECK(read_message_id(std::string("1F2\0", 4)) == "1F2");
  CHECK_FALSE(read_message_id("1F2").has_value());
  CHECK_FALSE(read_message_id(std::string(65, 'a') + '\0').has_value());
  CHECK(read_message_id(std::string(64, 'a') + '\0').has_value());
}

TEST_CASE("no bytes harm the reader", "[smpp][pdu]") {
  std::mt19937 random(7);
  const std::string good = a_deliver();
  for (int i = 0; i < 20'000; ++i) {
    std::string bad = good;
    for (int n = static_cast<int>(random() % 4) + 1; n > 0; --n)
      bad[random() % bad.size()] = static_cast<char>(random());
    bad.resize(random() % (bad.size() + 1));
    const auto deliver = read_deliver(bad);
    if (deliver) CHECK(deliver->text.size() <= bad.size());
    const auto data = read_data(bad);
    if (data) CHECK(data->text.size() <= bad.size());
    Frames frames;
    frames.feed(bad);
    for (Pdu pdu; frames.next(pdu) == Frames::State::pdu;) CHECK(pdu.body.size() <= bad.size());
  }
}

}  // namespace vestitel::smpp::test
