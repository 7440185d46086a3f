// What intake needs of a source, whatever home its plugin lives in.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/model/document.hpp"
#include "core/model/event.hpp"
#include "core/ports/kv_store.hpp"

namespace vestitel {

// Bytes of a document, pulled. Returns how many were read into `into`; 0 is the end.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  virtual Result<std::size_t> read(std::span<char> into) = 0;
};

// Takes what a source emits. Blocks while the hub is behind; an error ends the parse (kCancelled: the hub is
// stopping).
class EventReceiver {
 public:
  virtual ~EventReceiver() = default;
  virtual Result<> receive(EventBatch batch) = 0;
  // All records of this scope have been emitted: what the hub knows beyond them is annulled.
  virtual Result<> complete(std::string_view scope) = 0;
};

// Why a whole document was refused. kInvalid: its content; the place says where.
struct ParseFailure {
  Error error;
  Place place;
};

class Reader {
 public:
  virtual ~Reader() = default;
  // 0..100: how sure the reader is that such bytes are its own.
  virtual int sniff(std::string_view name, std::string_view head) = 0;
  // Reads one document to its end. Returns nothing when it was read whole. Thread: one at a time.
  virtual std::optional<ParseFailure> parse(const DocumentArrival& document, ByteStream& bytes, EventReceiver& out) = 0;
};

struct FeedAnswer {
  bool more = false;  // ask again at once
};

// Takes a feed's unit: what was received since the last commit becomes durable together with the cursor.
class FeedReceiver : public EventReceiver {
 public:
  // A change of what the plugin keeps, part of the running unit; a later one of the same key takes its place. That a
  // get of the same poll sees it already is the caller's work. kDenied, kInvalid: as KvStore::put.
  virtual Result<> change(KvChange change);
  virtual Result<> commit(std::string_view cursor) = 0;
  // How long the other side asks to be left alone; told before a poll fails with kBusy.
  virtual void put_off(std::chrono::milliseconds /*after*/) {}
};

// Where nothing is kept, as in the vendor's tools.
inline Result<> FeedReceiver::change(KvChange /*change*/) { return {Failure::kDenied, "nothing is kept here"}; }

class Feed {
 public:
  virtual ~Feed() = default;
  // Emits at most `max_events` of what is behind the cursor ("": from the start). kBusy: later; kConfig: settings or
  // credentials are at fault; kCrashed: the plugin's process died in the middle. Thread: one at a time.
  virtual Result<FeedAnswer> poll(std::string_view cursor, std::uint32_t max_events, FeedReceiver& out) = 0;
};

}  // namespace vestitel
