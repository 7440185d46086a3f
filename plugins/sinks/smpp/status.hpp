// What the hub is told: every command_status and every state of a receipt becomes one of the seven verdicts. Pure. The
// tables are in docs/sinks/smpp.md.
#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>

#include <vestitel/sink.hpp>

namespace vestitel::smpp {

inline constexpr std::uint32_t kOk = 0, kInvalidLength = 0x02, kInvalidCommand = 0x03, kTemporary = 0x64;

// What a status asks of the link, beside the verdict.
enum class LinkDoes {
  goes_on,
  pauses,   // throttled: it sends nothing for a while, and then this part first
  rebinds,  // its bind, or its idea of a PDU, is not the centre's
};

struct Judgement {
  Verdict verdict;
  LinkDoes link = LinkDoes::goes_on;
  bool again = false;      // a fault that may pass: counted, the third time permanent
  bool our_fault = false;  // told to the operator
};

// The verdict of an answer to submit_sm. `submit_fail_passes`: what this centre means by 45 is worth another try.
Judgement judge(std::uint32_t status, bool submit_fail_passes, std::int64_t wall_us);

// Whether a refusal of the bind is for a person to mend: no second try.
bool refuses_login(std::uint32_t status);

// "RTHROTTLED (58)": for reasons.
std::string status_name(std::uint32_t status);

// message_state of a receipt. Final states give a verdict; ENROUTE, ACCEPTED and SCHEDULED say nothing new.
enum class Fate { under_way, delivered, failed, unknown };
struct Final {
  Fate fate = Fate::under_way;
  Verdict verdict = Verdict::delivered();
};
// `dead`: the operator's own code of the failure says that there is no such subscriber, since `done_us`.
Final judge_state(std::uint8_t state, bool dead, std::int64_t done_us);

// How often each message met a fault that may pass. Bounded; forgets when the process ends.
class Tries {
 public:
  static constexpr int kMost = 2;
  static constexpr std::size_t kMaxMessages = 100'000;
  // False: it has been tried often enough.
  bool once_more(std::string_view idem_key);
  void ended(std::string_view idem_key);

 private:
  std::unordered_map<std::size_t, int> tries_;
};

}  // namespace vestitel::smpp
