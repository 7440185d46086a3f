// What a request asks of the inbox, from its head alone: pure, so that every rule is a row of a table.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/api/http_head.hpp"
#include "core/base/clock.hpp"
#include "core/intake/inbox_desk.hpp"

namespace vestitel {

//   POST  /inbox/INSTANCE              /trial/INSTANCE
//   GET   /inbox/INSTANCE/receipts/ID  /trial/INSTANCE/receipts/ID
//   GET, POST  /receipts/INSTANCE[/SECRET][?QUERY]: a provider on what became of a message
//   GET   /health
struct InboxRoute {
  enum class Kind : std::uint8_t { kNothing, kHealth, kDeliver, kReceipt, kCall };
  Kind kind = Kind::kNothing;
  Purpose purpose = Purpose::kDelivery;
  std::string instance, id;  // the id of a receipt may be any text still; of a call, the secret
  std::string query;         // of a call, still percent-encoded
  bool method_fits = false;

  [[nodiscard]] std::string_view allow() const {
    return kind == Kind::kCall ? "GET, POST" : kind == Kind::kDeliver ? "POST" : "GET, HEAD";
  }
};
InboxRoute route_of(const HttpHead& head);

// The address of a document's receipt.
std::string receipt_address(Purpose purpose, std::string_view instance, std::string_view id);

// What the sender says of the document; the partner and the limit are for others to fill in.
std::variant<InboxOrder, Problem> order_of(const HttpHead& head, const InboxRoute& route, Instant now);

enum class ReceiptForm : std::uint8_t { kJson, kText, kNeither };
ReceiptForm wanted_form(const HttpHead& head);

// The secret of "Authorization: Bearer SECRET". Nothing: the field is there in another form, or twice.
std::optional<std::string_view> bearer_of(const HttpHead& head);

}  // namespace vestitel
