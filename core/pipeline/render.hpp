// Words for a message. Every channel is neutral: a template can print only what is on the list below, so it can say
// that something was reported and where to look, never what, where or about whom.
//
// A template file: its first line is "Subject: ..." (the title), then an empty line, then the body. Mustache variables
// {{occurred_on}} {{reported_on}} {{kind}} {{notice}} {{link}} and sections {{#new}} {{#corrected}} {{#annulled}}
// (with {{^...}} and comments); nothing else. NAME.sms.mustache takes the place of NAME.mustache on that channel.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/config/config.hpp"
#include "core/model/event.hpp"

namespace vestitel {

struct RenderedText {
  std::string title, body;
};

// Checked templates; immutable, shared by every renderer. Thread: any.
class Templates {
 public:
  Templates();  // none
  // What is wrong goes to `findings`; the templates are then not to be used.
  Templates(const HubConfig& config, ConfigFindings& findings);
  Templates(Templates&&) noexcept;
  Templates& operator=(Templates&&) noexcept;
  ~Templates();

  // Number of the template for a locale (one not known: the default one) and channel; nothing where the name is
  // unknown.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view name, std::string_view locale, Channel channel) const;
  // Whether one prints what the store keeps encrypted.
  [[nodiscard]] bool needs_body() const;

  struct Parsed;  // what a renderer reads
  [[nodiscard]] std::span<const Parsed> all() const;
  [[nodiscard]] const std::string& link() const { return link_; }

 private:
  std::vector<Parsed> parsed_;
  std::string link_;
};

struct RenderCounts {
  std::uint64_t remembered = 0, rendered = 0;
};

// Renders, remembering what it rendered: most messages of a day differ in nothing but the notice number. Holds the
// ICU formatters, so each thread has its own.
class Renderer {
 public:
  explicit Renderer(const Templates& templates);  // borrows
  ~Renderer();
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;

  // Writes title and body of the template with this number (from Templates::find). kInvalid where a template asks for
  // what the event does not have.
  Result<> render(std::size_t number, const Event& event, RenderedText& out);
  [[nodiscard]] RenderCounts counts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Appends the notice as a CloudEvents 1.0 JSON event. Neutral like the text: its type is "notice.reported",
// its subject an opaque id of ours.
void append_notice_json(std::string& out, const Event& event, bool urgent);

}  // namespace vestitel
