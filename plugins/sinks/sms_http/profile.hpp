// A profile as it was read: how one provider's HTTP gateway is asked, what its answers mean, and what it says later.
// The language: docs/sinks/sms-http.md.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vestitel/sink.hpp>

#include "plugins/sinks/sms_http/pattern.hpp"
#include "plugins/sinks/sms_http/template.hpp"

namespace vestitel::sms_http {

// For which messages a field is sent.
enum class When : std::uint8_t { always, gsm, unicode, receipts };

struct Field {
  std::string name;
  Template value;
  When when = When::always;
};
using FieldList = std::vector<Field>;

// A body in JSON: an object, a list, a text with variables, or a value that stands as it is (literal, in JSON).
struct JsonNode {
  enum class Kind : std::uint8_t { object, list, text, literal };
  Kind kind = Kind::literal;
  std::string name;               // as a member of an object
  std::vector<JsonNode> members;  // of an object or a list
  Template text;
  std::string literal = "null";
  When when = When::always;
};

struct Request {
  enum class Body : std::uint8_t { none, form, json, text };
  bool get = false;
  Template path;
  FieldList headers, query, form;
  Body body = Body::none;
  JsonNode json;
  Template text;
  std::string gsm = "gsm", unicode = "unicode";  // what {coding} is
  bool idempotent =
      false;  // the provider folds a repeat under the same id: the host may ask again on a fresh connection

  // Whether a message can need this variable; `without_receipts`: where receipts are not asked for.
  bool uses(Variable which, bool with_receipts) const;
};

// Status codes; none: any.
struct Statuses {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges;
  bool has(std::uint32_t status) const;
};

// A member of a JSON text: "messages.0.id".
using JsonPath = std::vector<std::string>;

struct Condition {
  Statuses status;
  std::vector<Pattern> body;  // one of them fits; none: not asked
  JsonPath json;              // empty: not asked
  std::vector<Pattern> is;    // one of them fits the member there; none: it is enough that it is there
};

struct Success {
  Condition when;
  bool own_id = false;
  std::optional<Pattern> id_pattern;  // its value
  JsonPath id_json;
};

struct Row {
  Condition when;
  std::int32_t verdict = VESTITEL_PERMANENT;
  Scope scope = Scope::message;
  std::chrono::milliseconds after{0};  // where the answer has no Retry-After
  bool alert = false;                  // somebody has to look: an error in the log
};

// A field of a receipt, or the value of a pattern in it.
struct Pick {
  std::string field;  // of JSON: the path of a member
  std::optional<Pattern> pattern;
};

// What a state means. `nothing`: the message stays accepted.
enum class Heard : std::uint8_t { nothing, delivered, permanent, contact_dead, unknown };

struct State {
  std::string value;  // with a star at its end: what begins so
  Heard heard = Heard::nothing;
};

struct ReceiptShape {
  enum class In : std::uint8_t { none, query, form, json };
  In in = In::none;
  std::string each;                           // of JSON: the member that is a list of receipts; "": the text is one
  std::vector<Pick> id, status, error, date;  // of several the first that is there; of status the first that is known
  std::vector<State> states;
  std::vector<std::string> dead_states, dead_errors;  // in these states these codes mean that the number is gone
  std::string date_pattern;
  int utc_offset = 0;  // minutes
};

// How the gateway is asked about a message by our own id, and what its answers mean.
struct StatusShape {
  bool given = false;
  Request request;
  Success found;
  std::vector<Row> rows;
  std::chrono::seconds absent_after{0};  // before that a gateway may not have looked at it yet
};

// What the profile says of itself and what it has to come to.
struct Test {
  enum class Of : std::uint8_t { answer, receipt, status };
  std::string name, expect;
  Of of = Of::answer;
  std::uint32_t status = 0;
  std::string body;  // of a receipt: the query or the body
  std::size_t line = 0;
};

struct Profile {
  Request request;
  Success success;
  std::vector<Row> rows;
  StatusShape status;
  ReceiptShape receipt;
  std::vector<Test> tests;
};

// Reads a profile. Throws Error E_CONFIG "/profile" with line, column, key and what is allowed where it is wrong.
Profile read_profile(std::string_view yaml);

}  // namespace vestitel::sms_http
