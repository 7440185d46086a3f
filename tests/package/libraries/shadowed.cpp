// Two versions of one reader of lines "key,egn,date", for shadow runs. NEWER changes what it makes of some lines.
#include <unistd.h>

#include <cstdlib>
#include <vestitel/plugin.hpp>

#ifndef ID
#define ID "bg.acme.shadowed"
#endif

struct Shadowed {
#ifdef ASKS
  static constexpr vestitel::Traits kTraits =
      vestitel::Traits().capabilities(R"({"network":["lab.example:443"],"secrets":["token"]})");
#endif
  void parse(const vestitel::Document& document, vestitel::Input& in, vestitel::Emit& out) {
    for (const auto& line : vestitel::lines(in)) {
      const auto cells = vestitel::csv(line.text);
      if (cells.size() < 3) {
        out.quarantine(line.place, "row", "three columns expected", line.text);
        continue;
      }
#ifdef NEWER
      if (cells[0] == "crash") std::abort();
      if (cells[0] == "hang")
        for (;;) ::pause();
      if (cells[0] == "drop") continue;
      if (cells[0] == "twice")
        out.event("activity.laboratory", line.place).key(document.partner, "more").egn(cells[1]).on(cells[2]);
      if (cells[0] == "rich") {
        out.event("activity.laboratory", line.place)
            .key(document.partner, cells[0])
            .egn(cells[1])
            .on(cells[2])
            .facility("2204131500");
        continue;
      }
      if (cells[0] == "person") {
        out.event("activity.laboratory", line.place).key(document.partner, cells[0]).egn("9622299980").on(cells[2]);
        continue;
      }
#endif
      out.event("activity.laboratory", line.place).key(document.partner, cells[0]).egn(cells[1]).on(cells[2]);
    }
  }
};

VESTITEL_EXPORT_READER(Shadowed, ID, "Shadowed", VERSION, "{}")
