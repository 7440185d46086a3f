// A directory of its own, and the built file sink in it.
#pragma once
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <vestitel/testing/fake_host.hpp>
#include <vestitel/testing/library.hpp>

namespace vestitel::file_sink::test {

namespace fs = std::filesystem;
using testing::FakeHost;
using testing::TestMessage;

class TempDir {
 public:
  TempDir() {
    std::string name = (fs::temp_directory_path() / "vestitel-file-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TempDir() { fs::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

inline std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

inline void spill(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

inline std::vector<std::string> lines_of(const fs::path& path) {
  std::istringstream in(slurp(path));
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

inline std::vector<std::string> names_in(const fs::path& path) {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(path)) out.push_back(entry.path().filename().string());
  std::sort(out.begin(), out.end());
  return out;
}

inline std::string settings(const fs::path& dir, const std::string& more = "") {
  return "{\"directory\":\"" + dir.string() + "\"" + more + "}";
}

inline TestMessage message(const std::string& key) {
  TestMessage m;
  m.to = "ok@example.test";
  m.idem_key = key;
  m.title = "Ново събитие";
  m.body = "Здравейте\n";
  m.data_json = R"({"id":"e1"})";
  return m;
}

}  // namespace vestitel::file_sink::test
