// A message as one CloudEvent in JSON: the notice that it tells of, under the key of this delivery.
#pragma once
#include <string>
#include <string_view>

#include <vestitel/sink.hpp>

namespace vestitel::webhook {

// What of a message goes out beside the notice.
struct EventOptions {
  bool text = false;     // title and body
  bool address = false;  // of the person
};

struct Made {
  std::string json;
  std::string error;  // why there is none
  explicit operator bool() const { return error.empty(); }
};

// The event's id is the message's idem_key, the same at each repeat and for no other delivery, so that a receiver may
// drop what it knows; what was reported stands in `eventid`. docs/formats/webhook-event.schema.json has the whole form.
Made event_of(const Message& message, const EventOptions& options);

}  // namespace vestitel::webhook
