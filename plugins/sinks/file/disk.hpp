// The few system calls that the sink makes, behind an interface, so that a full or failing disk can be tested. Each
// answers >= 0, or -errno.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vestitel::file_sink {

class Disk {
 public:
  virtual ~Disk() = default;
  // Opens a directory, no symlink, for the *at calls below.
  virtual int open_directory(int at, const std::string& path);
  virtual int make_directory(int at, const std::string& path);    // 0700; fine when it is there
  virtual int open(int dir, const std::string& name, int flags);  // O_NOFOLLOW | O_CLOEXEC, 0600
  virtual std::int64_t write(int fd, std::string_view bytes);
  virtual std::int64_t read_at(int fd, char* into, std::size_t cap, std::int64_t offset);
  virtual std::int64_t size(int fd);
  virtual int truncate(int fd, std::int64_t size);
  virtual int sync_data(int fd);
  virtual int sync(int fd);
  virtual int link(int from_dir, const std::string& from, int to_dir, const std::string& to);
  virtual int unlink(int dir, const std::string& name);
  virtual int lock(int fd);  // exclusive, does not wait; ends with the descriptor
  virtual int list(int dir, std::vector<std::string>& names);
};

// Owns a descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd() { reset(); }
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  void reset();
  int release();

 private:
  int fd_ = -1;
};

}  // namespace vestitel::file_sink
