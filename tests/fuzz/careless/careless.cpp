// A reader that breaks one rule, which its setting names: what the fuzzer, and the replay, have to notice. A line
// "number,date" is an event, any other is set aside.
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vestitel/plugin.hpp>

namespace careless {

constexpr vestitel::Field kFields[] = {
    vestitel::field::choice("fault", "Which rule is broken.",
                            "none|key|long|reason|words|log|place|cut|refusal|state|overflow|leak|hang")
        .by_default("none"),
};

class Careless {
 public:
  Careless(const vestitel::Settings& settings, const vestitel::Host& host)
      : fault_(settings.choice("fault")), host_(host) {}

  void parse(const vestitel::Document&, vestitel::Input& in, vestitel::Emit& out) {
    ++documents_;
    if (fault_ == "cut") return pieces(in, out);
    for (const auto& line : vestitel::lines(in)) row(line, out);
    if (fault_ == "refusal" && in.offset() % 2 == 1) {
      out.reject({0, 1, 1}, "document", documents_ % 2 == 1 ? "the document is empty" : "is missing");
    }
  }

 private:
  void pieces(vestitel::Input& in, vestitel::Emit& out) {
    char piece[4096];
    vestitel::Line line;
    line.place.line = 1;
    while (const std::size_t got = in.read(piece, sizeof piece)) {
      line.text = {piece, got};
      row(line, out);
    }
  }

  void row(const vestitel::Line& line, vestitel::Emit& out) {
    const auto cells = vestitel::csv(line.text);
    const auto date = vestitel::parse_date(cells[1]);
    if (fault_ == "log") host_.log(VESTITEL_LOG_INFO, "line_read", {{"line", line.text}});
    harm(line.text);
    if (!date || date->year < 2000 || !vestitel::is_digits(cells[0], 10)) return set_aside(line, out);
    std::string record = "record";
    if (fault_ == "key") record.append(":").append(cells[0]);
    if (fault_ == "long") record.append(200, 'x');
    if (fault_ == "state") record.append(std::to_string(documents_));
    out.event("activity.laboratory", line.place).key("scope", record).egn(cells[0]).on(*date);
  }

  void set_aside(const vestitel::Line& line, vestitel::Emit& out) const {
    std::string reason = fault_ == "words" ? "somehow wrong" : "is missing";
    if (fault_ == "reason") reason += " in " + std::string(line.text);
    out.quarantine(fault_ == "place" ? vestitel_place{} : line.place, "row", reason, line.text);
  }

  // What only a sanitizer or a clock sees; the line that does it has to be found.
  void harm(std::string_view line) {
    if (line.empty() || line[0] != '!') return;
    if (fault_ == "overflow") {
      const auto copy = std::make_unique<char[]>(line.size());
      std::memcpy(copy.get(), line.data(), line.size());
      const volatile char* beyond = copy.get();
      static_cast<void>(beyond[line.size()]);
    }
    if (fault_ == "leak") {
      last_ = std::make_unique<char[]>(line.size()).release();
      last_ = nullptr;
    }
    while (fault_ == "hang") {
    }
  }

  const std::string fault_;
  const vestitel::Host& host_;
  int documents_ = 0;
  char* volatile last_ = nullptr;
};

VESTITEL_EXPORT_READER(Careless, "org.vestitel.careless", "Careless", "1.0.0", kFields)

}  // namespace careless
