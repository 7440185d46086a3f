// The receipt for people: Bulgarian first, then English, then the records that were set aside.
#include <fmt/format.h>

#include <array>

#include "core/intake/reason_bg.hpp"
#include "core/intake/receipt.hpp"
#include "core/intake/receipt_rows.hpp"

namespace vestitel {
namespace {

struct Words {
  std::string_view title, trial, file, number, received, accepted, nothing, rejected, repeat, reason, place, none;
  std::array<std::string_view, 6> counts;
};

constexpr Words kBulgarian{"РАЗПИСКА ЗА ПРИЕМАНЕ НА ОТЧЕТ",
                           "ПРОБА: нищо от файла не е записано и никой не е уведомен. Ако беше подаден, щеше да е:",
                           "Файл",
                           "Номер на документа",
                           "Получен на",
                           "ПРИЕТ. Резултат по записи:",
                           "ПРИЕТ, НО НИТО ЕДИН ЗАПИС НЕ Е ЗАПИСАН. Поправете записите и ги подайте отново:",
                           "ОТХВЪРЛЕН. Нищо от файла не е записано. Поправете го и го подайте отново.",
                           "ПОВТОРЕНИЕ. Същият файл вече беше приет; този път нищо не е записано. Резултатът тогава:",
                           "Причина",
                           "Място във файла",
                           "не е посочено",
                           {"приети нови", "коригирани", "анулирани", "повторени, без промяна",
                            "по-стари от известното, пропуснати", "задържани, вижте списъка по-долу"}};

constexpr Words kEnglish{"RECEIPT FOR A REPORT",
                         "TRIAL: nothing of the file was stored and nobody was told. Delivered, it would have been:",
                         "File",
                         "Document number",
                         "Received on",
                         "ACCEPTED. What became of its records:",
                         "ACCEPTED, BUT NO RECORD WAS TAKEN. Correct the records and deliver them again:",
                         "REJECTED. Nothing of the file was stored. Correct it and deliver it again.",
                         "REPEAT. The same file was accepted before; nothing was stored this time. The result then:",
                         "Reason",
                         "Place in the file",
                         "not stated",
                         {"new, accepted", "corrected", "annulled", "repeated, unchanged",
                          "older than what is known, left out", "set aside, see the list below"}};

std::string date_of(Instant instant) {
  const std::chrono::year_month_day ymd{sofia_date(instant)};
  return fmt::format("{:02}.{:02}.{:04}", static_cast<unsigned>(ymd.day()), static_cast<unsigned>(ymd.month()),
                     static_cast<int>(ymd.year()));
}

std::string place_text(const Place& place, std::string_view none) {
  if (place.line == 0) return std::string(none);
  if (place.column == 0) return fmt::format("ред/line {}", place.line);
  return fmt::format("ред/line {}, колона/column {}", place.line, place.column);
}

void append_counts(std::string& out, const DocumentCounts& n, const Words& words) {
  const std::array<std::int64_t, 6> values{n.accepted,   n.corrected, n.annulled,
                                           n.duplicates, n.outdated,  n.quarantined};
  for (std::size_t i = 0; i < values.size(); ++i) out += fmt::format("  {:>9}  {}\n", values[i], words.counts[i]);
}

// Every record was set aside: who reads only the first word must not take it for a success.
bool took_nothing(const DocumentCounts& n) {
  return n.quarantined > 0 && n.accepted + n.corrected + n.annulled + n.duplicates + n.outdated == 0;
}

std::string part(const Receipt& receipt, const Words& words, const std::string& reason) {
  const DocumentRow& row = receipt.row;
  std::string out = fmt::format("{}\n\n{}: {}\n{}: d-{}\n{}: {}\n\n", words.title, words.file, receipt.name,
                                words.number, row.id, words.received, date_of(row.arrival.arrived));
  if (receipt.trial) out += fmt::format("{}\n\n", words.trial);
  if (row.state == DocumentState::kRejected) {
    out += fmt::format("{}\n{}: {}\n{}: {}\n", words.rejected, words.reason, reason, words.place,
                       place_text(row.place, words.none));
    return out;
  }
  out += fmt::format("{}\n", receipt.repeat ? words.repeat : took_nothing(row.counts) ? words.nothing : words.accepted);
  append_counts(out, row.counts, words);
  return out;
}

}  // namespace

Result<> write_receipt_text(const Receipt& receipt, QuarantineLister& quarantine, TextSink& out) {
  const std::string& reason = receipt.row.reason;
  std::string head =
      part(receipt, kBulgarian, reason_in_bulgarian(reason)) + "\n----\n\n" + part(receipt, kEnglish, reason);
  if (receipt.row.counts.quarantined > 0 && receipt.row.state == DocumentState::kSealed)
    head +=
        "\n----\n\nЗадържани записи (не са записани; поправете ги и ги подайте отново)\n"
        "Records set aside (not stored; correct them and deliver them again)\n\n";
  if (auto done = out.write(head); !done) return done;
  const auto listed = each_quarantined(receipt.row, quarantine, kReceiptTextRows, [&](const QuarantineRow& row) {
    const std::string bulgarian = reason_in_bulgarian(row.reason);
    const std::string both = bulgarian == row.reason ? row.reason : bulgarian + " / " + row.reason;
    return out.write(fmt::format("{}  [{}] {}\n", place_text(row.place, "-"), row.element, both));
  });
  if (!listed) return listed.error();
  const auto left = not_listed(receipt.row, *listed);
  if (left == 0) return Done{};
  return out.write(
      fmt::format("... и още {0} записа; вижте разписката във формат JSON\n"
                  "... and {0} more; see the receipt in JSON\n",
                  left));
}

}  // namespace vestitel
