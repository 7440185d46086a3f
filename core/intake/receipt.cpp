// The receipt for machines, and what both forms share.
#include "core/intake/receipt.hpp"

#include <fmt/format.h>

#include "core/base/json_text.hpp"
#include "core/intake/receipt_rows.hpp"

namespace vestitel {
namespace {

std::string_view state_of(const Receipt& receipt) {
  if (receipt.repeat) return "repeat";
  return receipt.row.state == DocumentState::kSealed ? "accepted" : "rejected";
}

void field(std::string& out, std::string_view key, std::string_view value) {
  out += fmt::format(",\n  \"{}\": ", key);
  append_json(out, value);
}

void append_place(std::string& out, const Place& place) {
  out += fmt::format("\"line\": {}, \"column\": {}", place.line, place.column);
}

std::string head(const Receipt& receipt) {
  const DocumentRow& row = receipt.row;
  std::string out = fmt::format("{{\n  \"document\": \"d-{}\"", row.id);
  field(out, "name", receipt.name);
  field(out, "state", state_of(receipt));
  if (receipt.trial) out += ",\n  \"trial\": true";
  field(out, "sha256", to_hex(row.arrival.sha256));
  out += fmt::format(",\n  \"size\": {}", row.arrival.size);
  field(out, "as_of", to_text(row.arrival.as_of));
  field(out, "arrived", to_text(row.arrival.arrived));
  if (row.ended) field(out, "ended", to_text(*row.ended));
  field(out, "written", to_text(receipt.written));
  const DocumentCounts& n = row.counts;
  if (row.state == DocumentState::kSealed)
    out += fmt::format(
        ",\n  \"counts\": {{\"accepted\": {}, \"corrected\": {}, \"annulled\": {}, \"duplicates\": {}, \"outdated\": "
        "{}, "
        "\"quarantined\": {}}}",
        n.accepted, n.corrected, n.annulled, n.duplicates, n.outdated, n.quarantined);
  if (row.state == DocumentState::kRejected) {
    field(out, "reason", row.reason);
    out += ",\n  \"place\": {";
    append_place(out, row.place);
    out += '}';
  }
  return out;
}

}  // namespace

Result<> write_receipt_json(const Receipt& receipt, QuarantineLister& quarantine, TextSink& out) {
  if (auto done = out.write(head(receipt) + ",\n  \"quarantined\": ["); !done) return done;
  bool first = true;
  const auto listed = each_quarantined(receipt.row, quarantine, kReceiptJsonRows, [&](const QuarantineRow& row) {
    std::string line = first ? "\n    {" : ",\n    {";
    first = false;
    append_place(line, row.place);
    line += ", \"element\": ";
    append_json(line, row.element);
    line += ", \"reason\": ";
    append_json(line, row.reason);
    return out.write(line += '}');
  });
  if (!listed) return listed.error();
  return out.write(fmt::format("{}],\n  \"quarantined_not_listed\": {}\n}}\n", first ? "" : "\n  ",
                               not_listed(receipt.row, *listed)));
}

Result<std::size_t> each_quarantined(const DocumentRow& row, QuarantineLister& quarantine, std::size_t most,
                                     const std::function<Result<>(const QuarantineRow&)>& take) {
  std::size_t seen = 0;
  if (row.state != DocumentState::kSealed || row.counts.quarantined == 0) return seen;
  std::int64_t after = 0;
  while (seen < most) {
    const auto page = quarantine.quarantined(row.id, after, std::min(kReceiptPage, most - seen));
    if (!page) return page.error();
    if (page->empty()) break;
    for (const auto& record : *page) {
      if (auto taken = take(record); !taken) return taken.error();
      after = record.id;
    }
    seen += page->size();
  }
  return seen;
}

std::int64_t not_listed(const DocumentRow& row, std::size_t listed) {
  if (row.state != DocumentState::kSealed) return 0;
  return std::max<std::int64_t>(0, row.counts.quarantined - static_cast<std::int64_t>(listed));
}

}  // namespace vestitel
