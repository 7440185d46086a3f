// The control socket of a running hub: one process may hold the store, so a verb that changes something is carried out
// by the hub itself. A Unix socket in the store's folder, open to the hub's own user alone.
//
// A request is the words of the command line, the folder in which they were typed and what came on standard input; the
// answer is what the verb printed and its exit code. Instead of a verb it can ask how sinks and feeds do. Both are one
// JSON object behind a length of 4 bytes, little endian, at most 16 MiB.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/result.hpp"
#include "core/config/config.hpp"

namespace vestitel {

struct ControlRequest {
  std::vector<std::string> words;
  std::string folder;
  std::string input;
  bool standings = false;  // no verb: how do sinks and feeds do? The answer is a JSON object of two arrays
  bool metrics = false;    // no verb: the figures of the plugins, in the text form of Prometheus
};

struct ControlAnswer {
  int exit = 1;
  std::string out, err;
};

std::string control_path(const HubConfig& config);
bool control_listens(const HubConfig& config);

// Asks the running hub; waits for as long as it works, or for `patience` at most. kBusy: it has not answered within it.
// kCancelled: the hub ended before it had answered, and the same request may be made again of the next one.
Result<ControlAnswer> ask_hub(const HubConfig& config, const ControlRequest& request,
                              std::optional<std::chrono::milliseconds> patience = {});

class ControlServer {
 public:
  // The token says that the hub is being stopped: a long verb has to end.
  using Handler = std::function<ControlAnswer(const ControlRequest&, const std::stop_token&)>;
  // Answers one request after the other on a thread of its own.
  static Result<std::unique_ptr<ControlServer>> open(const HubConfig& config, Handler handler);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

 private:
  ControlServer(std::string path, int fd, Handler handler);
  void loop(const std::stop_token& stop);

  const std::string path_;
  const int fd_;
  const Handler handler_;
  std::jthread thread_;
};

}  // namespace vestitel
