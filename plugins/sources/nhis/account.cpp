#include "account.hpp"

#include <algorithm>

namespace nhis {
namespace {

constexpr const char* kNoReply = "is a request without its reply";
constexpr const char* kUnknown = "names a record that the document does not hold";
constexpr const char* kAfterEnd = "comes after the cancellation of its record";

// The attribute of a prescription of which a part was taken back.
const Item kPartlyCancelled = {Item::Use::attribute, "nhis.cancelled", "partly", {}, {}, false};

bool is_request(Part part) {
  return part == Part::open || part == Part::issue || part == Part::close || part == Part::correct ||
         part == Part::cancel;
}

bool same_group(const Item& a, const Item& b) {
  return a.use == b.use && a.part == b.part && (!a.part.empty() || std::string_view(a.key) == b.key);
}

// What `later` says of a thing takes the place of what `whole` says of it.
void replace_items(Slip& whole, const Slip& later) {
  const auto said_anew = [&](const Item& item) {
    return std::any_of(later.items.begin(), later.items.end(), [&](const Item& l) { return same_group(item, l); });
  };
  whole.items.erase(std::remove_if(whole.items.begin(), whole.items.end(), said_anew), whole.items.end());
  whole.items.insert(whole.items.end(), later.items.begin(), later.items.end());
}

// `later` is about the same record. Whom it is about, where, when and by whom stays as it was, if it does not say.
void apply(Slip& whole, const Slip& later) {
  replace_items(whole, later);
  if (!later.financing.empty()) whole.financing = later.financing;
  for (const char* warning : later.warnings) {
    if (std::find(whole.warnings.begin(), whole.warnings.end(), warning) == whole.warnings.end()) {
      whole.warnings.push_back(warning);
    }
  }
  whole.created_us = later.created_us;
  whole.number = later.number;
  whole.signatures = later.signatures;
  whole.kept.place = later.kept.place;
}

class Account {
 public:
  Account(Kind kind, std::vector<Slip>& steps, const Settings& settings, Desk& desk)
      : kind_(kind), steps_(steps), settings_(settings), desk_(desk) {}

  void settle() {
    std::stable_sort(steps_.begin(), steps_.end(),
                     [](const Slip& a, const Slip& b) { return a.created_us < b.created_us; });
    answers_.assign(steps_.size(), nullptr);
    used_.assign(steps_.size(), false);
    for (std::size_t i = 0; i < steps_.size(); ++i) match(i);
    for (std::size_t i = 0; i < steps_.size(); ++i) step(i);
    told();
    lone_replies();
  }

 private:
  // The first reply to this request that is not another's.
  void match(std::size_t i) {
    if (!is_request(steps_[i].meaning->part)) return;
    for (std::size_t r = 0; r < steps_.size(); ++r) {
      const Meaning& reply = *steps_[r].meaning;
      if (used_[r] || reply.part != Part::reply || reply.answers != steps_[i].meaning->part) continue;
      used_[r] = true;
      answers_[i] = &steps_[r];
      return;
    }
  }

  void step(std::size_t i) {
    Slip& slip = steps_[i];
    if (slip.broken) {
      broken_ = true;
      return;
    }
    switch (slip.meaning->part) {
      case Part::fetched: return fetched(slip);
      case Part::dispensed: return dispensed(slip);
      case Part::reply:
        if (!used_[i] && slip.meaning->answers == Part::cancel && accepts(slip)) cancel(slip, slip);
        return;
      case Part::issue:
        if (answers_[i] == nullptr && settings_.requests_alone) return issue(slip);
        break;
      default: break;
    }
    request(slip, answers_[i]);
  }

  // Says the reply that its request was done?
  static bool accepts(const Slip& reply) {
    const Meaning& meaning = *reply.meaning;
    return meaning.status == 0 || reply.status == meaning.status ||
           (meaning.partly != 0 && reply.status == meaning.partly);
  }

  void request(Slip& slip, const Slip* reply) {
    // Nothing has happened yet where an examination was only to be opened.
    if (reply == nullptr && slip.meaning->part == Part::open) return;
    if (reply == nullptr) return refuse(slip, kNoReply);
    if (!accepts(*reply))
      return refuse(slip, "its reply names another status than that of a message that was accepted");
    slip.number = reply->number;
    switch (slip.meaning->part) {
      case Part::open: return open(slip);
      case Part::issue: return issue(slip);
      case Part::close: return close(slip);
      case Part::correct: return correct(slip);
      default: return cancel(slip, *reply);
    }
  }

  void open(const Slip& slip) {
    if (!have_) whole_ = slip;
    have_ = true;
  }

  void issue(const Slip& slip) {
    if (annulled_) return refuse(slip, kAfterEnd);
    have_ = tell_ = true;
    whole_ = slip;
  }

  void close(const Slip& slip) {
    if (!have_) return refuse(slip, kUnknown);
    if (annulled_) return refuse(slip, kAfterEnd);
    apply(whole_, slip);
    tell_ = true;
  }

  void correct(const Slip& slip) {
    if (!tell_) return refuse(slip, kUnknown);
    if (annulled_) return refuse(slip, kAfterEnd);
    apply(whole_, slip);
    corrected_ = true;
  }

  // `answer` is the reply, which says how much of the record is taken back; `slip` may be the same.
  void cancel(const Slip& slip, const Slip& answer) {
    if (!have_) return refuse(slip, kUnknown);
    if (answer.meaning->partly != 0 && answer.status == answer.meaning->partly) {
      whole_.items.push_back(kPartlyCancelled);
      corrected_ = true;
    } else {
      annulled_ = true;
    }
    whole_.created_us = slip.created_us;
    whole_.number = slip.number;
  }

  void fetched(const Slip& slip) {
    if (kind_ == Kind::stay) return stay(slip);
    const KindNames& names = names_of(kind_);
    const bool opened = names.open != 0 && slip.status == names.open;
    if (opened && !tell_) return open(slip);
    if (opened) return refuse(slip, "says that it is open, and was closed before");
    if (kind_ == Kind::examination && slip.status != '2' && slip.status != names.cancelled) {
      return refuse(slip, "has a status that is not known");
    }
    if (annulled_ && slip.status != names.cancelled) return refuse(slip, kAfterEnd);
    have_ = tell_ = true;
    corrected_ = corrected_ || slip.correction;
    annulled_ = slip.status == names.cancelled;
    whole_ = slip;
  }

  // Planned, active, terminated, completed. Admission and discharge are two events.
  void stay(const Slip& slip) {
    switch (slip.status) {
      case '1': return;
      case '2': admitted_ = &slip; return;
      case '3':
      case '4':
        if (!slip.discharged) return refuse(slip, "is over, and has no dischargeDate");
        discharged_ = &slip;
        return;
      default: return refuse(slip, "has a status that is not known: whether the stay is taken back is not said");
    }
  }

  void dispensed(Slip& slip) {
    if (slip.status != '2' && slip.status != '3') return;  // nothing was given
    if (slip.subject.kind == 0) {
      if (!have_) return refuse(slip, "names nobody, and a prescription that the document does not hold");
      slip.subject = whole_.subject;
    }
    if (dispensed_ != nullptr && dispensed_->created_us == slip.created_us) {
      return refuse(slip, "was given twice: what tells one dispensing from another is not documented");
    }
    dispensed_ = &slip;
  }

  void refuse(const Slip& slip, std::string_view reason) {
    broken_ = true;
    desk_.quarantine(slip, names_of(kind_).noun.text(), reason);
  }

  void told() const {
    const auto revision = [](bool corrected) -> std::uint16_t { return corrected ? VESTITEL_CORRECTED : VESTITEL_NEW; };
    const KindNames& names = names_of(kind_);
    if (tell_) desk_.tell(names.event, names.key, whole_, annulled_ ? VESTITEL_ANNULLED : revision(corrected_));
    if (admitted_ != nullptr) {
      desk_.tell("activity.hospital.admission", "hosp:in", *admitted_, revision(admitted_->correction));
    }
    if (discharged_ != nullptr) {
      desk_.tell("activity.hospital.discharge", "hosp:out", *discharged_, revision(discharged_->correction));
    }
    if (dispensed_ != nullptr) desk_.tell("document.dispensation", "dispense", *dispensed_, VESTITEL_NEW);
  }

  // A reply whose request is missing says that there is a record, and not which; that one was opened says nothing.
  void lone_replies() {
    if (have_ && tell_) return;
    for (std::size_t i = 0; i < steps_.size() && !broken_; ++i) {
      const Meaning& meaning = *steps_[i].meaning;
      if (meaning.part == Part::reply && !used_[i] && meaning.answers != Part::open && !annulled_) {
        refuse(steps_[i], "is a reply without its request");
      }
    }
  }

  const Kind kind_;
  std::vector<Slip>& steps_;
  const Settings& settings_;
  Desk& desk_;
  std::vector<const Slip*> answers_;  // of each step: the reply to it
  std::vector<bool> used_;            // of each step: a reply that has found its request
  Slip whole_;                        // what the record says by now
  const Slip *admitted_ = nullptr, *discharged_ = nullptr, *dispensed_ = nullptr;
  bool have_ = false, tell_ = false, corrected_ = false, annulled_ = false;
  bool broken_ = false;  // something of it is in quarantine
};

}  // namespace

void settle(Kind kind, std::vector<Slip>& steps, const Settings& settings, Desk& desk) {
  Account(kind, steps, settings, desk).settle();
}

}  // namespace nhis
