// @TITLE@: each row of the laboratory's CSV becomes an event.
#include <vestitel/plugin.hpp>

struct @CLASS@ {
  void parse(const vestitel::Document& document, vestitel::Input& in, vestitel::Emit& out) {
    for (const auto& row : vestitel::table(in, out, ',')) {  // streams; 4 GiB is as good as 4 KiB
      out.event("activity.laboratory", row.place)
          .key(document.partner, row["number"])
          .egn(row["egn"])
          .on(row["date"], "YYYY-MM-DD")
          .code("ksmp", row["code"], row["test"]);
    }
  }
};
VESTITEL_READER(@CLASS@, "{}")
