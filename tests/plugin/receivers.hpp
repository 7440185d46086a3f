// Receivers that write down what a plugin hands over, and what they are given.
#pragma once
#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/plugin/trusted_file.hpp"
#include "core/ports/source.hpp"

namespace vestitel::test {

// The tree may have been checked out by another user than the one who tests: its owners are named, nobody else.
inline TrustedOwners tree_owners() {
  TrustedOwners own = TrustedOwners::own();
  for (std::filesystem::path p = TEST_LIBRARIES; p != p.root_path(); p = p.parent_path()) {
    struct stat status {};
    if (::stat(p.c_str(), &status) == 0) own.ids.push_back(status.st_uid);
  }
  return own;
}

class TextStream final : public ByteStream {
 public:
  explicit TextStream(std::string text) : text_(std::move(text)) {}
  Result<std::size_t> read(std::span<char> into) override {
    if (fail_with) return *fail_with;
    const std::size_t n = text_.copy(into.data(), into.size(), at_);
    at_ += n;
    return n;
  }
  std::optional<Error> fail_with;

 private:
  std::string text_;
  std::size_t at_ = 0;
};

// "event L:C record" and "quarantined L:C element: reason", in the order in which they came.
class Notes : public FeedReceiver {
 public:
  Result<> receive(EventBatch batch) override {
    if (fail_with) return *fail_with;
    ++batches;
    for (const auto& item : batch.items) {
      if (item.quarantined) {
        const auto& q = batch.quarantined[item.index];
        lines.push_back("quarantined " + at(q.place) + " " + std::string(q.element) + ": " + std::string(q.reason));
      } else {
        const auto& e = batch.events[item.index];
        lines.push_back("event " + at(e.place) + " " + std::string(e.record));
        last = e;
      }
    }
    kept.push_back(std::move(batch));
    return Done{};
  }
  Result<> complete(std::string_view scope) override {
    return lines.push_back("complete " + std::string(scope)), Done{};
  }
  Result<> commit(std::string_view cursor) override { return lines.push_back("commit " + std::string(cursor)), Done{}; }

  void put_off(std::chrono::milliseconds after) override { asked = after; }

  std::chrono::milliseconds asked{0};
  std::vector<std::string> lines;
  std::vector<EventBatch> kept;
  EventView last;
  std::size_t batches = 0;
  std::optional<Error> fail_with;

 private:
  static std::string at(const Place& p) { return std::to_string(p.line) + ":" + std::to_string(p.column); }
};

inline DocumentArrival arrival() {
  DocumentArrival a;
  a.name = "report.txt";
  a.as_of = from_micros(5'000'000);
  return a;
}

}  // namespace vestitel::test
