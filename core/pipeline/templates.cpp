#include <algorithm>

#include "core/pipeline/render.hpp"
#include "core/pipeline/routes.hpp"
#include "core/pipeline/template_text.hpp"

namespace vestitel {
namespace {

std::size_t locale_index(std::string_view locale) {
  const auto found = std::find(std::begin(kLocales), std::end(kLocales), locale);
  return found == std::end(kLocales) ? 0 : static_cast<std::size_t>(found - std::begin(kLocales));
}

// A text for SMS carries no link: fraud imitates exactly such messages.
bool reaches_sms(const TemplateSource& source, const HubConfig& config) {
  if (source.channel) return *source.channel == Channel::kSms;
  if (sinks_of(config).ids[static_cast<std::size_t>(Channel::kSms)].empty()) return false;
  return std::none_of(config.templates.begin(), config.templates.end(), [&](const TemplateSource& other) {
    return other.name == source.name && other.locale == source.locale && other.channel == Channel::kSms;
  });
}

void check_link(const TemplateSource& source, const HubConfig& config, ConfigFindings& findings) {
  if (config.link.empty())
    findings.push_back({{source.file, 0, 0}, "", "{{link}}, but vestitel.yaml has no link", "link: https://... there"});
  if (reaches_sms(source, config))
    findings.push_back({{source.file, 0, 0},
                        "",
                        "{{link}} in a text for SMS",
                        "a text without it, in " + source.name + ".sms.mustache where mail keeps the link"});
}

// Every name has a text in every language: who reads English is not told in nothing.
void check_locales(const HubConfig& config, ConfigFindings& findings) {
  for (const auto& source : config.templates) {
    for (const auto locale : kLocales) {
      const bool there =
          std::any_of(config.templates.begin(), config.templates.end(), [&](const TemplateSource& other) {
            return other.name == source.name && other.locale == locale && !other.channel;
          });
      if (!there)
        findings.push_back({{source.file, 0, 0},
                            "",
                            "no templates/" + std::string(locale) + "/" + source.name + ".mustache",
                            "each template in bg and en, and for all channels"});
    }
  }
}

}  // namespace

Templates::Templates() = default;
Templates::Templates(Templates&&) noexcept = default;
Templates& Templates::operator=(Templates&&) noexcept = default;
Templates::~Templates() = default;

Templates::Templates(const HubConfig& config, ConfigFindings& findings) : link_(config.link) {
  for (const auto& source : config.templates) {
    parsed_.push_back(parse_template(source, findings));
    if ((parsed_.back().uses & kUsesLink) != 0) check_link(source, config, findings);
  }
  check_locales(config, findings);
}

std::optional<std::size_t> Templates::find(std::string_view name, std::string_view locale, Channel channel) const {
  const std::size_t wanted = locale_index(locale);
  std::optional<std::size_t> general;
  for (std::size_t i = 0; i < parsed_.size(); ++i) {
    const Parsed& one = parsed_[i];
    if (one.name != name || one.locale != wanted) continue;
    if (one.channel == channel) return i;
    if (!one.channel) general = i;
  }
  return general;
}

bool Templates::needs_body() const {
  return std::any_of(parsed_.begin(), parsed_.end(),
                     [](const Parsed& one) { return (one.uses & kUsesReportedOn) != 0; });
}

std::span<const Templates::Parsed> Templates::all() const { return parsed_; }

}  // namespace vestitel
