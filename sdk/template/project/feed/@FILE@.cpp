// @TITLE@: each day the laboratory leaves one more file in a folder; the name of the last one that was read is the cursor.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>
#include <vestitel/plugin.hpp>

constexpr vestitel::Field kFields[] = {
    vestitel::field::text("folder", "Where the laboratory leaves its files.").required().example("/srv/laboratory"),
};

class @CLASS@ {
 public:
  explicit @CLASS@(const vestitel::Settings& settings) : folder_(settings.text("folder")) {}

  void check() const { static_cast<void>(newer_than("")); }

  // One file, then the cursor: what was emitted and the cursor become durable together, or neither does.
  vestitel::Polled poll(std::string_view cursor, std::uint32_t /*max_events*/, vestitel::Emit& out) {
    const auto names = newer_than(cursor);
    if (names.empty()) return vestitel::Polled::end;
    read(names.front(), out);
    out.commit(names.front());
    return names.size() > 1 ? vestitel::Polled::more : vestitel::Polled::end;
  }

 private:
  std::vector<std::string> newer_than(std::string_view cursor) const {
    std::error_code failed;
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, failed)) {
      if (entry.path().extension() == ".csv") names.push_back(entry.path().filename().string());
    }
    if (failed) throw vestitel::Error::retry("listing the folder: " + failed.message());
    names.erase(std::remove_if(names.begin(), names.end(), [&](const std::string& name) { return name <= cursor; }),
                names.end());
    std::sort(names.begin(), names.end());
    return names;
  }

  void read(const std::string& name, vestitel::Emit& out) const {
    std::ifstream file(folder_ / name);
    if (!file) throw vestitel::Error::retry("opening a file of the folder");
    std::string line;
    for (std::uint32_t number = 1; std::getline(file, line); ++number) {
      const vestitel_place place{0, number, 1};
      const auto cells = vestitel::csv(line, ';');
      if (cells.size() < 3) {
        out.quarantine(place, "row", "three cells expected", line);
        continue;
      }
      out.event("activity.laboratory", place).key(name.substr(0, 7), cells[0]).egn(cells[1]).on(cells[2], "DD.MM.YYYY");
    }
  }

  const std::filesystem::path folder_;
};
VESTITEL_FEED(@CLASS@, kFields)
