// Where a source hands over what it has read. Events gather in flat blocks (events, attributes, heap) and cross to
// the host in batches; nothing is allocated for an event or a field.
#pragma once
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "call.hpp"
#include "time.hpp"

namespace vestitel {
inline namespace v1 {

// Limits of a batch. A batch goes to the host as soon as it holds kBatchEvents events or kBatchHeap bytes of text;
// the event that reaches the limit still travels with it. A larger event is quarantined, not cut.
inline constexpr std::uint32_t kBatchEvents = 4000;
inline constexpr std::uint32_t kBatchHeap = 1024 * 1024;
inline constexpr std::uint32_t kEventHeap = 64 * 1024;
inline constexpr std::uint32_t kEventAttrs = 1024;

// Fills one event; valid until the next call on its Emit. All texts are copied, UTF-8. An optional text that is
// empty leaves no trace. What cannot be right (a text that is not UTF-8, no such day, a mandatory field that stays
// empty) turns the event into a quarantined record when it is finished; nothing is repaired or lost.
class Event {
 public:
  // The dedupe key: `record` is unique within `scope`, and both are the same at every delivery. Scope is what a
  // source may declare complete, and keeps neighbours together (facility and month, say). No person's identifier.
  Event& key(std::string_view scope, std::string_view record);

  // Whom it is about, by the type that the document declares. The host checks the number by its type.
  Event& subject(std::uint16_t kind, std::string_view id);
  Event& egn(std::string_view id) { return subject(VESTITEL_EGN, id); }
  Event& lnch(std::string_view id) { return subject(VESTITEL_LNCH, id); }
  Event& nap(std::string_view id) { return subject(VESTITEL_NAP, id); }
  Event& ehic(std::string_view id) { return subject(VESTITEL_EHIC, id); }
  Event& uin(std::string_view id) { return subject(VESTITEL_UIN, id); }

  // When it happened: a civil date (YYYY-MM-DD), or an instant in microseconds since 1970 UTC.
  Event& on(std::string_view iso_date);
  Event& on(std::string_view date, std::string_view pattern);  // "DD.MM.YYYY"; see parse_date()
  Event& on(const Date& date);
  Event& at(std::int64_t us);
  // When it was reported, where the format says so; else the host's as-of date stands.
  Event& reported_on(const Date& date);
  Event& reported_at(std::int64_t us);

  // Number of the record itself; twelve characters: the national one, which ties sources together.
  Event& number(std::string_view document_number);
  // Code of the facility (ten digits), its name as reported, its region (01 to 28).
  Event& facility(std::string_view code, std::string_view name = {}, std::string_view region = {});
  Event& practitioner(std::string_view uin, std::string_view name = {}, std::string_view specialty = {});
  // A code of a system (icd10, ksmp, ...) with its display. May repeat.
  Event& code(std::string_view system, std::string_view code, std::string_view text = {});
  // Number of another document: referral, sheet, prescription, stay, parent. May repeat.
  Event& ref(std::string_view kind, std::string_view number);
  // Any other attribute. Keys outside the SDK's list carry the plugin's own prefix. May repeat.
  Event& attr(std::string_view key, std::string_view value);

  // Only where the record itself says so; else the host compares and decides.
  Event& corrected();
  Event& annulled();

 private:
  friend class Emit;
  explicit Event(class Emit& emit) : emit_(emit) {}
  class Emit& emit_;
};

class Emit {
 public:
  // Borrows all; null service: every hand-over fails with E_DENIED. [work]
  Emit(const vestitel_emit_v1* service, Call& call) : service_(service), call_(call), event_(*this) {
    if (service_ == nullptr) call_.fail_with(VESTITEL_E_DENIED, "service vestitel.emit/1 is not granted");
  }
  Emit(const Emit&) = delete;
  Emit& operator=(const Emit&) = delete;

  // Begins an event of this type ("activity.outpatient"); `place` is where its record stands in the document.
  Event& event(std::string_view type, vestitel_place place = {});

  // A record that could not become an event. `element` and `reason` name things and places, never values; `bytes`
  // is the record as it came, of which 64 KiB are kept.
  void quarantine(vestitel_place place, std::string_view element, std::string_view reason, std::string_view bytes = {});

  // Every record of this scope has been emitted: what the hub knows beyond them is annulled. Only when the document
  // provably covers the scope.
  void complete(std::string_view scope);

  // Feeds: what was emitted since the last commit and the cursor become durable together. True: upstream may be
  // told "taken". A reader never commits.
  bool commit(std::string_view cursor);

  // Refuses the whole document; return from parse after it. The first reason stands.
  void reject(vestitel_place place, std::string_view element, std::string_view reason);

  // True when the call is over (rejected, cancelled, or the host failed): whatever is emitted now is dropped.
  bool failed() const { return call_.failed(); }
  // Asks the host; a source does so at least each 200 ms or 1 MiB. Reading Input does it too.
  bool cancelled() { return call_.check_cancelled(); }

  // Finishes the event under construction and hands the batch over. The layer calls it when parse returns.
  void flush();

 private:
  friend class Event;
  static constexpr std::uint32_t kHeapCap = kBatchHeap + kEventHeap;
  static constexpr std::uint32_t kAttrFlush = 16 * kBatchEvents;
  static constexpr std::uint32_t kAttrCap = kAttrFlush + kEventAttrs;

  // Texts that come back event after event stand in the heap once: a direct-mapped cache of their spans.
  static constexpr std::uint32_t kCacheSlots = 256;
  static std::uint32_t cache_slot(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
    const std::size_t n = text.size();
    const std::uint32_t mix = byte(0) ^ (byte(n / 2) << 3) ^ (byte(n - 1) << 5) ^ (byte(n * 3 / 4) << 7);
    return (mix * 31 + static_cast<std::uint32_t>(n) * 7) % kCacheSlots;
  }

  vestitel_event& current() { return events_[count_]; }
  void fault(const char* reason) {
    if (fault_ == nullptr) fault_ = reason;
  }
  void wrong_date(std::string_view pattern) {
    if (fault_ != nullptr) return;
    date_fault_.assign("the date is not a day written ").append(pattern);
    fault_ = date_fault_.c_str();
  }
  vestitel_span put(std::string_view text);
  vestitel_span put_shared(std::string_view text);
  char* room(std::size_t bytes);
  void add_attr(vestitel_span key, std::string_view value, bool shared);
  void finish();
  const char* missing() const;
  void hand_over();
  void allocate();

  const vestitel_emit_v1* service_;
  Call& call_;
  Event event_;
  // The batch. Only what lies below the counters is filled.
  std::unique_ptr<vestitel_event[]> events_;
  std::unique_ptr<vestitel_attr[]> attrs_;
  std::unique_ptr<char[]> heap_;
  vestitel_span cache_[kCacheSlots] = {};
  std::uint32_t count_ = 0, attr_count_ = 0, heap_len_ = 0;
  std::uint64_t seq_ = 0;
  // The event under construction.
  bool open_ = false;
  const char* fault_ = nullptr;
  std::string date_fault_;
  vestitel_place place_{};
  std::uint32_t event_heap_ = 0;
};

// ---- below: how it is done ---------------------------------------------------------------------------------------

inline Event& Event::key(std::string_view scope, std::string_view record) {
  emit_.current().scope = emit_.put_shared(scope);
  emit_.current().record_key = emit_.put(record);
  return *this;
}
inline Event& Event::subject(std::uint16_t kind, std::string_view id) {
  emit_.current().subject_kind = kind;
  emit_.current().subject = emit_.put(id);
  return *this;
}
inline Event& Event::on(std::string_view iso_date) {
  const auto date = parse_date(iso_date);
  if (date) return on(*date);
  emit_.fault("the date is not a day written YYYY-MM-DD");
  return *this;
}
inline Event& Event::on(std::string_view text, std::string_view pattern) {
  const auto date = parse_date(text, pattern);
  if (date) return on(*date);
  emit_.wrong_date(pattern);
  return *this;
}
inline Event& Event::on(const Date& date) {
  emit_.current().flags |= VESTITEL_OCCURRED_DATE_ONLY;
  emit_.current().occurred_at_us = midnight_us(date);
  return *this;
}
inline Event& Event::at(std::int64_t us) {
  emit_.current().flags &= ~VESTITEL_OCCURRED_DATE_ONLY;
  emit_.current().occurred_at_us = us;
  return *this;
}
inline Event& Event::reported_on(const Date& date) {
  emit_.current().flags |= VESTITEL_REPORTED_DATE_ONLY;
  emit_.current().reported_at_us = midnight_us(date);
  return *this;
}
inline Event& Event::reported_at(std::int64_t us) {
  emit_.current().flags &= ~VESTITEL_REPORTED_DATE_ONLY;
  emit_.current().reported_at_us = us;
  return *this;
}
inline Event& Event::number(std::string_view document_number) {
  emit_.current().document_number = emit_.put(document_number);
  return *this;
}
inline Event& Event::facility(std::string_view code, std::string_view name, std::string_view region) {
  emit_.current().facility = emit_.put_shared(code);
  emit_.add_attr(emit_.put_shared("facility.name"), name, true);
  emit_.add_attr(emit_.put_shared("facility.region"), region, true);
  return *this;
}
inline Event& Event::practitioner(std::string_view uin, std::string_view name, std::string_view specialty) {
  emit_.current().practitioner = emit_.put_shared(uin);
  emit_.add_attr(emit_.put_shared("practitioner.name"), name, true);
  emit_.add_attr(emit_.put_shared("practitioner.specialty"), specialty, true);
  return *this;
}
inline Event& Event::code(std::string_view system, std::string_view code, std::string_view text) {
  if (code.empty()) return *this;
  char key[64] = "code.";
  constexpr std::size_t kPrefix = 5, kSuffix = 5;
  if (system.size() > sizeof key - kPrefix - kSuffix) {
    emit_.fault("the code system's name is too long");
    return *this;
  }
  std::memcpy(key + kPrefix, system.data(), system.size());
  const std::size_t n = kPrefix + system.size();
  emit_.add_attr(emit_.put_shared({key, n}), code, true);
  std::memcpy(key + n, ".text", kSuffix);
  emit_.add_attr(emit_.put_shared({key, n + kSuffix}), text, true);
  return *this;
}
inline Event& Event::ref(std::string_view kind, std::string_view number) {
  char key[64] = "ref.";
  constexpr std::size_t kPrefix = 4;
  if (kind.size() > sizeof key - kPrefix) {
    emit_.fault("the reference's kind is too long");
    return *this;
  }
  std::memcpy(key + kPrefix, kind.data(), kind.size());
  emit_.add_attr(emit_.put_shared({key, kPrefix + kind.size()}), number, false);
  return *this;
}
inline Event& Event::attr(std::string_view key, std::string_view value) {
  if (!value.empty()) emit_.add_attr(emit_.put_shared(key), value, value.size() <= 16);
  return *this;
}
inline Event& Event::corrected() {
  emit_.current().revision = VESTITEL_CORRECTED;
  return *this;
}
inline Event& Event::annulled() {
  emit_.current().revision = VESTITEL_ANNULLED;
  return *this;
}

// Uninitialized on purpose: pages that a small document does not reach are never touched.
inline void Emit::allocate() {
  events_.reset(new vestitel_event[kBatchEvents + 1]);
  attrs_.reset(new vestitel_attr[kAttrCap]);
  heap_.reset(new char[kHeapCap]);
}

inline Event& Emit::event(std::string_view type, vestitel_place place) {
  if (open_) finish();
  if (!heap_) allocate();
  open_ = true;
  fault_ = nullptr;
  place_ = place;
  event_heap_ = heap_len_;
  vestitel_event& e = current();
  e = vestitel_event{};
  e.size = sizeof e;
  e.revision = VESTITEL_NEW;
  e.occurred_at_us = e.reported_at_us = VESTITEL_TIME_UNKNOWN;
  e.attr_first = attr_count_;
  e.line = place.line;
  e.column = place.column;
  e.type = put_shared(type);
  return event_;
}

inline char* Emit::room(std::size_t bytes) {
  if (bytes > kHeapCap - heap_len_ || heap_len_ - event_heap_ + bytes > kEventHeap) {
    fault("the event holds more text than 64 KiB");
    return nullptr;
  }
  char* at = heap_.get() + heap_len_;
  heap_len_ += static_cast<std::uint32_t>(bytes);
  return at;
}

inline vestitel_span Emit::put(std::string_view text) {
  if (text.empty()) return {};
  if (!is_text(text)) {
    fault("a text is not UTF-8");
    return {};
  }
  const std::uint32_t off = heap_len_;
  char* at = room(text.size());
  if (at == nullptr) return {};
  std::memcpy(at, text.data(), text.size());
  return {off, static_cast<std::uint32_t>(text.size())};
}

inline vestitel_span Emit::put_shared(std::string_view text) {
  if (text.empty()) return {};
  vestitel_span& known = cache_[cache_slot(text)];
  if (known.len == text.size() && std::memcmp(heap_.get() + known.off, text.data(), text.size()) == 0) return known;
  const vestitel_span span = put(text);
  if (span.len != 0) known = span;
  return span;
}

inline void Emit::add_attr(vestitel_span key, std::string_view value, bool shared) {
  if (value.empty()) return;
  vestitel_event& e = current();
  if (e.attr_count == kEventAttrs) return fault("the event holds more than 1,024 attributes");
  attrs_[attr_count_++] = {key, shared ? put_shared(value) : put(value)};
  ++e.attr_count;
}

inline const char* Emit::missing() const {
  const vestitel_event& e = events_[count_];
  if (e.type.len == 0) return "the event has no type";
  if (e.scope.len == 0 || e.record_key.len == 0) return "the record has no key";
  if (e.subject.len == 0) return "the record names nobody";
  if (e.occurred_at_us == VESTITEL_TIME_UNKNOWN) return "the record has no date";
  return nullptr;
}

// The event under construction becomes part of the batch, or a quarantined record. Its text may stay in the heap:
// shared spans may already point at it.
inline void Emit::finish() {
  open_ = false;
  if (fault_ == nullptr) fault_ = missing();
  if (fault_ == nullptr) {
    ++count_;
  } else {
    attr_count_ = current().attr_first;
    quarantine(place_, "record", fault_);
  }
  if (count_ >= kBatchEvents || heap_len_ >= kBatchHeap || attr_count_ >= kAttrFlush) hand_over();
}

inline void Emit::hand_over() {
  if (count_ > 0 && !call_.check_cancelled()) {
    const vestitel_batch batch = {sizeof(vestitel_batch), sizeof(vestitel_event), seq_++,      count_,   attr_count_,
                                  events_.get(),          attrs_.get(),           heap_.get(), heap_len_};
    call_.fail_with(service_->emit(call_.host().abi(), &batch, call_.error()));
  }
  count_ = attr_count_ = heap_len_ = 0;
  std::memset(cache_, 0, sizeof cache_);
}

inline void Emit::flush() {
  if (open_) finish();
  hand_over();
}

inline void Emit::quarantine(vestitel_place place, std::string_view element, std::string_view reason,
                             std::string_view bytes) {
  if (open_) finish();
  if (call_.failed()) return;
  call_.fail_with(service_->quarantine(call_.host().abi(), place, to_str(element), to_str(reason),
                                       to_str(bytes.substr(0, kEventHeap)), call_.error()));
}

inline void Emit::complete(std::string_view scope) {
  flush();
  if (!call_.failed()) call_.fail_with(service_->complete(call_.host().abi(), to_str(scope), call_.error()));
}

inline bool Emit::commit(std::string_view cursor) {
  flush();
  if (!call_.failed()) call_.fail_with(service_->commit(call_.host().abi(), to_str(cursor), call_.error()));
  return !call_.failed();
}

inline void Emit::reject(vestitel_place place, std::string_view element, std::string_view reason) {
  std::string text;
  if (place.line != 0) {
    text = "line " + std::to_string(place.line) + ", column " + std::to_string(place.column) + ", ";
  }
  text.append(element).append(": ").append(reason);
  call_.fail_with(VESTITEL_E_DATA, text);
}

}  // namespace v1
}  // namespace vestitel
