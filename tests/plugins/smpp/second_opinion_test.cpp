// Our submit_sm as another codec reads it, and as that one writes it again.
#include <catch2/catch.hpp>

#include <cstdint>
#include <random>

// Each needs the one before it.
// clang-format off
extern "C" {
#include <libsmpp34/smpp34.h>
#include <libsmpp34/smpp34_structs.h>
#include <libsmpp34/smpp34_params.h>
}
// clang-format on

#include "plugins/sinks/smpp/pdu.hpp"

namespace vestitel::smpp::test {
namespace {

std::string bytes(std::mt19937& random, std::size_t most) {
  std::string out;
  for (std::size_t n = random() % (most + 1); n > 0; --n) out += static_cast<char>(random());
  return out;
}
std::string digits(std::mt19937& random, std::size_t most) {
  std::string out;
  for (std::size_t n = random() % (most + 1); n > 0; --n) out += static_cast<char>('0' + random() % 10);
  return out;
}

}  // namespace

TEST_CASE("libsmpp34 reads what we write, and writes the same", "[smpp][pdu]") {
  std::mt19937 random(5);
  for (std::uint32_t sequence = 1; sequence <= 500; ++sequence) {
    Submit submit;
    submit.source = {5, 0, digits(random, 11)};
    submit.destination = {1, 1, digits(random, 15)};
    submit.esm_class = random() % 2 == 0 ? 0 : 0x40;
    submit.data_coding = random() % 2 == 0 ? 0 : 8;
    submit.short_message = bytes(random, 253);  // it reads 254 and does not write them
    submit.tlvs[kUserMessageReference] = "\x12\x34";
    const std::string ours = encode({kSubmitSm, 0, sequence, submit_body(submit)});

    submit_sm_t theirs{};
    REQUIRE(smpp34_unpack2(&theirs, reinterpret_cast<const std::uint8_t*>(ours.data()),
                           static_cast<int>(ours.size())) == 0);
    CHECK(theirs.sequence_number == sequence);
    CHECK(reinterpret_cast<const char*>(theirs.destination_addr) == submit.destination.address);
    CHECK(reinterpret_cast<const char*>(theirs.source_addr) == submit.source.address);
    CHECK(theirs.data_coding == submit.data_coding);
    CHECK(theirs.registered_delivery == 1);
    CHECK(std::string(reinterpret_cast<const char*>(theirs.short_message), theirs.sm_length) == submit.short_message);

    std::string again(2048, '\0');
    int size = 0;
    CAPTURE(submit.short_message.size(), smpp34_strerror);
    REQUIRE(smpp34_pack2(reinterpret_cast<std::uint8_t*>(again.data()), static_cast<int>(again.size()), &size,
                         &theirs) == 0);
    CHECK(again.substr(0, static_cast<std::size_t>(size)) == ours);
    destroy_tlv(theirs.tlv);
  }
}

}  // namespace vestitel::smpp::test
