// What both formats have in common. [work]
#pragma once
#include <cstdint>
#include <string>

#include <vestitel/plugin.hpp>

#include "plugins/sinks/file/disk.hpp"

namespace vestitel::file_sink {

constexpr std::uint32_t kMaxBatch = 4096;

class Writer {
 public:
  virtual ~Writer() = default;
  // Reads what an earlier run left. Throws Error.
  virtual void open(std::int64_t now_us) = 0;
  // Settles every message of the batch.
  virtual void deliver(const MessageBatch& batch, Delivery& delivery) = 0;
  // What of them lies on the disk.
  virtual void ask(const Doubts& doubts, Answers& answers) = 0;
};

// Throws the error that a failed call at start or check means; `doing` as in "opening the directory".
[[noreturn]] void throw_config(int error, const std::string& doing);

}  // namespace vestitel::file_sink
