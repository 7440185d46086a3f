#include "core/plugin/wire/channel.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <iterator>

#include "core/base/os_error.hpp"

namespace vestitel::wire {
namespace {

constexpr std::size_t kChunk = 256UL * 1024;
using std::chrono::milliseconds;

std::array<char, kHeader> encoded(const Header& header) {
  std::array<char, kHeader> out{};
  const auto type = static_cast<std::uint16_t>(header.type);
  std::memcpy(out.data(), &kMagic, 4);
  std::memcpy(out.data() + 4, &type, 2);
  std::memcpy(out.data() + 6, &header.flags, 2);
  std::memcpy(out.data() + 8, &header.length, 4);
  std::memcpy(out.data() + 16, &header.call, 8);
  return out;
}

// Waits until the socket is fit for `events`. False: not within the time.
bool wait_for(int fd, short events, milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (true) {
    pollfd one{fd, events, 0};
    const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
    const int wait = patience.count() < 0 ? -1 : static_cast<int>(std::max(left, milliseconds{0}).count());
    const int ready = ::poll(&one, 1, wait);
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

// What is left of the pieces after `sent` bytes of them.
void advance(msghdr& message, std::size_t sent) {
  while (message.msg_iovlen > 0 && sent >= message.msg_iov->iov_len) {
    sent -= message.msg_iov->iov_len;
    ++message.msg_iov;
    --message.msg_iovlen;
  }
  if (message.msg_iovlen == 0) return;
  message.msg_iov->iov_base = static_cast<char*>(message.msg_iov->iov_base) + sent;
  message.msg_iov->iov_len -= sent;
}

union DescriptorRoom {
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int) * kMaxDescriptors)];
};

void attach(msghdr& message, DescriptorRoom& room, std::span<const int> descriptors) {
  message.msg_control = room.bytes;
  message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
  cmsghdr* control = CMSG_FIRSTHDR(&message);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(descriptors.size_bytes());
  std::memcpy(CMSG_DATA(control), descriptors.data(), descriptors.size_bytes());
}

void detach(msghdr& message, std::vector<OwnedFd>& into) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr; control = CMSG_NXTHDR(&message, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(control) + i * sizeof(int), sizeof fd);
      OwnedFd owned(fd);
      if (into.size() < kMaxDescriptors) into.push_back(std::move(owned));
    }
  }
}

Error gone() { return {Failure::kIo, "the other end of the channel has gone"}; }

}  // namespace

Channel::Channel(OwnedFd socket) : socket_(std::move(socket)) {
  const int flags = ::fcntl(socket_.get(), F_GETFL);
  if (flags >= 0) ::fcntl(socket_.get(), F_SETFL, flags | O_NONBLOCK);
}

void Channel::hang_up() { ::shutdown(socket_.get(), SHUT_RDWR); }

Result<> Channel::send(Type type, std::uint64_t call, std::string_view payload, std::string_view more,
                       std::span<const int> descriptors) {
  const std::size_t length = payload.size() + more.size();
  if (length > kMaxPayload || descriptors.size() > kMaxDescriptors)
    return {Failure::kInvalid, "a frame is larger than the wire takes"};
  const auto flags = static_cast<std::uint16_t>(descriptors.size());
  auto header = encoded({type, flags, static_cast<std::uint32_t>(length), call});
  std::array<iovec, 3> pieces{{{header.data(), header.size()},
                               {const_cast<char*>(payload.data()), payload.size()},
                               {const_cast<char*>(more.data()), more.size()}}};
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  DescriptorRoom room{};
  if (!descriptors.empty()) attach(message, room, descriptors);
  const std::lock_guard lock(sending_);
  while (message.msg_iovlen > 0) {
    const ssize_t sent = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
    if (sent >= 0) {
      message.msg_control = nullptr;
      message.msg_controllen = 0;
      advance(message, static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (!wait_for(socket_.get(), POLLOUT, kPatience))
        return {Failure::kBusy, "the other end of the channel takes nothing"};
    } else if (errno != EINTR) {
      return gone();
    }
  }
  return Done{};
}

Result<std::size_t> Channel::fill() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const std::size_t wanted = header_ ? std::max<std::size_t>(header_->length, kChunk) : kChunk;
  if (buffer_.size() < std::max(wanted, end_ + kHeader)) buffer_.resize(std::max(wanted, end_ + kHeader));
  iovec piece{buffer_.data() + end_, buffer_.size() - end_};
  DescriptorRoom room{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = room.bytes;
  message.msg_controllen = sizeof room.bytes;
  ssize_t got = 0;
  do got = ::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  const int error = errno;
  if (got > 0) {
    end_ += static_cast<std::size_t>(got);
    detach(message, descriptors_);
    return static_cast<std::size_t>(got);
  }
  if (got < 0 && (error == EAGAIN || error == EWOULDBLOCK)) return std::size_t{0};
  return gone();
}

Result<> Channel::parse_header() {
  const char* at = buffer_.data() + begin_;
  std::uint32_t magic = 0, nought = 0;
  std::uint16_t type = 0;
  Header header;
  std::memcpy(&magic, at, 4);
  std::memcpy(&type, at + 4, 2);
  std::memcpy(&header.flags, at + 6, 2);
  std::memcpy(&header.length, at + 8, 4);
  std::memcpy(&nought, at + 12, 4);
  std::memcpy(&header.call, at + 16, 8);
  if (magic != kMagic || nought != 0 || header.length > kMaxPayload || header.flags > kMaxDescriptors)
    return {Failure::kInvalid, "what came over the channel is no frame"};
  header.type = static_cast<Type>(type);
  header_ = header;
  begin_ += kHeader;
  return Done{};
}

Result<std::optional<Frame>> Channel::receive() {
  while (true) {
    const std::size_t here = end_ - begin_;
    if (!header_ && here >= kHeader) {
      if (auto parsed = parse_header(); !parsed) return parsed.error();
      continue;
    }
    if (header_ && here >= header_->length) {
      Frame frame;
      frame.header = *header_;
      frame.payload = std::string_view(buffer_).substr(begin_, header_->length);
      begin_ += header_->length;
      const auto count = std::min<std::size_t>(frame.header.flags, descriptors_.size());
      const auto end = descriptors_.begin() + static_cast<std::ptrdiff_t>(count);
      frame.descriptors.assign(std::move_iterator(descriptors_.begin()), std::move_iterator(end));
      descriptors_.erase(descriptors_.begin(), end);
      header_.reset();
      return std::optional<Frame>(std::move(frame));
    }
    const auto filled = fill();
    if (!filled) return filled.error();
    if (*filled == 0) return std::optional<Frame>();
  }
}

Result<Frame> Channel::wait(milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (true) {
    auto frame = receive();
    if (!frame) return frame.error();
    if (*frame) return std::move(**frame);
    const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
    if (!wait_for(socket_.get(), POLLIN, patience.count() < 0 ? patience : std::max(left, milliseconds{0})))
      return {Failure::kBusy, "nothing came over the channel in time"};
  }
}

}  // namespace vestitel::wire
