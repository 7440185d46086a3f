// Where the structs of a host lie while a check runs: as in a real host, or so that a plugin that reads beyond what it
// was given is caught in the act.
#pragma once
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <utility>

namespace vestitel::check {

// ordinary: what the hub does. small: every struct ends at its ABI 1.0 size, and the next byte is unmapped. future:
// every struct is 64 bytes longer than the plugin knows, full of poison, and then unmapped.
enum class Shape { ordinary, small, future };

inline constexpr std::uint32_t kFutureTail = 64;
inline constexpr int kPoison = 0xA5;

// `bytes` bytes that end at an unmapped page; zeroed.
class Guarded {
 public:
  explicit Guarded(std::size_t bytes) {
    const std::size_t pages = (bytes + kPage - 1) / kPage;
    length_ = (pages + 1) * kPage;
    void* memory = ::mmap(nullptr, length_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    base_ = static_cast<char*>(memory);
    ::mprotect(base_ + pages * kPage, kPage, PROT_NONE);
    at_ = base_ + pages * kPage - bytes;
  }
  ~Guarded() { ::munmap(base_, length_); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  [[nodiscard]] char* at() const { return at_; }

 private:
  static constexpr std::size_t kPage = 4096;
  char *base_ = nullptr, *at_ = nullptr;
  std::size_t length_ = 0;
};

// One struct of the ABI that begins with its size.
template <class T>
class Placed {
 public:
  explicit Placed(Shape shape) : tail_(shape == Shape::future ? kFutureTail : 0), memory_(sizeof(T) + room(shape)) {
    static_assert(sizeof(T) % 8 == 0 && alignof(T) <= 8);
    if (shape == Shape::future) std::memset(memory_.at() + sizeof(T), kPoison, kFutureTail);
    get()->size = static_cast<std::uint32_t>(sizeof(T)) + tail_;
  }
  T* get() { return reinterpret_cast<T*>(memory_.at()); }
  T* operator->() { return get(); }
  T& operator*() { return *get(); }

 private:
  // A real host's struct is followed by whatever; here by zeros.
  static std::size_t room(Shape shape) {
    return shape == Shape::ordinary ? 1024 : shape == Shape::future ? kFutureTail : 0;
  }
  std::uint32_t tail_;
  Guarded memory_;
};

}  // namespace vestitel::check
