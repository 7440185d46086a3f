// The sink of the store cycle: one line a message in out.jsonl, synced before it is called delivered.
#pragma once
#include <string>
#include <unordered_set>

namespace vestitel::test {

class LineSink {
 public:
  // With `honours_keys` a key that stands in the file already takes no effect again. A line that a kill cut off is
  // taken away: it was never called delivered.
  LineSink(const std::string& path, bool honours_keys);
  ~LineSink();
  LineSink(const LineSink&) = delete;
  LineSink& operator=(const LineSink&) = delete;

  void write(const std::string& to, const std::string& key);
  void sync();

 private:
  int fd_;
  bool honours_keys_;
  std::unordered_set<std::string> keys_;
};

}  // namespace vestitel::test
