// A reader, a feed and a sink over the C++ layer that pass the kit. Each broken plugin changes one thing of them.
#pragma once
#include <sys/stat.h>

#include <cstdio>
#include <string>
#include <vestitel/plugin.hpp>

namespace good {

constexpr vestitel::Field kFields[] = {
    vestitel::field::text("label", "A text.").required().example("x"),
    vestitel::field::integer("limit", "A number.").by_default("10").range(1, 100),
    vestitel::field::secret("password", "A secret."),
};

// A line "key,egn,date" is an event.
struct Reader {
  void parse(const vestitel::Document& document, vestitel::Input& in, vestitel::Emit& out) {
    for (const auto& line : vestitel::lines(in)) row(document, line, out);
  }
  static void row(const vestitel::Document& document, const vestitel::Line& line, vestitel::Emit& out) {
    const auto cells = vestitel::csv(line.text);
    if (cells.size() < 3) {
      out.quarantine(line.place, "row", "three columns expected", line.text);
      return;
    }
    out.event("activity.laboratory", line.place).key(document.partner, cells[0]).egn(cells[1]).on(cells[2]);
  }
};

// Ten events, three a commit; the cursor is how many have been committed.
struct Feed {
  static constexpr int kAll = 10, kPage = 3;
  static bool position(std::string_view cursor, int& from) {
    from = 0;
    if (cursor.size() > 2) return false;
    for (const char c : cursor) {
      if (c < '0' || c > '9') return false;
      from = from * 10 + (c - '0');
    }
    return from <= kAll;
  }
  static void emit(int i, vestitel::Emit& out) {
    out.event("activity.laboratory").key("feed", "r" + std::to_string(i)).egn("9932319981").on("2026-10-06");
  }
  vestitel::Polled poll(std::string_view cursor, std::uint32_t, vestitel::Emit& out) {
    int from = 0;
    if (!position(cursor, from)) throw vestitel::Error(VESTITEL_E_INVALID, "no cursor of this feed");
    if (from == kAll) return vestitel::Polled::end;
    const int to = from + kPage < kAll ? from + kPage : kAll;
    for (int i = from; i < to; ++i) emit(i, out);
    out.commit(std::to_string(to));
    return to == kAll ? vestitel::Polled::end : vestitel::Polled::more;
  }
};

constexpr vestitel::Field kSinkFields[] = {
    vestitel::field::text("folder", "Where messages are written.").required().example("/tmp"),
    vestitel::field::secret("password", "A secret."),
};

// A file a message, named by its key.
struct Sink {
  static constexpr vestitel::Traits kTraits = vestitel::Traits().idempotent().max_batch(20);
  explicit Sink(const vestitel::Settings& settings) : folder(settings.text("folder")) {}
  void check() const {
    struct stat about {};
    if (::stat(folder.c_str(), &about) != 0) throw vestitel::Error::config("/folder", "no such folder");
  }
  static bool plain(std::string_view text) {
    for (const char c : text)
      if (static_cast<unsigned char>(c) < 0x20 || c == '/') return false;
    return !text.empty() && text.size() < 200;
  }
  vestitel::Verdict deliver(const vestitel::Message& message) {
    if (!plain(message.idem_key) || !plain(message.to))
      return vestitel::Verdict::permanent("an address or key of no use");
    return write(folder + "/" + std::string(message.idem_key), "w", message);
  }
  // The file of a key is its message.
  void ask(const vestitel::Doubts& doubts, vestitel::Answers& answers) {
    for (std::uint32_t i = 0; i < doubts.size() && !answers.cancelled(); ++i) answers.settle(i, found(doubts[i]));
  }
  vestitel::Verdict found(const vestitel::Doubt& doubt) const {
    struct stat about {};
    if (!plain(doubt.idem_key)) return vestitel::Verdict::permanent("a key of no use");
    const bool there = ::stat((folder + "/" + std::string(doubt.idem_key)).c_str(), &about) == 0;
    return there ? vestitel::Verdict::delivered() : vestitel::Verdict::retry("not there");
  }
  static vestitel::Verdict write(const std::string& path, const char* mode, const vestitel::Message& message) {
    std::FILE* file = std::fopen(path.c_str(), mode);
    if (file == nullptr) return vestitel::Verdict::retry("writing the message", vestitel::Scope::sink);
    std::fwrite(message.body.data(), 1, message.body.size(), file);
    std::fclose(file);
    return vestitel::Verdict::delivered();
  }
  std::string folder;
};

}  // namespace good

#define BROKEN_READER(Class) VESTITEL_EXPORT_READER(Class, "com.example.broken", "Broken", "1.0.0", good::kFields)
#define BROKEN_FEED(Class) VESTITEL_EXPORT_FEED(Class, "com.example.broken", "Broken", "1.0.0", "{}")
#define BROKEN_SINK(Class) VESTITEL_EXPORT_SINK(Class, "com.example.broken", "Broken", "1.0.0", good::kSinkFields)
