// JSON lines: one line a message at the end of messages-YYYYMMDD.jsonl (UTC; or of messages.jsonl), one write and one
// fdatasync a batch, `delivered` only after it.
//
// A key takes effect once: every line begins with its key, the keys of the last `remember` lines are read back at the
// start, across files, and a known key is answered `delivered` without a line. What a crash can leave unsettled is at
// most the hub's last few batches, at the end of the newest file, so the bound is wide. A torn last line, and a hole
// that a power cut left in the last batch, are cut off at the start: nothing of such a batch was ever settled.
//
// What could not be synced is cut off as well, at once and again before the next batch: its messages are unknown to the
// hub and will come again, and only a fresh descriptor is believed after a failed sync.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sinks/file/key_index.hpp"
#include "plugins/sinks/file/writer.hpp"

namespace vestitel::file_sink {

enum class Rotate { daily, never };

class JsonLines final : public Writer {
 public:
  // Borrows the disk. `dir`: descriptor of the directory, which outlives this.
  JsonLines(Disk& disk, int dir, Rotate rotate, std::size_t remember);

  void open(std::int64_t now_us) override;
  void deliver(const MessageBatch& batch, Delivery& delivery) override;
  void ask(const Doubts& doubts, Answers& answers) override;

 private:
  enum class Fate : std::uint8_t { settled, repeat, written };
  std::vector<std::string> files_newest_first();
  void read_back(const std::string& name, bool newest, std::vector<KeyHash>& keys);
  std::string name_for(std::int64_t now_us) const;
  int ready_file(std::int64_t now_us);
  int open_file(const std::string& name);
  int cut_back();
  Fate add(const Message& message, std::uint32_t i, Delivery& delivery);
  int write_all();

  Disk& disk_;
  const int dir_;
  const Rotate rotate_;
  const std::size_t remember_;
  KeyIndex keys_;
  std::string newest_;  // name of the file that lines go to; never an older one, whatever the clock does
  Fd file_;
  std::int64_t durable_ = 0;  // bytes of it that have been synced
  bool doubtful_ = false;     // there may be more than that in it
  std::string buffer_;
  std::vector<Fate> fates_;
};

// Appends the line of a message. False, with `error` naming the field, when it cannot be written; `out` as before.
bool append_line(std::string& out, const Message& message, std::string& error);

// The key at the front of a line, as it stands there; empty when the line is not one of ours.
std::string_view key_of_line(std::string_view line);

}  // namespace vestitel::file_sink
