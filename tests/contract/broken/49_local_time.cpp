// Reads a civil date in the machine's time zone.
#include <ctime>

#include "good.hpp"
struct Broken : good::Reader {
  void parse(const vestitel::Document& document, vestitel::Input& in, vestitel::Emit& out) {
    for (const auto& line : vestitel::lines(in)) {
      const auto cells = vestitel::csv(line.text);
      const auto date = cells.size() < 3 ? std::nullopt : vestitel::parse_date(cells[2]);
      if (!date) {
        row(document, line, out);
        continue;
      }
      std::tm local{};
      local.tm_year = date->year - 1900;
      local.tm_mon = date->month - 1;
      local.tm_mday = date->day;
      const std::int64_t us = std::int64_t{std::mktime(&local)} * 1'000'000;
      out.event("activity.laboratory", line.place).key(document.partner, cells[0]).egn(cells[1]).at(us);
    }
  }
};
BROKEN_READER(Broken)
