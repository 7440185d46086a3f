// Runs one thing in a child of its own: own session, limits, scratch folder, empty environment; killed as a whole when
// its time is over. The caller has no other thread.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace vestitel::check {

using SteadyTime = std::chrono::steady_clock::time_point;

// How a child ended.
struct Ending {
  bool timed_out = false;
  int signal = 0;  // killed by it, when it was not the kit that killed
  int exit = 0;
  std::int64_t duration_us = 0, peak_rss_kib = 0;
};

class Child {
 public:
  // Forks; `body` runs in the child, which then exits with what it returns. `scratch` is the folder it works in.
  static Result<Child> start(const std::string& scratch, std::chrono::seconds limit, const std::function<int()>& body);
  Child(Child&&) noexcept = default;
  Child& operator=(Child&&) noexcept = default;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] SteadyTime deadline() const { return deadline_; }
  // True when it has ended, with all that it left running killed. Past the deadline it is killed here.
  bool poll(Ending& ending);

 private:
  Child() = default;
  pid_t pid_ = -1;
  SteadyTime started_, deadline_;
};

// While it lives, what a check's processes leave behind when they die becomes a child of this process, where it can be
// found and killed, even when it had left the session.
class Orphanage {
 public:
  Orphanage();
  ~Orphanage();
  Orphanage(const Orphanage&) = delete;
  Orphanage& operator=(const Orphanage&) = delete;
  // Kills and reaps every child that is not one of `running`.
  void clear(const std::vector<pid_t>& running);

 private:
  int before_ = 0;
  std::vector<pid_t> own_;  // children that were there before
};

// A folder under /tmp that goes with all it holds.
class Scratch {
 public:
  static Result<std::unique_ptr<Scratch>> make();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit Scratch(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace vestitel::check
