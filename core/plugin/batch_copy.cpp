#include "core/plugin/batch_copy.hpp"

#include <vestitel/abi.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "core/base/safe_text.hpp"

namespace vestitel {
namespace {

static_assert(sizeof(vestitel_event) == 112 && alignof(vestitel_event) == 8);
static_assert(VESTITEL_EGN == static_cast<int>(IdentifierType::kEgn) &&
              VESTITEL_UIN == static_cast<int>(IdentifierType::kUin));
static_assert(VESTITEL_NEW == static_cast<int>(Revision::kNew) &&
              VESTITEL_ANNULLED == static_cast<int>(Revision::kAnnulled));

constexpr std::uint32_t kMustUnderstand = 0xFFFF0000U;

Error breach(const std::string& what) { return {Failure::kInvalid, "the batch breaks the contract: " + what}; }

// Copies one batch. Each struct is copied before it is looked at: the plugin's memory may change under our eyes.
class Copier {
 public:
  Copier(const vestitel_batch& from, std::int64_t reported_us)
      : from_(from), reported_us_(reported_us), heap_(std::make_unique_for_overwrite<char[]>(from.heap_len)) {
    if (from.heap_len > 0) std::memcpy(heap_.get(), from.heap, from.heap_len);
  }

  Result<EventBatch> copy() {
    if (auto done = copy_attributes(); !done) return done.error();
    out_.events.reserve(from_.count);
    out_.items.reserve(from_.count);
    const auto* at = reinterpret_cast<const char*>(from_.events);
    for (std::uint32_t i = 0; i < from_.count; ++i, at += from_.stride) {
      vestitel_event event;
      std::memcpy(&event, at, sizeof event);
      if (auto done = copy_event(event, i); !done) return done.error();
    }
    out_.heaps.insert(out_.heaps.begin(), std::move(heap_));
    return std::move(out_);
  }

 private:
  bool view(vestitel_span span, std::string_view& into) const {
    if (span.off > from_.heap_len || span.len > from_.heap_len - span.off) return false;
    into = {heap_.get() + span.off, span.len};
    return true;
  }

  Result<> copy_attributes() {
    out_.attributes.resize(from_.attr_count);
    for (std::uint32_t i = 0; i < from_.attr_count; ++i) {
      vestitel_attr attr;
      std::memcpy(&attr, from_.attrs + i, sizeof attr);
      if (!view(attr.key, out_.attributes[i].key) || !view(attr.value, out_.attributes[i].value))
        return breach("attribute " + std::to_string(i) + " lies outside the heap");
    }
    return Done{};
  }

  // Why a sound event means nothing here, or null.
  static const char* objection(const vestitel_event& e) {
    if ((e.flags & kMustUnderstand) != 0) return "carries a mark that this hub must understand and does not";
    if (e.subject_kind < VESTITEL_EGN || e.subject_kind > VESTITEL_UIN) return "identifier type has no meaning here";
    if (e.revision < VESTITEL_NEW || e.revision > VESTITEL_ANNULLED) return "revision has no meaning here";
    return nullptr;
  }

  static std::string_view element(const vestitel_event& e) {
    if ((e.flags & kMustUnderstand) != 0) return "flags";
    return e.subject_kind < VESTITEL_EGN || e.subject_kind > VESTITEL_UIN ? "subject" : "revision";
  }

  Result<> copy_event(const vestitel_event& e, std::uint32_t index) {
    EventView v;
    const bool inside = view(e.type, v.type) && view(e.scope, v.scope) && view(e.record_key, v.record) &&
                        view(e.subject, v.subject) && view(e.document_number, v.document_number) &&
                        view(e.facility, v.facility) && view(e.practitioner, v.practitioner);
    if (!inside) return breach("event " + std::to_string(index) + " has text outside the heap");
    if (e.size < sizeof(vestitel_event) || e.size > from_.stride)
      return breach("event " + std::to_string(index) + " has a size that does not fit its stride");
    if (std::uint64_t{e.attr_first} + e.attr_count > from_.attr_count)
      return breach("event " + std::to_string(index) + " has attributes outside the batch");
    v.place = {e.line, e.column, 0};
    if (const char* why = objection(e); why != nullptr) {
      append_quarantined(out_, v.place, element(e), why, {});
      return Done{};
    }
    v.revision = static_cast<Revision>(e.revision);
    v.subject_type = static_cast<IdentifierType>(e.subject_kind);
    v.occurred_us = e.occurred_at_us;
    v.occurred_date_only = (e.flags & VESTITEL_OCCURRED_DATE_ONLY) != 0;
    const bool said = e.reported_at_us != VESTITEL_TIME_UNKNOWN;
    v.reported_us = said ? e.reported_at_us : reported_us_;
    v.reported_date_only = said && (e.flags & VESTITEL_REPORTED_DATE_ONLY) != 0;
    v.attributes = {out_.attributes.data() + e.attr_first, e.attr_count};
    out_.items.push_back({false, static_cast<std::uint32_t>(out_.events.size())});
    out_.events.push_back(v);
    return Done{};
  }

  const vestitel_batch& from_;
  const std::int64_t reported_us_;
  std::unique_ptr<char[]> heap_;
  EventBatch out_;
};

// Lays the pieces side by side and returns where each one is.
std::vector<std::string_view> keep(EventBatch& batch, std::initializer_list<std::string_view> pieces) {
  std::size_t total = 0;
  for (const auto piece : pieces) total += piece.size();
  auto heap = std::make_unique_for_overwrite<char[]>(std::max<std::size_t>(total, 1));
  std::vector<std::string_view> kept;
  char* at = heap.get();
  for (const auto piece : pieces) {
    std::copy(piece.begin(), piece.end(), at);
    kept.emplace_back(at, piece.size());
    at += piece.size();
  }
  batch.heaps.push_back(std::move(heap));
  return kept;
}

}  // namespace

Result<> check_batch_shape(const vestitel_batch& b) {
  if (b.size < sizeof(vestitel_batch)) return breach("its struct is smaller than that of ABI 1.0");
  if (b.count > kMaxBatchEvents || b.attr_count > kMaxBatchAttributes) return breach("it holds too many");
  if (b.heap_len > kMaxBatchHeap) return breach("its heap is too large");
  if ((b.heap_len > 0 && b.heap == nullptr) || (b.count > 0 && b.events == nullptr) ||
      (b.attr_count > 0 && b.attrs == nullptr))
    return breach("a block is null");
  if (b.count > 0 && (b.stride < sizeof(vestitel_event) || b.stride > kMaxStride || b.stride % 8 != 0))
    return breach("its stride is out of bounds");
  return Done{};
}

Result<EventBatch> copy_batch(const vestitel_batch& batch, std::int64_t reported_us) {
  vestitel_batch head;  // one look at what the plugin may still be changing
  std::memcpy(&head, &batch, sizeof head);
  if (auto sound = check_batch_shape(head); !sound) return sound.error();
  return Copier(head, reported_us).copy();
}

void append_quarantined(EventBatch& batch, Place place, std::string_view element, std::string_view reason,
                        std::string_view bytes) {
  const std::string safe_element = safe_text(element, 128), safe_reason = safe_text(reason, 256);
  const auto kept = keep(batch, {safe_element, safe_reason, bytes.substr(0, kMaxQuarantinedBytes)});
  batch.items.push_back({true, static_cast<std::uint32_t>(batch.quarantined.size())});
  batch.quarantined.push_back({place, kept[0], kept[1], kept[2]});
}

}  // namespace vestitel
