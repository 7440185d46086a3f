// What the pages that are handed over may not show in the store yet: by which event a recipient is told of an activity.
#pragma once
#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "core/model/decision.hpp"

namespace vestitel {

class ToldLately {
 public:
  // A page has become durable: what it told is read from the store from now on.
  void next_page() {
    before_.swap(now_);
    now_.clear();
  }
  void clear() {
    before_.clear();
    now_.clear();
  }
  void note(const Decision& decision) {
    if (!decision.activity) return;
    const Key key{*decision.activity, decision.recipient, decision.channel};
    if (!decision.not_owed) now_.insert_or_assign(key, Told{decision.event, 0});
    if (decision.told_by) {
      Told& told = now_.try_emplace(key, Told{*decision.told_by, 0}).first->second;
      told.said_us = std::max(told.said_us, decision.as_of_us);
    }
  }
  // Brings what was read of the store up to date.
  void add_to(RoutableEvent& routable) const {
    if (now_.empty() && before_.empty()) return;
    for (const Subscription& subscription : routable.subscriptions) {
      const Key key{*routable.activity, subscription.recipient, subscription.channel};
      if (const auto found = now_.find(key); found != now_.end())
        set(routable, subscription, found->second);
      else if (const auto earlier = before_.find(key); earlier != before_.end())
        set(routable, subscription, earlier->second);
    }
  }

 private:
  struct Key {
    ActivityIdentity activity;
    PersonId recipient;
    Channel channel;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const {
      std::size_t hash = 0;
      std::memcpy(&hash, key.activity.data() + key.activity.size() - sizeof hash, sizeof hash);
      return hash ^ (static_cast<std::size_t>(key.recipient) << 3) ^ static_cast<std::size_t>(key.channel);
    }
  };
  struct Told {
    EventId event;
    std::int64_t said_us = 0;  // as of what the newest document was that said so again
  };
  static void set(RoutableEvent& routable, const Subscription& subscription, const Told& lately) {
    for (ToldBefore& told : routable.told) {
      if (told.recipient != subscription.recipient || told.channel != subscription.channel) continue;
      const bool same = told.report.event == lately.event;
      told.report.event = lately.event;
      told.report.as_of_us = same ? std::max(told.report.as_of_us, lately.said_us) : lately.said_us;
      return;
    }
    routable.told.push_back(
        {subscription.recipient, subscription.channel, {lately.event, Revision::kNew, {}, lately.said_us}});
  }

  std::unordered_map<Key, Told, Hash> now_, before_;
};

}  // namespace vestitel
