// A span that ends behind the heap.
#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static vestitel_rc emit_row(bare::Instance& self, const vestitel_document*, const bare::Row& row,
                              vestitel_error* error) {
    const std::string heap = "activity.laboratory scope key 9932319981";
    vestitel_event event{};
    event.size = sizeof event;
    event.revision = VESTITEL_NEW;
    event.subject_kind = VESTITEL_EGN;
    event.occurred_at_us = 0;
    event.reported_at_us = VESTITEL_TIME_UNKNOWN;
    event.line = row.line;
    event.type = {0, 19};
    event.scope = {20, 5};
    event.record_key = {26, 3};
    event.subject = {30, 100};
    const vestitel_batch batch{sizeof batch, sizeof event, 0, 1, 0, &event, nullptr, heap.data(), heap.size()};
    const auto* emit = self.service<vestitel_emit_v1>("vestitel.emit/1");
    if (emit == nullptr) return bare::fail(error, VESTITEL_E_DENIED, "service vestitel.emit/1 is not granted");
    emit->emit(self.host, &batch, error);
    return VESTITEL_OK;
  }
};
BARE(Broken)
