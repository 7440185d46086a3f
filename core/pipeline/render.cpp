#include "core/pipeline/render.hpp"

#include <unicode/datefmt.h>
#include <unicode/locid.h>
#include <unicode/timezone.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <kainjow/mustache.hpp>
#include <unordered_map>

#include "core/pipeline/template_text.hpp"

namespace vestitel {
namespace {

namespace mustache = kainjow::mustache;

constexpr std::size_t kRemembered = 4096;
constexpr char kNoticeMark = '\x01';  // where the notice number goes; no template may hold it

// What is the same for all events of a kind, in words that give nothing away.
enum class Kind : std::uint8_t { kActivity, kDocument, kData, kObjection };
constexpr std::array<std::array<std::string_view, 4>, 2> kKindWords{
    {{"дейност", "документ", "промяна в данните", "възражение"},
     {"an activity", "a document", "a change in your data", "an objection"}}};

Kind kind_of(EventType type) {
  if (type <= EventType::kLaboratory) return Kind::kActivity;
  if (type <= EventType::kMedicalNotice || type == EventType::kDocumentExpiring) return Kind::kDocument;
  if (type == EventType::kObjectionRaised || type == EventType::kObjectionAnswered) return Kind::kObjection;
  return Kind::kData;
}

Date date_of(Instant at, bool date_only) {
  return date_only ? std::chrono::floor<std::chrono::days>(at) : sofia_date(at);
}

// "6 октомври 2026 г.", "6 October 2026". Formatting is not const in ICU, hence one a thread.
class DateWords {
 public:
  explicit DateWords(std::size_t locale)
      : format_(icu::DateFormat::createDateInstance(icu::DateFormat::kLong,
                                                    locale == 0 ? icu::Locale("bg", "BG") : icu::Locale("en", "GB"))) {
    if (format_) format_->adoptTimeZone(icu::TimeZone::getGMT()->clone());
  }

  std::string of(Date date) {
    if (!format_) return to_text(date);
    icu::UnicodeString words;
    format_->format(static_cast<UDate>(date.time_since_epoch().count()) * 86'400'000.0, words);
    // Some languages join the words with a space that does not break; not every phone shows it.
    words.findAndReplace(icu::UnicodeString(u"\u00A0"), icu::UnicodeString(u" "));
    words.findAndReplace(icu::UnicodeString(u"\u202F"), icu::UnicodeString(u" "));
    std::string out;
    words.toUTF8String(out);
    return out;
  }

 private:
  std::unique_ptr<icu::DateFormat> format_;
};

// Strict: a name that has no value is an error, never an empty space.
class StrictContext final : public mustache::context<std::string> {
 public:
  explicit StrictContext(const mustache::data* data) { context::push(data); }

  const mustache::data* get(const std::string& name) const override {
    const auto* value = context::get(name);
    if (value != nullptr) return value;
    if (missing_.empty()) missing_ = name;
    static const mustache::data kEmpty{std::string()};
    return &kEmpty;
  }
  [[nodiscard]] const std::string& missing() const { return missing_; }

 private:
  mutable std::string missing_;
};

// A rendered text, cut where the notice number goes.
struct Pieces {
  std::vector<std::string> parts;

  explicit Pieces(const std::string& rendered) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= rendered.size(); ++i) {
      if (i < rendered.size() && rendered[i] != kNoticeMark) continue;
      parts.push_back(rendered.substr(begin, i - begin));
      begin = i + 1;
    }
  }

  void join(const std::string& notice, std::string& out) const {
    out.assign(parts.front());
    for (std::size_t i = 1; i < parts.size(); ++i) out.append(notice).append(parts[i]);
  }
};

struct Remembered {
  Pieces title, body;
  bool notice;
};

// The values that a text was rendered from; those that it does not use are zero.
struct Key {
  std::uint32_t number = 0;
  std::uint8_t revision = 0, kind = 0;
  std::int32_t occurred = 0, reported = 0;
  friend bool operator==(const Key&, const Key&) = default;
};

struct KeyHash {
  std::size_t operator()(const Key& key) const {
    std::uint64_t mixed = static_cast<std::uint32_t>(key.occurred);
    mixed = mixed * 0x9E3779B97F4A7C15U + static_cast<std::uint32_t>(key.reported);
    mixed = mixed * 0x9E3779B97F4A7C15U + (std::uint64_t{key.number} << 10U) + (std::uint64_t{key.revision} << 4U) +
            key.kind;
    return mixed ^ (mixed >> 29U);
  }
};

struct Machine {  // the library's parsed form; rendering with it is not const
  mustache::mustache title, body;
  explicit Machine(const Templates::Parsed& from) : title(from.title), body(from.body) {
    const auto identity = [](const std::string& text) { return text; };
    title.set_custom_escape(identity);
    body.set_custom_escape(identity);
  }
};

Key key_of(std::size_t number, const Templates::Parsed& text, const Event& event) {
  const auto day = [](Date date) { return static_cast<std::int32_t>(date.time_since_epoch().count()); };
  Key key;
  key.number = static_cast<std::uint32_t>(number);
  if ((text.uses & kUsesRevision) != 0) key.revision = static_cast<std::uint8_t>(event.revision);
  if ((text.uses & kUsesKind) != 0) key.kind = static_cast<std::uint8_t>(kind_of(event.type));
  if ((text.uses & kUsesOccurredOn) != 0) key.occurred = day(date_of(event.occurred, event.occurred_date_only));
  if ((text.uses & kUsesReportedOn) != 0) key.reported = day(date_of(event.reported, event.reported_date_only));
  return key;
}

}  // namespace

struct Renderer::State {
  const Templates& templates;
  std::vector<Machine> machines;
  std::array<DateWords, 2> dates{DateWords(0), DateWords(1)};
  std::unordered_map<Key, Remembered, KeyHash> memory;
  RenderCounts counts;

  explicit State(const Templates& from) : templates(from) {
    for (const auto& text : from.all()) machines.emplace_back(text);
  }

  mustache::data values(const Templates::Parsed& text, const Key& key, const Event& event) {
    mustache::data values;
    auto& dates_here = dates[text.locale];
    const auto date = [&](std::int32_t day) { return mustache::data(dates_here.of(Date{std::chrono::days{day}})); };
    if ((text.uses & kUsesOccurredOn) != 0) values.set("occurred_on", date(key.occurred));
    if ((text.uses & kUsesReportedOn) != 0) values.set("reported_on", date(key.reported));
    if ((text.uses & kUsesKind) != 0) values.set("kind", std::string(kKindWords[text.locale][key.kind]));
    if ((text.uses & kUsesLink) != 0) values.set("link", templates.link());
    values.set("notice", std::string(1, kNoticeMark));
    values.set("new", event.revision == Revision::kNew);
    values.set("corrected", event.revision == Revision::kCorrected);
    values.set("annulled", event.revision == Revision::kAnnulled);
    return values;
  }

  static Result<std::string> render(mustache::mustache& machine, const mustache::data& values) {
    StrictContext context(&values);
    std::string out = machine.render(context);
    if (!context.missing().empty())
      return {Failure::kInvalid, "rendering a message: no value for " + context.missing()};
    if (!machine.is_valid()) return {Failure::kInvalid, "rendering a message: " + machine.error_message()};
    std::replace(out.begin(), out.end(), kLineMark, '\n');
    return out;
  }

  Result<const Remembered*> make(const Key& key, const Event& event) {
    const auto& text = templates.all()[key.number];
    const auto data = values(text, key, event);
    auto title = render(machines[key.number].title, data);
    if (!title) return title.error();
    auto body = render(machines[key.number].body, data);
    if (!body) return body.error();
    if (memory.size() >= kRemembered) memory.clear();
    const Remembered made{Pieces(*title), Pieces(*body), (text.uses & kUsesNotice) != 0};
    return &memory.insert_or_assign(key, made).first->second;
  }
};

Renderer::Renderer(const Templates& templates) : state_(std::make_unique<State>(templates)) {}
Renderer::~Renderer() = default;

Result<> Renderer::render(std::size_t number, const Event& event, RenderedText& out) {
  const Key key = key_of(number, state_->templates.all()[number], event);
  const auto found = state_->memory.find(key);
  const Remembered* text = found == state_->memory.end() ? nullptr : &found->second;
  if (text == nullptr) {
    const auto made = state_->make(key, event);
    if (!made) return made.error();
    text = *made;
    ++state_->counts.rendered;
  } else {
    ++state_->counts.remembered;
  }
  const std::string notice = text->notice ? to_text(event.id) : std::string();
  text->title.join(notice, out.title);
  text->body.join(notice, out.body);
  return Done{};
}

RenderCounts Renderer::counts() const { return state_->counts; }

}  // namespace vestitel
