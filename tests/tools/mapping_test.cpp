#include "sdk/tools/mapping.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <nlohmann/json.hpp>
#include <utility>

#include "sdk/tools/mapping_text.hpp"

namespace vestitel::test {
namespace {

std::vector<std::string> cut(const std::string& text, char at) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (c == at)
      out.emplace_back();
    else
      out.back().push_back(c);
  }
  return out;
}

bool is_checked(const std::string& id) {
  int sum = 0;
  for (const char c : id) sum += c - '0';
  return id.size() == 6 && sum % 10 == 0;
}

// A reader of ours: "id;kind;day;pair;note" in rows. The digits of an id add up to tens; kind r is a referral; a pair
// is known where another row has it too; the facility is the id that was taken before.
class Rows final : public Reader {
 public:
  int sniff(std::string_view, std::string_view) override { return 0; }

  std::optional<ParseFailure> parse(const DocumentArrival& document, ByteStream& bytes, EventReceiver& out) override {
    std::string text;
    char buffer[64];
    for (std::size_t n; (n = *bytes.read(buffer)) > 0;) text.append(buffer, n);
    lines_ = cut(text, '\n');
    if (lines_[0] != "id;kind;day;pair;note") return ParseFailure{{Failure::kInvalid, "no table of ours"}, {1, 1, 0}};
    texts_.clear();
    before_ = {};
    EventBatch batch;
    for (std::uint32_t i = 1; i < lines_.size(); ++i) {
      if (!lines_[i].empty()) take(cut(lines_[i], ';'), {i + 1, 1, 0}, document.partner, batch);
    }
    static_cast<void>(out.receive(std::move(batch)));
    return std::nullopt;
  }

 private:
  void take(std::vector<std::string> cells, Place place, std::string_view partner, EventBatch& batch) {
    texts_.push_back(std::move(cells));
    const auto& row = texts_.back();
    if (!is_checked(row[0])) return set_aside("id", "its check digit is wrong", place, batch);
    if (row[2].find_first_not_of("0123456789") != std::string::npos || row[2].empty())
      return set_aside("day", "is no day", place, batch);
    if (!row[3].empty() && std::count_if(lines_.begin(), lines_.end(), [&](const std::string& line) {
                             return line.find(";" + row[3] + ";") != std::string::npos;
                           }) < 2)
      return set_aside("row", "has no other", place, batch);
    EventView e;
    e.place = place;
    e.type = row[1] == "r" ? "document.referral" : "activity.outpatient";
    e.scope = partner;
    e.facility = std::exchange(before_, row[0]);
    e.subject = row[0];
    e.record = row[3].empty() ? row[2] : row[3];
    e.occurred_us = std::stol(row[2]);
    static constexpr Attribute kVisit[] = {{"payer", "nzok"}};
    static constexpr Attribute kReferral[] = {{"payer", "nzok"}, {"acme.kind", "to | fro"}};
    e.attributes = e.type == "document.referral" ? std::span<const Attribute>(kReferral) : kVisit;
    batch.items.push_back({false, static_cast<std::uint32_t>(batch.events.size())});
    batch.events.push_back(e);
  }
  static void set_aside(const char* element, const char* reason, Place place, EventBatch& batch) {
    batch.items.push_back({true, static_cast<std::uint32_t>(batch.quarantined.size())});
    batch.quarantined.push_back({place, element, reason, {}});
  }

  std::vector<std::string> lines_;
  std::deque<std::vector<std::string>> texts_;
  std::string_view before_;  // the id that was taken last
};

Result<Mapping> map(const std::vector<MappingSample>& samples) {
  Rows reader;
  DocumentArrival arrival;
  arrival.partner = "partner";
  ChildProgress progress;
  return map_samples(reader, arrival, samples, progress);
}

PluginDescription acme() {
  PluginDescription out;
  out.capabilities = R"({"attributes": {"acme.kind": "health", "acme.never": "other"}})";
  return out;
}

std::string table(const std::string& rows) {
  const std::string text = "id;kind;day;pair;note\n" + rows;
  const auto mapping = map({{"a.csv", text}});
  REQUIRE(mapping);
  return mapping_markdown(*mapping, acme());
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a place gives what changes with it", "[mapping]") {
  CHECK(table("111115;v;7;;x\n222220;r;8;;y\n") ==
        "Measured: each value of the samples was changed, and the sample read again. In brackets the class of data; "
        "`of`\n"
        "where other events have that field from elsewhere, or not in the samples.\n"
        "\n"
        "| column | what it gives | set aside, because it |\n|---|---|---|\n"
        "| `id` | subject (identity), facility | its check digit is wrong |\n"
        "| `kind` | which event (if any) |  |\n"
        "| `day` | record key, occurred on | is no day |\n"
        "| `pair` |  | row: has no other |\n"
        "\nChanges no event: `note`.\n"
        "\nAlways the same, whatever stands in the document: `acme.kind` (health) `to | fro`; `payer` `nzok`; "
        "scope `partner`.\n"
        "\nDeclared, and in no event of the samples: `acme.never` (other).\n");
}

TEST_CASE("what ties two records together is changed in both", "[mapping]") {
  const std::string text = table("111115;v;7;K-11;x\n222220;v;8;K-11;y\n333100;r;9;;z\n");
  CHECK(has(text, "| `pair` | record key | row: has no other |"));
  CHECK(has(text, "| `day` | record key of `document.referral`; occurred on | is no day |"));
}

TEST_CASE("what is set aside as it stands tells nothing of what is not read", "[mapping]") {
  const std::string text = table("111115;v;7;;x\n111111;v;8;;y\n");
  CHECK(has(text, "| `id` | subject (identity) | its check digit is wrong |"));
  CHECK_FALSE(has(text, "Changes no event"));
  CHECK_FALSE(has(text, "which event"));  // a row that is mended is no sign of what its column gives
}

TEST_CASE("a value that could be somebody's is in no table", "[mapping]") {
  Mapping mapping;
  mapping.rest["scope"] = {{"a"}, {"9932319981"}};
  mapping.rest["facility"] = {{"a"}, {"who@example.bg"}};
  mapping.rest["payer"] = {{"a"}, {"nzok", "other"}};
  mapping.types = {"a"};
  const std::string text = mapping_markdown(mapping, acme());
  CHECK(has(text, "Changed by no single value: facility; `payer`; scope.\n"));
  CHECK_FALSE(has(text, "99323"));
  CHECK_FALSE(has(text, "example"));
  CHECK(mapping_json(mapping, acme())["unknown"] == nlohmann::json({"facility", "payer", "scope"}));
}

TEST_CASE("samples that cannot be mapped are named", "[mapping]") {
  const auto strange = map({{"a.txt", "no table\n"}});
  REQUIRE_FALSE(strange);
  CHECK(strange.error().message == "a.txt is neither XML nor JSON lines nor a table with a header line");
  const auto refused = map({{"a.csv", "x;y\n1;2\n"}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "no sample is accepted; a.csv: no table of ours");
}

}  // namespace vestitel::test
