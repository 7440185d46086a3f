// A built reader in the fake host, held to what is asked of every reader, whatever bytes it is given: for the fuzzer,
// and for the replay of what the fuzzer once found.
#pragma once
#include <vestitel/abi.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vestitel/testing/fake_host.hpp>

namespace vestitel::fuzz {

class WatchedReader {
 public:
  // Loads the library and starts an instance of it with these settings (JSON), and a made-up value for each secret that
  // its capabilities name. Throws std::runtime_error where it does not start.
  WatchedReader(const std::string& library, const std::string& settings);

  // Reads the document whole, and again in pieces: always, or where the document's bytes say so, which are a quarter of
  // all. Empty, or the first rule that was broken.
  enum class Pieces : std::uint8_t { always, sometimes };
  std::string read(std::string_view document, Pieces pieces = Pieces::always);

 private:
  testing::Parsed parse(std::string_view document, bool in_pieces);
  bool examine(const vestitel_batch& batch);
  void look_at(const vestitel_batch& batch, const vestitel_event& event);
  void look_at(const testing::Parsed& parsed, std::string_view document);
  void look_at_quarantined(const testing::Parsed& parsed, std::size_t i);
  void breach(std::string what);

  testing::FakeHost host_;
  std::set<std::string> attributes_;
  std::string breach_;
};

}  // namespace vestitel::fuzz
