// A host for one instance, over the bare ABI: it records what a plugin does with it, refuses what a check wants
// refused, and can be smaller or larger than the plugin knows. In the child of one check only.
#pragma once
#include <vestitel/abi_services.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>
#include <vestitel/testing/fake_services.hpp>

#include "sdk/tools/check/event_rules.hpp"
#include "sdk/tools/check/kit_http.hpp"
#include "sdk/tools/check/placed.hpp"
#include "sdk/tools/check/trial.hpp"

namespace vestitel::check {

// How a call went.
struct Called {
  vestitel_rc rc = VESTITEL_OK;
  std::string message, field_path;
  bool threw = false;
  [[nodiscard]] bool ok() const { return rc >= 0; }
  [[nodiscard]] std::string text() const;  // "E_CONFIG /port: expected ...", for messages of the kit
};
std::string name_of_rc(vestitel_rc rc);

// Fills up to cap bytes, as vestitel_input.read does.
using ReadBytes = std::function<vestitel_rc(std::uint8_t* into, std::uint64_t cap, std::uint64_t* got)>;
// `bytes` in pieces of at most chunk(); the bytes outlive it.
ReadBytes in_chunks(std::string_view bytes, std::function<std::size_t()> chunk = {});

// What one parse or poll handed over.
struct Yield {
  Called call;
  std::vector<std::string> events, keys, quarantined, completed;  // events and quarantined as text of render.hpp
  std::vector<std::uint32_t> event_lines;
  std::vector<vestitel_place> places;  // of the quarantined
  struct Unit {
    std::vector<std::string> events;
    std::string cursor;
  };
  std::vector<Unit> units;  // feeds: one a commit
  std::uint64_t count = 0;  // events, also where they are not kept
  std::string problem;      // the first thing that breaks the ABI or the rules of an event
  // Everything that has to be the same when the same is read again.
  [[nodiscard]] std::string whole() const;
};

struct Message {
  std::string id, to, title, body, body_html, data_json, idem_key, locale = "bg";
  std::uint32_t channel = VESTITEL_CHANNEL_EMAIL;
  std::int64_t expires_us = 0, deadline_us = 0;
};

// A message that a sink is asked about.
struct Doubt {
  std::string id, idem_key, provider_id;
  std::uint32_t channel = VESTITEL_CHANNEL_EMAIL, asked = 0;
  std::int64_t sent_us = 0, expires_us = 0;
};

struct Answer {
  bool begun = false;
  int settled = 0;
  vestitel_verdict verdict{};
  [[nodiscard]] std::string text() const;  // as render.hpp writes it, or "not settled"
};
struct Delivered {
  Called call;
  std::vector<Answer> answers;
  std::string problem;  // the first breach of the rules of begin and settle
};

class Rig final : public testing::FakeServices {
 public:
  // Knobs.
  std::set<std::string> withheld;              // ids of services that are answered with NULL
  std::map<std::string, vestitel_rc> refused;  // "emit", "quarantine", "complete", "commit", "secret", "read" -> code
  std::map<std::string, std::string> secrets;
  std::function<std::int64_t()> clock;
  std::atomic<bool> cancel{false};
  bool keep = true;                 // keep the texts of events
  std::function<void()> on_commit;  // before a commit counts
  std::function<void()> after_commit;
  // What was seen.
  std::set<std::string> asked;    // ids of services
  std::vector<std::string> said;  // all that reaches people or logs: log lines, errors, reasons, quarantine texts
  int exceptions = 0;
  std::atomic<int> calls{0};  // of services

  // Borrows both.
  Rig(Trial& trial, const vestitel_entry& entry, Shape shape = Shape::ordinary);
  ~Rig();
  // Whether the host serves this to a plugin that asks for what this one does.
  [[nodiscard]] bool serves(std::string_view id) const;
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  Called create() { return create(trial_.subject.described.id); }
  Called create(std::string_view id);
  Called configure(std::string_view json);
  Called check();
  Called start();
  Called stop(std::int64_t deadline_us);
  void destroy();
  [[nodiscard]] bool alive() const { return plugin_ != nullptr; }
  [[nodiscard]] vestitel_plugin* plugin() const { return plugin_; }
  [[nodiscard]] std::int64_t now() const { return clock(); }

  // As the document of a sample; an empty name: "document". null table: E_UNSUPPORTED.
  Yield parse(const Sample& document, const ReadBytes& read);
  Yield parse(const Sample& document) { return parse(document, in_chunks(document.bytes)); }
  Yield poll(std::string_view cursor, std::uint32_t max_events);
  Delivered deliver(const std::vector<Message>& messages);
  // No more than its max_batch: more is never asked at once. What is begun is noted in the answers, and no breach.
  Delivered ask(const std::vector<Doubt>& doubts);
  [[nodiscard]] const void* extension(const char* id) const;
  // Inside after_commit: the unit that was committed.
  [[nodiscard]] const Yield::Unit& last_unit() const { return yield_->units.back(); }

 private:
  struct Services;
  friend struct Services;
  void begin_message(std::uint32_t i) override;
  [[nodiscard]] bool asked_to_stop() const override { return cancel; }
  testing::FakeAnswer answer_to(const testing::FakeRequest& request);
  KitHttp& outside();
  Called call(const std::function<vestitel_rc(vestitel_error*)>& body);
  void fill_host();
  void fill_tables();
  void say(std::string_view text);
  vestitel_rc take(const vestitel_batch* batch);
  void settle(std::uint32_t i, const vestitel_verdict* verdict);
  // Runs one call about `count` messages, with its answers.
  Delivered answered(std::size_t count, bool asking, const std::function<vestitel_rc(vestitel_error*)>& body);
  void breach(const std::string& what);

  Trial& trial_;
  const vestitel_entry& entry_;
  const Shape shape_;
  const std::set<std::string> own_attributes_;
  const KitAsks asks_;
  std::string cassette_;                // of the samples, as it is written
  std::unique_ptr<KitHttp> http_side_;  // made when it is needed
  vestitel_plugin* plugin_ = nullptr;
  Placed<vestitel_host> host_;
  Placed<vestitel_emit_v1> emit_;
  Placed<vestitel_delivery_v1> delivery_;
  Placed<vestitel_log_v1> log_;
  Placed<vestitel_secret_v1> secret_;
  std::mutex mutex_;  // over what services write
  Yield* yield_ = nullptr;
  Yield::Unit unit_;
  Delivered* delivered_ = nullptr;
  bool asking_ = false;  // the call that runs is ask, in which nothing is begun
};

}  // namespace vestitel::check
