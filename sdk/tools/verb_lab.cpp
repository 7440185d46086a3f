// plugin lab: record by record, which field came from which place of the document, and what was rejected and why.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "core/base/safe_text.hpp"
#include "sdk/tools/lab.hpp"
#include "sdk/tools/show.hpp"
#include "sdk/tools/trial.hpp"
#include "sdk/tools/verbs.hpp"

namespace vestitel {
namespace {

using nlohmann::ordered_json;

struct LabOptions {
  TryOptions trying;
  std::string file;
  std::size_t records = 10;
};

constexpr std::size_t kSourceLines = 6;

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string places(const LabField& field) {
  if (field.from.empty()) return "no word changes it";
  std::string out;
  for (const LabPlace& place : field.from) {
    out += (out.empty() ? "" : ", ") + std::to_string(place.line) + ":" + std::to_string(place.column);
    if (place.length > 1) out += "-" + std::to_string(place.column + place.length - 1);
  }
  return out;
}

// The lines that belong to record i: from where it stands to where the next one does.
std::pair<std::size_t, std::size_t> lines_of(const LabResult& result, std::size_t i) {
  const std::size_t from = result.records[i].place.line;
  std::size_t to = i + 1 < result.records.size() ? result.records[i + 1].place.line : result.lines.size() + 1;
  if (from == 0 || from > result.lines.size()) return {0, 0};
  if (to <= from) to = from + 1;
  return {from, std::min(to, result.lines.size() + 1)};
}

// What stands behind the colon of "egn:..." is masked as the whole text is; the person's number takes its place.
std::string value_of(const LabField& field, Mask& mask) {
  if (field.name != "subject" || mask.shows()) return mask.text(field.value);
  const std::size_t colon = field.value.find(':');
  const auto type = identifier_type(field.value.substr(0, colon));
  return mask.subject(type ? *type : IdentifierType::kEgn, field.value.substr(colon + 1));
}

void meet_persons(const LabResult& result, Mask& mask) {
  for (const LabRecord& record : result.records) {
    for (const LabField& field : record.fields) {
      if (field.name == "subject") static_cast<void>(value_of(field, mask));
    }
  }
}

void say_source(const LabResult& result, std::size_t i, const Mask& mask, ChildVoice& voice) {
  const auto [from, to] = lines_of(result, i);
  for (std::size_t line = from; line < to; ++line) {
    if (line - from == kSourceLines) return voice.say("      | ...\n");
    voice.say("      | " + one_line(mask.text(result.lines[line - 1])) + "\n");
  }
}

void say_text(const LabResult& result, Mask& mask, ChildVoice& voice) {
  for (std::size_t i = 0; i < result.records.size(); ++i) {
    const LabRecord& record = result.records[i];
    const std::string place = std::to_string(record.place.line) + ":" + std::to_string(record.place.column);
    voice.say(place + (record.accepted ? "  accepted  " : "  rejected  ") + one_line(record.headline) + "\n");
    say_source(result, i, mask, voice);
    for (const LabField& field : record.fields)
      voice.say("      " + padded(field.name, 24) + padded(one_line(value_of(field, mask)), 32) + "  " + places(field) +
                "\n");
  }
  if (result.more > 0) voice.say("and " + std::to_string(result.more) + " more; --records says how many are shown\n");
}

void say_json(const LabResult& result, Mask& mask, ChildVoice& voice) {
  for (std::size_t i = 0; i < result.records.size(); ++i) {
    const LabRecord& record = result.records[i];
    ordered_json out{{"line", record.place.line},
                     {"column", record.place.column},
                     {"outcome", record.accepted ? "accepted" : "rejected"},
                     {"what", record.headline}};
    const auto [from, to] = lines_of(result, i);
    auto source = ordered_json::array();
    for (std::size_t line = from; line < std::min(to, from + kSourceLines); ++line)
      source.push_back(mask.text(result.lines[line - 1]));
    out["source"] = std::move(source);
    auto fields = ordered_json::array();
    for (const LabField& field : record.fields) {
      auto from_places = ordered_json::array();
      for (const LabPlace& p : field.from)
        from_places.push_back({{"line", p.line}, {"column", p.column}, {"length", p.length}});
      fields.push_back({{"field", field.name}, {"value", value_of(field, mask)}, {"from", std::move(from_places)}});
    }
    out["fields"] = std::move(fields);
    voice.say(ordered_json{{"record", std::move(out)}}.dump(-1, ' ', false, ordered_json::error_handler_t::replace) +
              "\n");
  }
}

int work(ToolOutcome& outcome, const LabOptions& options, const TryTarget& target, std::string_view document,
         ChildProgress& progress, ChildVoice& voice) {
  const auto now = instant_of(options.trying);
  if (!now) return tool_fail(outcome, now.error());
  const StoppedClock clock(*now);
  const auto instance = start_instance(in_process_home(), target, clock, progress);
  if (!instance) return tool_fail(outcome, instance.error());
  Reader* reader = (*instance)->reader();
  if (reader == nullptr)
    return tool_fail(outcome, {Failure::kInvalid, "the lab is for readers: this plugin does not parse"});
  const DocumentArrival arrival = arrival_of(options.file, options.trying, *now);
  progress.doing = Doing::kParsing;
  const LabResult result = explore(*reader, arrival, document, options.records, progress);
  Mask mask(options.trying.show_identifiers);
  meet_persons(result, mask);
  outcome.json ? say_json(result, mask, voice) : say_text(result, mask, voice);
  if (result.refused.empty()) return kToolPassed;
  return tool_fail(outcome, {Failure::kInvalid, "the document is rejected: " + result.refused});
}

int lab(ToolOutcome& outcome, const LabOptions& options) {
  const auto target = find_target(options.trying, outcome.err);
  if (!target) return tool_fail(outcome, target.error());
  const auto document = MappedFile::open(options.file);
  if (!document) return tool_fail(outcome, document.error());
  if (document->bytes().size() > kLabLargest)
    return tool_fail(outcome,
                     {Failure::kInvalid, "the lab takes documents of up to 1 MiB: cut a sample out of this one"});
  const auto end = run_in_child(
      limits_of(options.trying),
      [&](ChildProgress& progress, ChildVoice& voice) {
        return work(outcome, options, *target, document->bytes(), progress, voice);
      },
      [&](std::string_view text) { outcome.out << text; });
  if (!end) return tool_fail(outcome, end.error());
  return end->finished ? end->code : tell_end(outcome, "the plugin", *end);
}

}  // namespace

void add_lab_verb(CLI::App& group, ToolOutcome& outcome) {
  const auto options = std::make_shared<LabOptions>();
  auto* verb =
      add_tool_verb(group, outcome, "lab", "record by record: which field came from where, what was rejected and why",
                    [&outcome, options] { return lab(outcome, *options); });
  verb->add_option("file", options->file, "a document, at most 1 MiB")->required();
  verb->add_option("--records", options->records, "how many records are shown")->check(CLI::Range(1, 1000));
  add_try_options(*verb, options->trying);
}

}  // namespace vestitel
