// reader_replay LIBRARY SETTINGS FILE..: reads each file as the fuzzer does, in an ordinary build. Prints what is
// broken, and exits 1 when anything is.
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/fuzz/watched_reader.hpp"

namespace {

std::string bytes_of(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(std::string("reading ") + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

int replay(int count, char** words) {
  vestitel::fuzz::WatchedReader reader(words[1], bytes_of(words[2]));
  int broken = 0;
  for (int i = 3; i < count; ++i) {
    const std::string breach = reader.read(bytes_of(words[i]));
    if (breach.empty()) continue;
    std::printf("%s: %s\n", words[i], breach.c_str());
    broken = 1;
  }
  return broken;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: reader_replay LIBRARY SETTINGS FILE..\n");
    return 2;
  }
  try {
    return replay(argc, argv);
  } catch (const std::exception& wrong) {
    std::fprintf(stderr, "%s\n", wrong.what());
    return 2;
  }
}
