// One end of the socket: whole frames in, whole frames out.
#pragma once
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/owned_fd.hpp"
#include "core/base/result.hpp"
#include "core/plugin/wire/frame.hpp"

namespace vestitel::wire {

struct Frame {
  Header header;
  std::string_view payload;  // valid until the next receive()
  std::vector<OwnedFd> descriptors;
};

class Channel {
 public:
  explicit Channel(OwnedFd socket);  // made non-blocking

  // Writes one frame, its payload in up to two pieces, with copies of the descriptors, or fails: kIo the other end has
  // gone, kBusy it takes nothing for kPatience. After a failure the channel is of no use. Thread: any.
  Result<> send(Type type, std::uint64_t call, std::string_view payload, std::string_view more = {},
                std::span<const int> descriptors = {});

  // The next frame, if a whole one has come; nothing when more bytes are needed: wait for the descriptor to become
  // readable. kIo: the other end has gone; kInvalid: what it says is no frame. Thread: one.
  Result<std::optional<Frame>> receive();

  // The same, waiting for a frame. kBusy: none within `patience` (negative: for ever). Thread: one.
  Result<Frame> wait(std::chrono::milliseconds patience);

  [[nodiscard]] int descriptor() const { return socket_.get(); }
  void hang_up();  // both ends see the end; thread: any

  static constexpr std::chrono::milliseconds kPatience{5'000};

 private:
  Result<std::size_t> fill();  // how many bytes came; 0: none now
  Result<> parse_header();

  OwnedFd socket_;
  std::mutex sending_;
  std::string buffer_;  // only grows; [begin_, end_): bytes not yet given out
  std::size_t begin_ = 0, end_ = 0;
  std::optional<Header> header_;      // of the frame that is coming in
  std::vector<OwnedFd> descriptors_;  // that came with bytes not yet given out
};

}  // namespace vestitel::wire
