// The settings of an instance, as the parts of the sink take them.
#pragma once
#include <chrono>

#include <vestitel/plugin.hpp>

#include "plugins/sinks/common/tls_settings.hpp"
#include "plugins/sinks/smpp/compose.hpp"
#include "plugins/sinks/smpp/engine.hpp"
#include "plugins/sinks/smpp/post_box.hpp"

namespace vestitel::smpp {

inline constexpr std::chrono::seconds kStartWindow{30};  // from the call of deliver to the last part that leaves
inline constexpr std::chrono::seconds kLongestAnswer{120};
inline constexpr std::size_t kMaxPassword = 16;

inline constexpr Field kFields[] = {
    field::text("host", "The message centre (SMSC).").required().example("smsc.example.bg").group("Connection"),
    field::integer("port", "Its port: 3550 with TLS, 2775 without, as a rule.")
        .by_default("3550")
        .range(1, 65535)
        .group("Connection"),
    field::choice("tls", "implicit: TLS from the first byte. none: plaintext, only with dangerously_allow_plaintext.",
                  "implicit|none")
        .by_default("implicit")
        .group("Connection"),
    field::boolean("dangerously_allow_plaintext",
                   "Confirms tls: none. Texts, numbers and the password then cross the network readable.")
        .by_default("false")
        .advanced()
        .group("Connection"),
    sinks::kCaFile,
    sinks::kServerName,
    field::text("system_id", "Who binds: the login that the operator gave.")
        .required()
        .example("vestitel")
        .group("Login"),
    field::secret("password", "Its password.").group("Login"),
    field::text("system_type", "Where the operator asks for one.").group("Login"),
    field::choice("bind", "transceiver: one session for both ways. pair: a transmitter and a receiver.",
                  "transceiver|pair")
        .by_default("transceiver")
        .group("Login"),
    field::integer("links", "Sessions, or pairs of them, at once.").by_default("1").range(1, 16).group("Speed"),
    field::integer("window", "Parts without an answer, each session.").by_default("10").range(1, 1000).group("Speed"),
    field::integer("rate", "Parts a second, each session; 0: as fast as they are taken.")
        .by_default("0")
        .range(0, 10'000)
        .group("Speed"),
    field::text("sender", "Registered name, up to 11 letters and digits, or a number.")
        .required()
        .example("NZOK")
        .group("Message"),
    field::integer("sender_ton", "Type of the sender; not set: 5 for a name, 1 from 9 digits on, 3 for a short code.")
        .range(0, 6)
        .advanced()
        .group("Message"),
    field::integer("sender_npi", "Numbering plan of the sender; not set: 1 from 9 digits on, else 0.")
        .range(0, 18)
        .advanced()
        .group("Message"),
    field::integer("to_ton", "Type of the recipient's number.").by_default("1").range(0, 6).advanced().group("Message"),
    field::integer("to_npi", "Its numbering plan.").by_default("1").range(0, 18).advanced().group("Message"),
    field::text("service_type", "Where the operator asks for one.").advanced().group("Message"),
    field::choice("long_text", "How the parts of a long text say that they belong together.", "udh8|udh16|sar|payload")
        .by_default("udh8")
        .group("Message"),
    field::integer("max_parts", "A text of more parts is not sent.").by_default("3").range(1, 255).group("Message"),
    field::integer("gsm_coding", "data_coding of a text of the GSM alphabet: 0, the centre's default.")
        .by_default("0")
        .range(0, 255)
        .advanced()
        .group("Message"),
    field::boolean("reference", "Sends the hub's key as user_message_reference.")
        .by_default("true")
        .advanced()
        .group("Message"),
    field::duration("validity", "How long the centre tries; at most until the message is worthless.")
        .by_default("24h")
        .range(60'000, 14LL * 86'400'000)
        .group("Message"),
    field::boolean("submit_fail_passes", "RSUBMITFAIL (45) is worth another try in a minute.")
        .by_default("false")
        .advanced()
        .group("Message"),
    field::text("dead_errors", "Codes in receipts that mean: no such subscriber, such as 1,27.").group("Receipts"),
    field::integer("utc_offset", "Minutes that the centre's clock is ahead of UTC; Sofia: 120, in summer 180.")
        .by_default("180")
        .range(-840, 840)
        .advanced()
        .group("Receipts"),
    field::boolean("fold_case", "1f2 in a receipt is 1F2.").by_default("true").advanced().group("Receipts"),
    field::boolean("strip_zeros", "42 in a receipt is 0042.").by_default("true").advanced().group("Receipts"),
    field::boolean("hex_decimal", "498 in a receipt is 1F2.").by_default("true").advanced().group("Receipts"),
    field::duration("bind_timeout", "Longest wait for connection, TLS and bind.")
        .by_default("30s")
        .range(100, 60'000)
        .advanced()
        .group("Waits"),
    field::duration("answer_timeout", "Longest wait for an answer; a shorter one makes more unknowns.")
        .by_default("60s")
        .range(100, std::chrono::milliseconds(kLongestAnswer).count())
        .advanced()
        .group("Waits"),
    field::duration("enquire_link", "A session that was idle this long is asked whether it is there.")
        .by_default("30s")
        .range(100, 600'000)
        .advanced()
        .group("Waits"),
    field::duration("reconnect", "Wait before a lost session is built again; twice as long each time, up to 5 minutes.")
        .by_default("10s")
        .range(10, 300'000)
        .advanced()
        .group("Waits"),
};

// Each throws Error with the setting's path.
Shape shape_of(const Settings& settings);
EngineOptions options_of(const Settings& settings);  // without login
ReceiptSettings receipt_settings_of(const Settings& settings);
void check_tls(const Settings& settings);

}  // namespace vestitel::smpp
