#include "sdk/tools/lab_reading.hpp"

#include <map>

#include "sdk/tools/show.hpp"
#include "sdk/tools/trial.hpp"

namespace vestitel {
namespace {

std::vector<LabField> fields_of(const EventView& event, Instant as_of) {
  std::vector<LabField> fields;
  const auto add = [&](std::string name, std::string value) {
    if (!value.empty()) fields.push_back({std::move(name), std::move(value), {}});
  };
  add("type", std::string(event.type));
  add("revision", std::string(to_text(event.revision)));
  add("subject", std::string(to_text(event.subject_type)) + ":" + std::string(event.subject));
  add("occurred", show_time(event.occurred_us, event.occurred_date_only));
  if (event.reported_date_only || event.reported_us != to_micros(as_of))
    add("reported", show_time(event.reported_us, event.reported_date_only));
  add("scope", std::string(event.scope));
  add("record", std::string(event.record));
  add("number", std::string(event.document_number));
  add("facility", std::string(event.facility));
  add("practitioner", std::string(event.practitioner));
  std::map<std::string_view, int> repeated;
  for (const auto& [key, value] : event.attributes) {
    const int n = ++repeated[key];
    add(std::string(key) + (n > 1 ? " (" + std::to_string(n) + ")" : ""), std::string(value));
  }
  return fields;
}

class Collecting final : public EventReceiver {
 public:
  Collecting(Instant as_of, std::vector<LabRecord>& into) : as_of_(as_of), into_(into) {}
  Result<> receive(EventBatch batch) override {
    for (const auto& item : batch.items) {
      if (item.quarantined) {
        const auto& q = batch.quarantined[item.index];
        into_.push_back({q.place, false, std::string(q.element) + ": " + std::string(q.reason), {}});
      } else {
        const auto& e = batch.events[item.index];
        into_.push_back(
            {e.place, true, std::string(e.type) + " " + std::string(to_text(e.revision)), fields_of(e, as_of_)});
      }
    }
    return Done{};
  }
  Result<> complete(std::string_view) override { return Done{}; }

 private:
  const Instant as_of_;
  std::vector<LabRecord>& into_;
};

}  // namespace

LabReading read_for_lab(Reader& reader, const DocumentArrival& arrival, std::string_view document,
                        ChildProgress& progress) {
  LabReading out;
  TriedBytes bytes(document, {}, progress);
  DocumentArrival sized = arrival;
  sized.size = document.size();
  Collecting collecting(arrival.as_of, out.records);
  out.refused = reader.parse(sized, bytes, collecting);
  return out;
}

char other_byte(char c, int step) {
  const auto turn = [&](char first, int count) {
    return static_cast<char>(first + (c - first + step + count) % count);
  };
  if (c >= '0' && c <= '9') return turn('0', 10);
  if (c >= 'a' && c <= 'z') return turn('a', 26);
  if (c >= 'A' && c <= 'Z') return turn('A', 26);
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80 ? static_cast<char>(c ^ 1) : c;
}

}  // namespace vestitel
