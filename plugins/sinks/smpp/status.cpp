#include "plugins/sinks/smpp/status.hpp"

#include <algorithm>
#include <functional>

namespace vestitel::smpp {
namespace {

using std::chrono::seconds;

struct Name {
  std::uint32_t status;
  const char* name;
};

constexpr Name kNames[] = {{0x00, "ROK"},
                           {0x01, "RINVMSGLEN"},
                           {0x02, "RINVCMDLEN"},
                           {0x03, "RINVCMDID"},
                           {0x04, "RINVBNDSTS"},
                           {0x05, "RALYBND"},
                           {0x08, "RSYSERR"},
                           {0x0A, "RINVSRCADR"},
                           {0x0B, "RINVDSTADR"},
                           {0x0D, "RBINDFAIL"},
                           {0x0E, "RINVPASWD"},
                           {0x0F, "RINVSYSID"},
                           {0x14, "RMSGQFUL"},
                           {0x43, "RINVESMCLASS"},
                           {0x45, "RSUBMITFAIL"},
                           {0x48, "RINVSRCTON"},
                           {0x49, "RINVSRCNPI"},
                           {0x50, "RINVDSTTON"},
                           {0x51, "RINVDSTNPI"},
                           {0x53, "RINVSYSTYP"},
                           {0x58, "RTHROTTLED"},
                           {0x61, "RINVSCHED"},
                           {0x62, "RINVEXPIRY"},
                           {0x64, "RX_T_APPN"},
                           {0x65, "RX_P_APPN"},
                           {0x66, "RX_R_APPN"},
                           {0xC0, "RINVOPTPARSTREAM"},
                           {0xC1, "ROPTPARNOTALLWD"},
                           {0xC2, "RINVPARLEN"},
                           {0xC3, "RMISSINGOPTPARAM"},
                           {0xC4, "RINVOPTPARAMVAL"},
                           {0xFE, "RDELIVERYFAILURE"},
                           {0xFF, "RUNKNOWNERR"},
                           {0x100, "RSERTYPUNAUTH"},
                           {0x101, "RPROHIBITED"},
                           {0x102, "RSERTYPUNAVAIL"},
                           {0x103, "RSERTYPDENIED"},
                           {0x104, "RINVDCS"}};

std::string hex(std::uint32_t value) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  do {
    out.insert(out.begin(), kDigits[value % 16]);
    value /= 16;
  } while (value != 0);
  return out.size() < 2 ? "0" + out : out;
}

}  // namespace

std::string status_name(std::uint32_t status) {
  const auto* found =
      std::find_if(std::begin(kNames), std::end(kNames), [&](const Name& n) { return n.status == status; });
  return (found == std::end(kNames) ? std::string("status") : std::string(found->name)) + " (" + hex(status) + ")";
}

bool refuses_login(std::uint32_t status) { return status == 0x0E || status == 0x0F || status == 0x53; }

Judgement judge(std::uint32_t status, bool submit_fail_passes, std::int64_t wall_us) {
  const std::string why = "the centre answered " + status_name(status);
  switch (status) {
    case 0x58:
    case 0x14: return {Verdict::retry(why, Scope::link, seconds(1)), LinkDoes::pauses};
    case 0x08:
    case 0x64:
    case 0xFE: return {Verdict::retry(why, Scope::message, seconds(30)), LinkDoes::goes_on, true};
    case 0x04:
    case 0x05:
    case 0x0D: return {Verdict::retry(why, Scope::link), LinkDoes::rebinds};
    case 0x0E:
    case 0x0F:
    case 0x53:
    case 0x0A:
    case 0x48:
    case 0x49:
    case 0x100:
    case 0x101:
    case 0x102:
    case 0x103: return {Verdict::config_error(why)};
    case 0x0B:
    case 0x50:
    case 0x51: return {Verdict::contact_dead(why, wall_us)};
    case 0x01:
    case 0x43:
    case 0x61:
    case 0x62:
    case 0xC0:
    case 0xC1:
    case 0xC2:
    case 0xC3:
    case 0xC4:
    case 0x104: return {Verdict::permanent(why), LinkDoes::goes_on, false, true};
    case 0x02:
    case 0x03: return {Verdict::permanent(why), LinkDoes::rebinds, false, true};
    case 0x45:
      if (submit_fail_passes) return {Verdict::retry(why, Scope::message, seconds(60))};
      break;
    default: break;
  }
  return {Verdict::permanent(why)};
}

Final judge_state(std::uint8_t state, bool dead, std::int64_t done_us) {
  switch (state) {
    case 2: return {Fate::delivered, Verdict::delivered()};
    case 3: return {Fate::failed, Verdict::permanent("unreachable until it expired (EXPIRED)")};
    case 4: return {Fate::failed, Verdict::permanent("taken back by the centre (DELETED)")};
    case 5:
      if (dead) return {Fate::failed, Verdict::contact_dead("no such subscriber (UNDELIV)", done_us)};
      return {Fate::failed, Verdict::permanent("not deliverable (UNDELIV)")};
    case 7: return {Fate::unknown, Verdict::unknown("the centre does not know what became of it (UNKNOWN)")};
    case 8: return {Fate::failed, Verdict::permanent("refused (REJECTD)")};
    case 9: return {Fate::failed, Verdict::permanent("passed over by the centre (SKIPPED)")};
    default: return {};
  }
}

bool Tries::once_more(std::string_view idem_key) {
  if (tries_.size() >= kMaxMessages) tries_.clear();
  return ++tries_[std::hash<std::string_view>{}(idem_key)] <= kMost;
}

void Tries::ended(std::string_view idem_key) { tries_.erase(std::hash<std::string_view>{}(idem_key)); }

}  // namespace vestitel::smpp
