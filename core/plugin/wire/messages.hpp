// What the frames say, as values. Each has one function that writes it and one that reads what may be anything.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/plugin/wire/frame.hpp"

struct vestitel_error;
struct vestitel_verdict;

namespace vestitel::wire {

// Services that the hub grants, one bit each.
enum Service : std::uint32_t {
  kServiceEmit = 1,
  kServiceDelivery = 2,
  kServiceLog = 4,
  kServiceSecret = 8,
  kServiceKv = 16,
  kServiceMetric = 32,
  kServiceConnect = 64,
  kServiceHttp = 128,
  kServiceSubjects = 256,
  kServiceConfig = 512,
  kServiceClock = 1024,
  kServiceReceipt = 2048,
};

struct Path {  // what the runner's process may reach in the file system, beside the system's libraries
  std::string path;
  bool write = false;
};

struct Hello {
  std::uint32_t least = kVersion, most = kVersion;
  std::string instance, plugin;      // plugin "": describe the library and make no instance
  std::string library;               // its path, for words; the file itself is descriptor 5
  std::int64_t clock_offset_us = 0;  // the hub's clock less the system's
  std::uint32_t services = 0;
  std::vector<Path> paths;
};
std::string encode(const Hello& hello);
std::optional<Hello> decode_hello(std::string_view payload);

// A descriptor of vestitel/abi.h.
struct Descriptor {
  std::uint32_t kind = 0, flags = 0;
  std::string id, name, vendor, version, license, url, config_schema, capabilities;
};

struct Ready {
  std::uint32_t version = kVersion;
  std::string sandbox;  // what is in force, in words: "no-new-privs seccomp landlock-6 own-uid no-network"
  std::vector<Descriptor> plugins;
  bool parse = false, poll = false, deliver = false, check = false;  // what the instance can do
  std::uint32_t max_batch = 0;
  std::uint64_t max_body = 0;
  std::int64_t max_send_us = 0;
  bool callbacks = false, poll_receipts = false;  // may be left out: neither
  std::uint32_t max_ask = 0;                      // may be left out: it cannot be asked
};
std::string encode(const Ready& ready);
std::optional<Ready> decode_ready(std::string_view payload);

// How a call, or a request of a plugin, went: an rc with what a vestitel_error holds.
struct Outcome {
  std::int32_t rc = 0;
  std::int64_t retry_after_ms = 0;
  std::uint64_t item = UINT64_MAX;
  std::string_view field_path, message;  // borrowed
  std::string_view data;                 // what was asked for, where something was
};
std::string encode(const Outcome& outcome);
std::optional<Outcome> decode_outcome(std::string_view payload);
// An rc with its error as the ABI has it; fields of a negative rc alone.
Outcome outcome_of(std::int32_t rc, const vestitel_error& error);
void fill(const Outcome& from, vestitel_error& into);

struct DocumentHead {  // kParse
  std::uint32_t flags = 0;
  std::int64_t as_of_us = 0;
  std::uint64_t total_bytes = 0;
  std::string_view name, media_type, partner;
};
std::string encode(const DocumentHead& head);
std::optional<DocumentHead> decode_document(std::string_view payload);

struct QuarantinedRecord {  // kQuarantine
  std::uint64_t byte = 0;
  std::uint32_t line = 0, column = 0;
  std::string_view element, reason, bytes;
};
std::string encode(const QuarantinedRecord& record);
std::optional<QuarantinedRecord> decode_quarantined(std::string_view payload);

// kSettle: which message, and the verdict.
std::string encode(std::uint32_t message, const vestitel_verdict& verdict);
bool decode_settle(std::string_view payload, std::uint32_t& message, vestitel_verdict& verdict);

}  // namespace vestitel::wire
