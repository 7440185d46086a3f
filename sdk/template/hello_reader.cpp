// The smallest reader: a line "key,egn,date" of a CSV becomes an event.
#include <vestitel/plugin.hpp>

struct Hello {
  void parse(const vestitel::Document& document, vestitel::Input& in, vestitel::Emit& out) {
    for (const auto& line : vestitel::lines(in)) {  // streams; 4 GiB is as good as 4 KiB
      const auto cells = vestitel::csv(line.text);
      if (cells.size() < 3) {
        out.quarantine(line.place, "row", "three columns expected", line.text);
        continue;
      }
      out.event("activity.laboratory", line.place).key(document.partner, cells[0]).egn(cells[1]).on(cells[2]);
    }
  }
};
VESTITEL_EXPORT_READER(Hello, "com.example.hello", "Hello", "1.0.0", "{}")
