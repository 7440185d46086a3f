// bench_csv [ROWS]: csv-mapping on a wide CSV (60 columns, of which the mapping takes 14) against cutting the same
// bytes into cells alone, in memory, interleaved, five rounds, in processor time. Prints each round and the median.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include <vestitel/plugin.hpp>

#include "plugins/sources/csv_mapping/document_reader.hpp"
#include "tests/support/amblist_generator.hpp"

namespace {

constexpr int kColumns = 60, kRounds = 5;

double seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

std::uint64_t events = 0;

// A host that counts and keeps nothing: what is measured is the plugin.
constexpr vestitel_emit_v1 kEmit = {
    sizeof(vestitel_emit_v1),
    [](const vestitel_host*, const vestitel_batch* b, vestitel_error*) -> vestitel_rc {
      events += b->count;
      return VESTITEL_OK;
    },
    [](const vestitel_host*, vestitel_place, vestitel_str, vestitel_str, vestitel_str, vestitel_error*) -> vestitel_rc {
      std::abort();
    },
    [](const vestitel_host*, vestitel_str, vestitel_error*) -> vestitel_rc { return VESTITEL_OK; },
    [](const vestitel_host*, vestitel_str, vestitel_error*) -> vestitel_rc { return VESTITEL_OK; }};

std::string mapping(const char* encoding) {
  std::string yaml = "mapping: 1\nseparator: ';'\nencoding: " + std::string(encoding) +
                     "\ncolumns:\n  C0: {type: token, required: true}\n  C1: {type: egn}\n  C2: {type: date}\n"
                     "  C3: {type: facility}\n  C4: {type: uin}\n  C5: {type: amount}\n";
  for (int i = 6; i < 14; ++i) yaml += "  C" + std::to_string(i) + ": {}\n";
  yaml +=
      "event:\n  type: activity.laboratory\n  scope: '{C3}:{C2:YYYY-MM}'\n  record: '{C0}'\n  subject: [C1]\n"
      "  occurred: '{C2}'\n  facility: '{C3}'\n  practitioner: '{C4}'\n  amount: '{C5}'\n  csv-mapping.health:\n";
  for (int i = 6; i < 14; ++i) yaml += "    - '{C" + std::to_string(i) + "}'\n";
  return yaml;
}

// `text`: of the cells that are words, in the encoding.
std::string document(int rows, const std::string& text) {
  std::string out;
  for (int i = 0; i < kColumns; ++i) out += (i == 0 ? "C" : ";C") + std::to_string(i);
  out += "\n";
  for (int row = 0; row < rows; ++row) {
    out += "L" + std::to_string(row) + ";" + vestitel::testing::person_egn(static_cast<std::uint64_t>(row)) +
           ";2026-10-06;2203999001;2299000011;12,50";
    for (int i = 6; i < kColumns; ++i) out += i % 3 == 0 ? ";" + text : i % 3 == 1 ? ";1234567890" : ";";
    out += "\n";
  }
  return out;
}

void read(const csv_mapping::Mapping& mapping, std::string_view bytes) {
  vestitel_host abi{};
  abi.size = sizeof abi;
  abi.cancelled = [](const vestitel_host*) -> std::int32_t { return 0; };
  const std::atomic<bool> stopping{false};
  const vestitel::Host host(&abi, &stopping);
  vestitel::Call call(host, nullptr);
  const vestitel_input input = {
      sizeof input, &bytes, [](void* ctx, std::uint8_t* into, std::uint64_t cap, std::uint64_t* got) -> vestitel_rc {
        std::string_view& rest = *static_cast<std::string_view*>(ctx);
        *got = rest.copy(reinterpret_cast<char*>(into), static_cast<std::size_t>(cap));
        rest.remove_prefix(static_cast<std::size_t>(*got));
        return VESTITEL_OK;
      }};
  vestitel::Input in(&input, call);
  vestitel::Emit out(&kEmit, call);
  const vestitel::Document described{};
  csv_mapping::DocumentReader(mapping, {}, described, in, out, {2026, 11, 25}).read();
  out.flush();
  if (call.failed()) std::abort();
}

std::uint64_t cells_alone(std::string_view bytes) {
  std::uint64_t cells = 0;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size() - 1);
    for (std::string_view line = bytes.substr(0, end);;) {
      ++cells;
      const std::size_t cell = line.find(';');
      if (cell == std::string_view::npos) break;
      line.remove_prefix(cell + 1);
    }
    bytes.remove_prefix(end + 1);
  }
  return cells;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void measure(const char* name, const char* encoding, int rows, const std::string& text) {
  const csv_mapping::Mapping made = csv_mapping::read_mapping(mapping(encoding));
  const std::string bytes = document(rows, text);
  const double mb = static_cast<double>(bytes.size()) / 1e6;
  std::vector<double> rates, ratios;
  for (int round = 0; round < kRounds; ++round) {
    events = 0;
    const double start = seconds();
    read(made, bytes);
    const double middle = seconds();
    if (cells_alone(bytes) == 0 || events != static_cast<std::uint64_t>(rows)) std::abort();
    const double end = seconds();
    rates.push_back(mb / (middle - start));
    ratios.push_back((end - middle) / (middle - start));
    std::printf("%s: csv-mapping %.0f MB/s, cells alone %.0f MB/s\n", name, mb / (middle - start), mb / (end - middle));
  }
  std::printf("%s: median %.0f MB/s of %.0f MB, %.2f of cutting cells alone\n", name, median(rates), mb,
              median(ratios));
}

}  // namespace

int main(int argc, char** argv) {
  const int rows = argc > 1 ? std::atoi(argv[1]) : 100'000;
  measure("utf-8", "utf-8", rows, "Клиника по вътрешни болести");
  measure("windows-1251", "windows-1251", rows,
          "\xCA\xEB\xE8\xED\xE8\xEA\xE0 \xEF\xEE \xE2\xFA\xF2\xF0\xE5\xF8\xED\xE8");
  return 0;
}
