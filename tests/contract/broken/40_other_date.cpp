// Reads the date a day off.
#include "good.hpp"
struct Broken : good::Reader {
  void parse(const vestitel::Document& document, vestitel::Input& in, vestitel::Emit& out) {
    for (const auto& line : vestitel::lines(in)) {
      const auto cells = vestitel::csv(line.text);
      const auto date = cells.size() < 3 ? std::nullopt : vestitel::parse_date(cells[2]);
      if (!date) {
        row(document, line, out);
      } else {
        const auto next = vestitel::date_from_days(vestitel::days_from_epoch(*date) + 1);
        out.event("activity.laboratory", line.place).key(document.partner, cells[0]).egn(cells[1]).on(next);
      }
    }
  }
};
BROKEN_READER(Broken)
