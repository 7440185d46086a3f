// A store in memory that keeps what a real one would have made durable, a reader of one-line records, and a drop
// folder over both.
#pragma once
#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/intake/drop_folder.hpp"
#include "core/ports/intake_store.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temp_folder.hpp"

namespace vestitel::test {

class MemoryStore final : public IntakeStore, public QuarantineLister {
 public:
  struct Document {
    DocumentRow row;
    std::vector<std::string> items;  // "event RECORD" or "quarantined L ELEMENT: REASON", as staged
    std::vector<QuarantineRow> quarantined;
  };

  explicit MemoryStore(const Clock& clock) : clock_(clock) {}

  Result<OpenedDocument> open_document(const DocumentArrival& arrival) override {
    ++opened;
    for (auto& [id, d] : documents) {
      if (d.row.arrival.sha256 != arrival.sha256 || d.row.arrival.instance != arrival.instance) continue;
      if (d.row.state == DocumentState::kSealed) return OpenedDocument{id, 0, d.row};
      if (d.row.state == DocumentState::kStaging)
        return OpenedDocument{id, static_cast<std::int64_t>(d.items.size()), std::nullopt};
    }
    const std::int64_t id = static_cast<std::int64_t>(documents.size()) + 1;
    documents[id].row.id = id;
    documents[id].row.arrival = arrival;
    return OpenedDocument{id, 0, std::nullopt};
  }

  Result<> stage(std::int64_t document, EventBatch batch) override {
    if (fail_stage_after > 0 && --fail_stage_after == 0) return stage_error;
    ++staged_batches;
    Document& d = documents.at(document);
    for (const auto& item : batch.items) {
      if (!item.quarantined) {
        d.items.push_back("event " + std::string(batch.events[item.index].record));
        ++d.row.counts.accepted;
        continue;
      }
      const auto& q = batch.quarantined[item.index];
      QuarantineRow row{static_cast<std::int64_t>(d.items.size()) + 1,
                        document,
                        q.place,
                        std::string(q.element),
                        std::string(q.reason),
                        std::nullopt,
                        {}};
      d.items.push_back("quarantined " + std::to_string(q.place.line) + " " + row.element + ": " + row.reason);
      d.quarantined.push_back(std::move(row));
      ++d.row.counts.quarantined;
    }
    return Done{};
  }
  Result<> wait_staged(std::int64_t) override { return Done{}; }

  // What is gone is told as an item of its own; `keep_scopes`: a record of the scope is in quarantine.
  Result<bool> annul_gone(std::int64_t document, std::string_view scope) override {
    if (annul_error) return *std::exchange(annul_error, std::nullopt);
    if (!keep_scopes) documents.at(document).items.push_back("complete " + std::string(scope));
    return !keep_scopes;
  }
  bool keep_scopes = false;
  std::optional<Error> annul_error;  // of the next call

  Result<DocumentRow> seal(std::int64_t document) override {
    if (fail_seal) return {Failure::kIo, "commit failed"};
    return end(document, DocumentState::kSealed);
  }
  Result<DocumentRow> reject(std::int64_t document, std::string_view reason, Place place) override {
    documents.at(document).row.reason = reason;
    documents.at(document).row.place = place;
    return end(document, DocumentState::kRejected);
  }
  void release(std::int64_t) override { ++released; }
  Result<std::uint32_t> crashed(std::int64_t document) override { return ++crashes[document]; }
  std::map<std::int64_t, std::uint32_t> crashes;

  Result<DocumentRow> register_rejected(const DocumentArrival& arrival, std::string_view reason) override {
    const std::int64_t id = static_cast<std::int64_t>(documents.size()) + 1;
    documents[id].row.id = id;
    documents[id].row.arrival = arrival;
    return reject(id, reason, {});
  }

  Result<std::vector<QuarantineRow>> quarantined(std::int64_t document, std::int64_t after,
                                                 std::size_t limit) override {
    largest_page = std::max(largest_page, limit);
    std::vector<QuarantineRow> out;
    for (const auto& row : documents.at(document).quarantined)
      if (row.id > after && out.size() < limit) out.push_back(row);
    return out;
  }

  // "1 sealed a.txt: event x, event y"
  [[nodiscard]] std::string state() const {
    std::string out;
    for (const auto& [id, d] : documents) {
      out += std::to_string(id) + " " + std::string(to_text(d.row.state)) + " " + d.row.arrival.name + ":";
      if (d.row.state != DocumentState::kRejected)
        for (const auto& item : d.items) out += " " + item + ";";
      if (!d.row.reason.empty()) out += " " + d.row.reason;
      out += "\n";
    }
    return out;
  }

  std::map<std::int64_t, Document> documents;
  int opened = 0, released = 0, staged_batches = 0;
  int fail_stage_after = 0;  // the nth call fails
  Error stage_error{Failure::kIo, "disk"};
  bool fail_seal = false;
  std::size_t largest_page = 0;

 private:
  DocumentRow end(std::int64_t document, DocumentState state) {
    DocumentRow& row = documents.at(document).row;
    row.state = state;
    row.ended = clock_.now();
    return row;
  }
  const Clock& clock_;
};

// Each line is a record: "!x" is quarantined, "cut" breaks the document, "bug" the reader, "crash" its process, "scope
// x" declares a complete scope, all else is an event. `during` runs after the first line.
class LineReader final : public Reader {
 public:
  int sniff(std::string_view, std::string_view) override { return 100; }
  std::optional<ParseFailure> parse(const DocumentArrival& document, ByteStream& bytes, EventReceiver& out) override {
    ++parsed;
    seen = document;
    std::string text;
    for (char chunk[16];;) {
      auto got = bytes.read(chunk);
      if (!got) return ParseFailure{got.error(), {}};
      if (*got == 0) break;
      text.append(chunk, *got);
      if (during) std::exchange(during, {})();
    }
    return lines(text, out);
  }
  int parsed = 0;
  DocumentArrival seen;
  std::function<void()> during;

 private:
  static std::optional<ParseFailure> lines(const std::string& text, EventReceiver& out) {
    std::uint32_t line = 0;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      const std::string row = text.substr(at, end - at);
      at = end + 1;
      ++line;
      if (row == "cut") return ParseFailure{{Failure::kInvalid, "the document ends too early"}, {line, 4, at}};
      if (row == "crash") return ParseFailure{{Failure::kCrashed, "the plugin died: SIGSEGV"}, {}};
      if (row == "bug") return ParseFailure{{Failure::kInternal, "a bug"}, {}};
      const auto sent = row.rfind("scope ", 0) == 0 ? out.complete(row.substr(6)) : out.receive(one(row, line));
      if (!sent) return ParseFailure{sent.error(), {}};
    }
    return std::nullopt;
  }
  static EventBatch one(const std::string& row, std::uint32_t line) {
    EventBatch batch;
    auto heap = std::make_unique<char[]>(row.size() + 1);
    row.copy(heap.get(), row.size());
    const std::string_view text(heap.get(), row.size());
    batch.heaps.push_back(std::move(heap));
    batch.items.push_back({text.substr(0, 1) == "!", 0});
    if (text.substr(0, 1) == "!") {
      batch.quarantined.push_back({{line, 1, 0}, "row", text.substr(1), {}});
    } else {
      EventView event;
      event.record = text;
      event.place = {line, 1, 0};
      batch.events.push_back(event);
    }
    return batch;
  }
};

// The hub's rule in these tests: a record called "wrong" is refused.
inline Result<Validate> refuse_wrong(const DocumentArrival&) {
  return Validate([](const EventView& event, const DocumentArrival&) -> std::optional<Objection> {
    if (event.record == "wrong") return Objection{"Pid", "wrong check digit"};
    return std::nullopt;
  });
}

inline DropFolders open_drop(const std::filesystem::path& path) {
  auto drop = Folder::open(path.string());
  REQUIRE(drop.ok());
  auto folders = DropFolders::prepare(std::move(*drop));
  REQUIRE(folders.ok());
  return std::move(*folders);
}

struct DropRig {
  DropRig() : store(clock), intake(store, reader, refuse_wrong) { restart(); }

  // What a new process over the same folders and the same store sees.
  void restart(std::uint64_t max_bytes = kMaxDocumentBytes) {
    target = {"amblist-1", "partner-1", max_bytes, &intake, &store, &clock, transport};
    DropFolderOptions options;
    options.path = folder.path().string();
    options.audit = [this](const RefusedName& r) { refused.push_back(r.name + ": " + std::string(r.reason)); };
    drop = std::make_unique<DropFolder>(std::move(options), target);
  }
  void put(const std::string& name, const std::string& content) { write_file(folder.path() / name, content); }
  ScanReport scan() {
    auto report = drop->scan();
    REQUIRE(report.ok());
    return *report;
  }
  // As many looks, 5 s apart, as it takes for what lies there to be through.
  WorkReport settle(int rounds = 4) {
    WorkReport sum;
    for (int i = 0; i < rounds; ++i) {
      scan();
      const WorkReport r = drop->work({});
      sum.accepted += r.accepted;
      sum.repeated += r.repeated;
      sum.rejected += r.rejected;
      sum.put_off = r.put_off;
      if (r.first_error) sum.first_error = r.first_error;
      clock.advance(std::chrono::seconds{5});
    }
    return sum;
  }
  [[nodiscard]] bool has(const std::string& path) const { return std::filesystem::exists(folder.path() / path); }
  [[nodiscard]] std::string text(const std::string& path) const { return read_file(folder.path() / path); }
  // The names in a folder, sorted, without our own folders.
  [[nodiscard]] std::string names(const std::string& in) const {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path() / in)) {
      const std::string name = entry.path().filename().string();
      if (name != "work" && name != "done" && name != "rejected") all.push_back(name);
    }
    std::sort(all.begin(), all.end());
    std::string out;
    for (const auto& name : all) out += (out.empty() ? "" : " ") + name;
    return out;
  }

  TempFolder folder;
  ManualClock clock;
  MemoryStore store;
  LineReader reader;
  DocumentIntake intake;
  Transport transport = Transport::kBytes;  // from the next restart() on
  DropTarget target;
  std::unique_ptr<DropFolder> drop;
  std::vector<std::string> refused;
};

}  // namespace vestitel::test
