#include "tests/fault/store/cycle_document.hpp"

#include <fstream>
#include <iterator>

#include "core/base/crypto.hpp"
#include "tests/fault/store/must.hpp"

namespace vestitel::test {

CycleDocument CycleDocument::read(const std::string& folder, const std::string& name) {
  std::ifstream file(folder + "/" + name, std::ios::binary);
  must(file.is_open(), "reading a document");
  CycleDocument document;
  document.name = name;
  document.bytes.assign(std::istreambuf_iterator<char>(file), {});
  const std::string_view all = document.bytes;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = std::min(all.find('\n', at), all.size());
    if (end > at) document.lines.push_back(all.substr(at, end - at));
    at = end + 1;
  }
  return document;
}

DocumentArrival CycleDocument::arrival() const {
  DocumentArrival arrival;
  arrival.instance = "cycle";
  arrival.name = name;
  arrival.media_type = "text/plain";
  arrival.size = bytes.size();
  Sha256 hash;
  hash.add(bytes);
  arrival.sha256 = hash.finish();
  arrival.as_of = arrival.arrived = SystemClock().now();
  return arrival;
}

EventBatch CycleDocument::batch(std::size_t from, std::size_t to) const {
  EventBatch batch;
  for (std::size_t i = from; i < to; ++i) {
    const std::string_view line = lines.at(i);
    const std::size_t space = line.find(' ');
    const auto place = static_cast<std::uint32_t>(i + 1);
    if (line.substr(space + 1) == "!") {
      batch.items.push_back({true, static_cast<std::uint32_t>(batch.quarantined.size())});
      batch.quarantined.push_back({{place, 1, 0}, "person", "is missing", line});
      continue;
    }
    EventView event;
    event.type = "activity.outpatient";
    event.subject_type = IdentifierType::kNap;
    event.subject = line.substr(space + 1);
    event.scope = "facility-1";
    event.record = line.substr(0, space);
    event.place = {place, 1, 0};
    batch.items.push_back({false, static_cast<std::uint32_t>(batch.events.size())});
    batch.events.push_back(event);
  }
  return batch;
}

}  // namespace vestitel::test
