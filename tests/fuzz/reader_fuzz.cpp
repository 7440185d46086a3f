// reader_fuzz OPTIONS CORPUS..: libFuzzer over one built reader, both instrumented. The reader and its settings are
// told by the environment, for the options are libFuzzer's: VESTITEL_FUZZ_READER=LIBRARY, VESTITEL_FUZZ_SETTINGS=FILE.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "tests/fuzz/watched_reader.hpp"

namespace {

std::unique_ptr<vestitel::fuzz::WatchedReader>& reader() {
  static std::unique_ptr<vestitel::fuzz::WatchedReader> one;
  return one;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  const char* library = std::getenv("VESTITEL_FUZZ_READER");
  const char* settings = std::getenv("VESTITEL_FUZZ_SETTINGS");
  if (library == nullptr || settings == nullptr) {
    std::fprintf(stderr, "VESTITEL_FUZZ_READER and VESTITEL_FUZZ_SETTINGS say what is read and how\n");
    std::exit(2);
  }
  std::ifstream file(settings, std::ios::binary);
  const std::string json{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  try {
    reader() = std::make_unique<vestitel::fuzz::WatchedReader>(library, json);
  } catch (const std::exception& wrong) {
    std::fprintf(stderr, "%s\n", wrong.what());
    std::exit(2);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // In pieces each time would be half of the executions in the same time.
  const std::string breach =
      reader()->read({reinterpret_cast<const char*>(data), size}, vestitel::fuzz::WatchedReader::Pieces::sometimes);
  if (breach.empty()) return 0;
  std::fprintf(stderr, "BREACH: %s\n", breach.c_str());
  std::abort();
}
