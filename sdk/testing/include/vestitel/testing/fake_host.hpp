// A host for tests, in the test's own process: no hub, no thread, no clock of its own. It takes a plugin from its
// entry, gives it bytes in any pieces or messages, and shows what came out as strings that compare in one line.
//
//   vestitel::testing::FakeHost host(vestitel_plugin_entry_v1);
//   host.now_us = ...;
//   REQUIRE(host.begin(R"({"port":25})").ok());           // create, configure, start
//   auto parsed = host.parse("a,b,c\n", {.chunk = 1});
//   CHECK(parsed.events[0] == "...");
#pragma once
#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <vestitel/abi.h>

#include "fake_services.hpp"
#include "render.hpp"

namespace vestitel::testing {

// How a call went: the code, and the error's texts where there was one.
struct Outcome {
  vestitel_rc rc = VESTITEL_OK;
  std::string message, field_path;
  std::int64_t retry_after_ms = 0;
  bool ok() const { return rc >= 0; }
};

// What a reader's parse or a feed's poll left behind, in the order of its calls.
struct Parsed : Outcome {
  std::vector<std::string> events;       // see render_event
  std::vector<std::string> quarantined;  // "line:column element: reason"
  std::vector<std::string> elements;     // of each quarantined record, as its bytes are
  std::vector<std::string> bytes;
  std::vector<std::uint64_t> offsets;  // where each quarantined record begins
  std::vector<std::string> completed, cursors;
  std::vector<std::uint32_t> batches;  // events of each batch
  std::uint64_t largest_heap = 0;
};

// What becomes of a document on its way in.
struct Delivered {
  std::size_t chunk = 65536;  // most bytes a read returns
  std::string name = "document", media_type = {}, partner = "partner";
  std::int64_t as_of_us = 0;
  bool complete = false;
  std::function<std::size_t(char*, std::size_t)> generate = {};  // instead of bytes: fills, returns 0 at the end
  std::uint64_t cancel_after = UINT64_MAX;                       // bytes read
};

// A message for a sink; what a test does not name has a harmless value.
struct TestMessage {
  std::string to, id = "m", title = "title", body = "body", idem_key = "k", locale = "bg", body_html = {},
                  data_json = {};
  std::uint32_t channel = VESTITEL_CHANNEL_EMAIL;
  std::int64_t expires_us = 0, deadline_us = 0;
  std::uint32_t priority = VESTITEL_PRIORITY_NORMAL;
};

// A message that a sink is asked about.
struct TestDoubt {
  std::string idem_key = "k", id = "m", provider_id = {};
  std::uint32_t channel = VESTITEL_CHANNEL_EMAIL;
  std::int64_t sent_us = 0, expires_us = 0;
  std::uint32_t asked = 0;
};

// What a sink's deliver or ask left behind; index = message.
struct Answers : Outcome {
  std::vector<std::string> verdicts;  // see render_verdict; empty: not settled
  std::vector<bool> begun;
  std::vector<std::string> breaches;  // settled twice, settled before begun, no such message
};

class FakeHost final : public FakeServices {
 public:
  // Knobs. Change them between calls, or from a generator during one.
  std::int64_t now_us = 1'795'608'000'000'000;  // 2026-11-25T12:00:00Z
  bool cancel = false;
  std::map<std::string, std::string> secrets;
  std::set<std::string> withheld;     // service ids that are answered with NULL
  vestitel_rc emit_rc = VESTITEL_OK;  // what emit answers
  // Sees each batch before it is rendered. False: it is refused as one that breaks the ABI, and not rendered.
  std::function<bool(const vestitel_batch&)> examine;
  std::vector<std::string> logs;  // "level message key=value ..."

  // The entry must outlive the host. Empty id: the library's first plugin.
  explicit FakeHost(const vestitel_entry& entry, std::string id = {}) : entry_(entry), id_(std::move(id)) {
    if (id_.empty()) id_ = text(entry_.describe(0)->id);
    fill();
  }
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;
  ~FakeHost() {
    if (plugin_ != nullptr) plugin_->destroy(plugin_);
  }

  const vestitel_descriptor& descriptor() const { return *entry_.describe(0); }
  vestitel_plugin* plugin() const { return plugin_; }

  Outcome create() {
    return called([&](vestitel_error* e) { return entry_.create(&host_, str(id_), &plugin_, e); });
  }
  Outcome configure(std::string_view json) {
    settings = json;
    return called([&](vestitel_error* e) { return plugin_->configure(plugin_, str(json), e); });
  }
  Outcome check() {
    return called([&](vestitel_error* e) { return plugin_->check(plugin_, e); });
  }
  Outcome start() {
    return called([&](vestitel_error* e) { return plugin_->start(plugin_, e); });
  }
  Outcome stop() {
    return called([&](vestitel_error*) { return plugin_->stop(plugin_, now_us + 1'000'000); });
  }
  // create, configure, start; the first that fails.
  Outcome begin(std::string_view json = "{}") {
    Outcome outcome = create();
    if (outcome.rc == VESTITEL_OK) outcome = configure(json);
    if (outcome.rc == VESTITEL_OK) outcome = start();
    return outcome;
  }

  Parsed parse(std::string_view bytes, Delivered delivered = {}) {
    const auto* table = extension<vestitel_parse_v1>("vestitel.parse/1");
    if (table == nullptr) return unsupported<Parsed>();
    Feeder feeder{this, bytes, delivered, 0};
    const vestitel_input input = {sizeof input, &feeder, read};
    vestitel_document document{};
    document.size = sizeof document;
    document.flags = delivered.complete ? VESTITEL_DOC_COMPLETE : 0;
    document.as_of_us = delivered.as_of_us;
    document.total_bytes = delivered.generate ? 0 : bytes.size();
    document.name = str(delivered.name);
    document.media_type = str(delivered.media_type);
    document.partner = str(delivered.partner);
    return collected([&](vestitel_error* e) { return table->parse(plugin_, &document, &input, e); });
  }

  Parsed poll(std::string_view cursor, std::uint32_t max_events = 1000) {
    const auto* table = extension<vestitel_poll_v1>("vestitel.poll/1");
    if (table == nullptr) return unsupported<Parsed>();
    open_unit();
    Parsed polled = collected([&](vestitel_error* e) { return table->poll(plugin_, str(cursor), max_events, e); });
    close_unit();
    return polled;
  }

  std::int32_t sniff(std::string_view name, std::string_view head) {
    const auto* table = extension<vestitel_parse_v1>("vestitel.parse/1");
    if (table == nullptr || table->sniff == nullptr) return 0;
    return table->sniff(plugin_, str(name), reinterpret_cast<const std::uint8_t*>(head.data()), head.size());
  }

  Answers deliver(const std::vector<TestMessage>& messages) {
    const auto* table = extension<vestitel_deliver_v1>("vestitel.deliver/1");
    if (table == nullptr) return unsupported<Answers>();
    std::string heap;
    std::vector<vestitel_msg> flat;
    for (const TestMessage& m : messages) flat.push_back(flatten(m, heap));
    const vestitel_msg_batch batch = {
        sizeof batch, sizeof(vestitel_msg), static_cast<std::uint32_t>(flat.size()), 0, flat.data(),
        heap.data(),  heap.size()};
    answers_ = {};
    answers_.verdicts.resize(messages.size());
    answers_.begun.resize(messages.size());
    static_cast<Outcome&>(answers_) = called([&](vestitel_error* e) { return table->deliver(plugin_, &batch, e); });
    return answers_;
  }

  // A provider's call; what it reports stands in `receipts`. head: lines "name: value\n", ":method" and ":query" first.
  Outcome callback(std::string_view head, std::string_view body = {}) {
    const auto* table = extension<vestitel_receipts_v1>("vestitel.receipts/1");
    if (table == nullptr || table->on_callback == nullptr) return unsupported<Outcome>();
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(body.data());
    return called([&](vestitel_error* e) { return table->on_callback(plugin_, str(head), bytes, body.size(), e); });
  }
  Outcome poll_receipts(std::uint32_t max = 100) {
    const auto* table = extension<vestitel_receipts_v1>("vestitel.receipts/1");
    if (table == nullptr || table->poll_receipts == nullptr) return unsupported<Outcome>();
    return called([&](vestitel_error* e) { return table->poll_receipts(plugin_, max, e); });
  }

  // What the sink answers about messages in doubt. Nothing has to be begun.
  Answers ask(const std::vector<TestDoubt>& doubts) {
    const auto* table = extension<vestitel_ask_v1>("vestitel.ask/1");
    if (table == nullptr) return unsupported<Answers>();
    std::string heap;
    std::vector<vestitel_doubt> flat;
    for (const TestDoubt& one : doubts) flat.push_back(flatten(one, heap));
    const vestitel_doubt_batch batch = {
        sizeof batch, sizeof(vestitel_doubt), static_cast<std::uint32_t>(flat.size()), 0, flat.data(), heap.data(),
        heap.size()};
    answers_ = {};
    answers_.verdicts.resize(doubts.size());
    answers_.begun.assign(doubts.size(), true);
    static_cast<Outcome&>(answers_) = called([&](vestitel_error* e) { return table->ask(plugin_, &batch, e); });
    return answers_;
  }

 private:
  struct Feeder {
    FakeHost* host;
    std::string_view bytes;
    Delivered& delivered;
    std::uint64_t given;
  };

  static FakeHost& of(const vestitel_host* host) {
    return static_cast<FakeHost&>(*static_cast<FakeServices*>(host->ctx));
  }

  static vestitel_rc read(void* ctx, std::uint8_t* into, std::uint64_t cap, std::uint64_t* got) {
    Feeder& f = *static_cast<Feeder*>(ctx);
    if (f.given >= f.delivered.cancel_after) f.host->cancel = true;
    const std::size_t room = std::min<std::size_t>(static_cast<std::size_t>(cap), f.delivered.chunk);
    if (f.delivered.generate) {
      *got = f.delivered.generate(reinterpret_cast<char*>(into), room);
    } else {
      const std::size_t n = std::min(room, f.bytes.size());
      std::copy_n(f.bytes.data(), n, reinterpret_cast<char*>(into));
      f.bytes.remove_prefix(n);
      *got = n;
    }
    f.given += *got;
    return VESTITEL_OK;
  }

  template <class Body>
  static Outcome called(Body&& body) {
    vestitel_error error{};
    error.size = sizeof error;
    Outcome outcome;
    outcome.rc = body(&error);
    outcome.message.assign(error.message, error.message_len);
    outcome.field_path.assign(error.field_path, error.field_path_len);
    outcome.retry_after_ms = error.retry_after_ms;
    return outcome;
  }
  template <class Body>
  Parsed collected(Body&& body) {
    parsed_ = {};
    const Outcome outcome = called(body);
    static_cast<Outcome&>(parsed_) = outcome;
    return std::move(parsed_);
  }
  template <class Result>
  static Result unsupported() {
    Result result;
    result.rc = VESTITEL_E_UNSUPPORTED;
    return result;
  }
  template <class Table>
  const Table* extension(const char* id) const {
    return plugin_ == nullptr ? nullptr : static_cast<const Table*>(plugin_->get_extension(plugin_, id));
  }

  static vestitel_span put_into(std::string& heap, const std::string& s) {
    const vestitel_span span = {static_cast<std::uint32_t>(heap.size()), static_cast<std::uint32_t>(s.size())};
    heap += s;
    return span;
  }
  static vestitel_doubt flatten(const TestDoubt& one, std::string& heap) {
    vestitel_doubt flat{};
    flat.size = sizeof flat;
    flat.channel = one.channel;
    flat.id = put_into(heap, one.id);
    flat.idem_key = put_into(heap, one.idem_key);
    flat.provider_id = put_into(heap, one.provider_id);
    flat.sent_us = one.sent_us;
    flat.expires_us = one.expires_us;
    flat.asked = one.asked;
    return flat;
  }
  static vestitel_msg flatten(const TestMessage& m, std::string& heap) {
    const auto put = [&](const std::string& s) { return put_into(heap, s); };
    vestitel_msg flat{};
    flat.size = sizeof flat;
    flat.channel = m.channel;
    flat.id = put(m.id);
    flat.to = put(m.to);
    flat.title = put(m.title);
    flat.body = put(m.body);
    flat.body_html = put(m.body_html);
    flat.data_json = put(m.data_json);
    flat.idem_key = put(m.idem_key);
    flat.locale = put(m.locale);
    flat.expires_us = m.expires_us;
    flat.deadline_us = m.deadline_us;
    flat.priority = m.priority;
    return flat;
  }

  void fill() {
    host_.size = sizeof host_;
    host_.abi_major = VESTITEL_ABI_MAJOR;
    host_.abi_minor = VESTITEL_ABI_MINOR;
    host_.ctx = static_cast<FakeServices*>(this);
    host_.name = str("fake-host");
    host_.version = str("1.0.0");
    host_.instance_id = str("under-test");
    host_.get_service = [](const vestitel_host* h, const char* id) { return of(h).service(id); };
    host_.cancelled = [](const vestitel_host* h) -> std::int32_t { return of(h).cancel ? 1 : 0; };
    host_.now_us = [](const vestitel_host* h) { return of(h).now_us; };
    fill_emit();
    fill_others();
  }
  void fill_emit() {
    emit_.size = sizeof emit_;
    emit_.emit = [](const vestitel_host* h, const vestitel_batch* b, vestitel_error*) { return of(h).take(*b); };
    emit_.quarantine = [](const vestitel_host* h, vestitel_place place, vestitel_str element, vestitel_str reason,
                          vestitel_str bytes, vestitel_error*) -> vestitel_rc {
      Parsed& p = of(h).parsed_;
      p.quarantined.push_back(std::to_string(place.line) + ":" + std::to_string(place.column) + " " + text(element) +
                              ": " + text(reason));
      p.elements.push_back(text(element));
      p.bytes.push_back(text(bytes));
      p.offsets.push_back(place.byte);
      return VESTITEL_OK;
    };
    emit_.complete = [](const vestitel_host* h, vestitel_str scope, vestitel_error*) -> vestitel_rc {
      of(h).parsed_.completed.push_back(text(scope));
      return VESTITEL_OK;
    };
    emit_.commit = [](const vestitel_host* h, vestitel_str cursor, vestitel_error*) -> vestitel_rc {
      of(h).parsed_.cursors.push_back(text(cursor));
      of(h).commit_unit();
      return VESTITEL_OK;
    };
  }
  void fill_others() {
    delivery_.size = sizeof delivery_;
    delivery_.begin = [](const vestitel_host* h, std::uint32_t i) { of(h).begun(i); };
    delivery_.settle = [](const vestitel_host* h, std::uint32_t i, const vestitel_verdict* v) { of(h).settle(i, *v); };
    log_.size = sizeof log_;
    log_.enabled = [](const vestitel_host*, std::int32_t) -> std::int32_t { return 1; };
    log_.write = [](const vestitel_host* h, std::int32_t level, vestitel_str message, const vestitel_kv* pairs,
                    std::uint32_t n) {
      std::string line = std::to_string(level) + " " + text(message);
      for (std::uint32_t i = 0; i < n; ++i) line += " " + text(pairs[i].key) + "=" + text(pairs[i].value);
      const std::lock_guard lock(of(h).mutex_);
      of(h).logs.push_back(line);
    };
    secret_.size = sizeof secret_;
    secret_.read = [](const vestitel_host* h, vestitel_str name, void (*use)(void*, vestitel_str), void* arg,
                      vestitel_error*) -> vestitel_rc {
      const auto found = of(h).secrets.find(text(name));
      if (found == of(h).secrets.end()) return VESTITEL_NOT_FOUND;
      use(arg, str(found->second));
      return VESTITEL_OK;
    };
  }

  const void* service(std::string_view id) const {
    if (withheld.count(std::string(id)) != 0) return nullptr;
    if (id == "vestitel.emit/1") return &emit_;
    if (id == "vestitel.delivery/1") return &delivery_;
    if (id == "vestitel.log/1") return &log_;
    if (id == "vestitel.secret/1") return &secret_;
    return extra_service(id);
  }

  vestitel_rc take(const vestitel_batch& batch) {
    if (emit_rc < 0) return emit_rc;
    if (examine && !examine(batch)) return VESTITEL_E_INVALID;
    for (std::uint32_t i = 0; i < batch.count; ++i) parsed_.events.push_back(render_event(batch, i));
    parsed_.batches.push_back(batch.count);
    parsed_.largest_heap = std::max(parsed_.largest_heap, batch.heap_len);
    return VESTITEL_OK;
  }
  void begin_message(std::uint32_t i) override { begun(i); }
  bool asked_to_stop() const override { return cancel; }
  void breach(std::uint32_t i, const char* what) { answers_.breaches.push_back(std::to_string(i) + ": " + what); }
  void begun(std::uint32_t i) {
    const std::lock_guard lock(mutex_);
    if (i >= answers_.begun.size()) return breach(i, "no such message");
    answers_.begun[i] = true;
  }
  void settle(std::uint32_t i, const vestitel_verdict& verdict) {
    const std::lock_guard lock(mutex_);
    if (i >= answers_.verdicts.size()) return breach(i, "no such message");
    if (!answers_.verdicts[i].empty()) return breach(i, "settled twice");
    const bool may_have_left =
        verdict.kind == VESTITEL_ACCEPTED || verdict.kind == VESTITEL_DELIVERED || verdict.kind == VESTITEL_UNKNOWN;
    if (may_have_left && !answers_.begun[i]) breach(i, "settled as sent, but never begun");
    answers_.verdicts[i] = render_verdict(verdict);
  }

  const vestitel_entry& entry_;
  std::string id_;
  vestitel_plugin* plugin_ = nullptr;
  vestitel_host host_{};
  vestitel_emit_v1 emit_{};
  vestitel_delivery_v1 delivery_{};
  vestitel_log_v1 log_{};
  vestitel_secret_v1 secret_{};
  Parsed parsed_;
  Answers answers_;
};

}  // namespace vestitel::testing
