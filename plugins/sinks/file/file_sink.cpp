// Writes messages into a directory, as JSON lines or as a Maildir, each key once. The demo's sink, and the way to
// another program on the same machine.
#include <fcntl.h>

#include <cerrno>
#include <memory>
#include <mutex>

#include "plugins/sinks/file/json_lines.hpp"
#include "plugins/sinks/file/maildir.hpp"

namespace vestitel::file_sink {

namespace {

constexpr Field kFields[] = {
    field::text("directory", "Where the files go; made with what is missing above it.")
        .required()
        .example("/var/lib/vestitel/out"),
    field::choice("format", "jsonl: one line a message. maildir: one mail a message, for mail programs.",
                  "jsonl|maildir")
        .by_default("jsonl"),
    field::choice("rotate", "jsonl: a file a day (UTC), or one file for ever.", "daily|never").by_default("daily"),
    field::integer("remember", "How many keys are known, so that a repeat has no second effect.")
        .by_default("100000")
        .range(10'000, 10'000'000)
        .advanced(),
    field::text("from", "maildir: address in the From header.").by_default("vestitel@localhost").advanced(),
    field::text("from_name", "maildir: name beside that address.").advanced(),
};

mail::MailMaker mail_maker(const Settings& settings) {
  mail::MailPolicy policy;
  policy.from = settings.text("from");
  policy.from_name = settings.text("from_name");
  auto made = mail::MailMaker::create(policy);
  if (made) return std::move(*made.value);
  const std::size_t colon = made.error.find(": ");  // "setting: what is wrong"
  throw Error::config('/' + made.error.substr(0, colon), made.error.substr(colon + 2));
}

class FileSink {
 public:
  static constexpr Traits kTraits = Traits().idempotent().max_batch(kMaxBatch).capabilities(
      R"({"write":["{directory}"],"libraries":["libidn2.so.0: domain names with letters beyond ASCII",)"
      R"("libcrypto.so.3: SHA-256 of a message's key"]})");

  FileSink(const Settings& settings, const Host& host)
      : settings_(settings), host_(host), maker_(mail_maker(settings)) {}

  // The directory, or the place for it, can be written.
  void check() {
    const std::string& path = settings_.text("directory");
    std::string at = plain(path);
    Fd dir(disk_.open_directory(AT_FDCWD, at));
    while (dir.get() == -ENOENT && at != above(at)) {
      at = above(at);
      dir = Fd(disk_.open_directory(AT_FDCWD, at + "/"));  // a link above ours is not ours to refuse
    }
    if (!dir.open()) throw_config(-dir.get(), "opening the directory " + at);
    const Fd probe(disk_.open(dir.get(), kProbe, O_WRONLY | O_CREAT));
    if (!probe.open()) throw_config(-probe.get(), "writing into the directory " + at);
    disk_.unlink(dir.get(), kProbe);
  }

  void start() {
    const std::lock_guard lock(mutex_);
    const std::string& path = settings_.text("directory");
    make(plain(path));
    Fd dir(disk_.open_directory(AT_FDCWD, path));
    if (!dir.open()) throw_config(-dir.get(), "opening the directory " + path);
    keep_name(dir.get());
    if (const int rc = disk_.lock(dir.get()); rc < 0) {
      throw Error::config("/directory", "another instance writes there");
    }
    const auto remember = static_cast<std::size_t>(settings_.integer("remember"));
    const Rotate rotate = settings_.choice("rotate") == "daily" ? Rotate::daily : Rotate::never;
    std::unique_ptr<Writer> writer;
    if (settings_.choice("format") == "jsonl") {
      writer = std::make_unique<JsonLines>(disk_, dir.get(), rotate, remember);
    } else {
      writer = std::make_unique<Maildir>(disk_, dir.get(), maker_, remember);
    }
    writer->open(host_.now_us());
    dir_ = std::move(dir);
    writer_ = std::move(writer);
  }

  void deliver(const MessageBatch& batch, Delivery& delivery) {
    const std::lock_guard lock(mutex_);
    if (writer_) writer_->deliver(batch, delivery);
  }

  void ask(const Doubts& doubts, Answers& answers) {
    const std::lock_guard lock(mutex_);
    if (writer_) writer_->ask(doubts, answers);
  }

  void stop() {
    const std::lock_guard lock(mutex_);
    writer_.reset();
    dir_.reset();
  }

 private:
  static constexpr const char* kProbe = ".vestitel-check";

  static std::string plain(std::string path) {
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return path;
  }
  static std::string above(const std::string& path) {
    const std::size_t slash = path.find_last_of('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : plain(path.substr(0, slash));
  }

  // Makes the directory and what is missing above it, and syncs the place of each that it had to make room for.
  void make(const std::string& path) {
    int rc = disk_.make_directory(AT_FDCWD, path);
    if (rc == -ENOENT && path != above(path)) {
      make(above(path));
      const Fd parent(disk_.open_directory(AT_FDCWD, above(path) + "/"));
      if (parent.open()) keep_name(parent.get());
      rc = disk_.make_directory(AT_FDCWD, path);
    }
    if (rc < 0) throw_config(-rc, "making the directory " + path);
  }

  // A line is no safer than the name of the directory it is in. A parent that may not be read is not ours to sync: then
  // the directory was not made here.
  void keep_name(int dir) {
    const Fd parent(disk_.open_directory(dir, ".."));
    if (!parent.open()) return;
    if (const int rc = disk_.sync(parent.get()); rc < 0) throw_config(-rc, "syncing the place of the directory");
  }

  const Settings& settings_;
  const Host& host_;
  mail::MailMaker maker_;
  Disk disk_;
  std::mutex mutex_;  // deliver holds it for its whole run
  Fd dir_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace
}  // namespace vestitel::file_sink

VESTITEL_EXPORT_SINK(vestitel::file_sink::FileSink, "org.vestitel.file", "File", "1.0.0", vestitel::file_sink::kFields)
