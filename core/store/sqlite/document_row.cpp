#include <algorithm>

#include "core/store/sqlite/intake.hpp"

namespace vestitel::sqlite {

const char* const kDocumentColumns =
    "d.id, i.name, d.partner, d.name, d.media_type, d.size, d.sha256, d.as_of, d.arrived, d.complete, d.state, "
    "d.accepted, d.corrected, d.annulled, d.duplicates, d.outdated, d.quarantined, d.ended, d.reason, d.line, d.col, "
    "d.byte, d.transport, d.baseline";

DocumentRow read_document_row(Statement::Rows& row) {
  DocumentRow out;
  out.id = row.integer(0);
  out.arrival.instance = row.text(1);
  out.arrival.partner = row.text(2);
  out.arrival.name = row.text(3);
  out.arrival.media_type = row.text(4);
  out.arrival.size = static_cast<std::uint64_t>(row.integer(5));
  const auto sha256 = row.blob(6);
  std::copy_n(sha256.begin(), std::min(sha256.size(), out.arrival.sha256.size()),
              reinterpret_cast<char*>(out.arrival.sha256.data()));
  out.arrival.as_of = from_micros(row.integer(7));
  out.arrival.arrived = from_micros(row.integer(8));
  out.arrival.complete = row.integer(9) != 0;
  out.state = static_cast<DocumentState>(row.integer(10));
  out.counts = {row.integer(11), row.integer(12), row.integer(13), row.integer(14), row.integer(15), row.integer(16)};
  if (!row.null(17)) out.ended = from_micros(row.integer(17));
  out.reason = row.text(18);
  out.place = {static_cast<std::uint32_t>(row.integer(19)), static_cast<std::uint32_t>(row.integer(20)),
               static_cast<std::uint64_t>(row.integer(21))};
  out.arrival.transport = static_cast<Transport>(row.integer(22));
  out.arrival.baseline = row.integer(23) != 0;
  return out;
}

}  // namespace vestitel::sqlite
