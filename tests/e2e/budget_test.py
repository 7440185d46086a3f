#!/usr/bin/env python3
"""A day's budget of a channel, and what a replay costs, through the built hub: a sink that writes files, and a relay."""
import json
import unittest

from hub import FILE_SINK, Hub, wait_until
from outage_test import SMTP, Relay
from reports import egn, report, sheet

URGENT = "routes:\n  - name: at-once\n    match: {facility: \"2203999002\"}\n    template: important\n    urgent: true\n"


class Budget(unittest.TestCase):
    def hub_with(self, budget, price="", sink=FILE_SINK, channel="sms", people=1):
        self.hub = Hub(sinks=(sink.rstrip("\n") + f"\n{price}",))
        self.addCleanup(self.hub.close)
        self.budget(budget)
        address = "+35988800{:04d}" if channel == "sms" else "p{}@example.test"
        self.hub.subscribe([(egn(i), address.format(i)) for i in range(people)], channel=channel)

    def budget(self, budget):
        lines = (self.hub.config / "vestitel.yaml").read_text().split("budget_per_day:")[0]
        self.hub.write("vestitel.yaml", lines + (f"budget_per_day:\n  {budget}\n" if budget else ""))

    def report(self, name, *sheets, practice="2203999001"):
        self.hub.put(name, report(*sheets, practice=practice))
        self.hub.receipt(name)

    def logged(self, event):
        return [line for line in map(json.loads, self.hub.log_text().splitlines()) if line["event"] == event]

    def today(self):
        return {one["channel"]: one for one in self.hub.look("status")[0]["today"]["channels"]}

    def owed(self):
        return self.hub.look("store", "check")[0]["owed"]

    def test_a_used_up_budget_is_told_holds_over_a_restart_and_lets_urgent_messages_go(self):
        self.hub_with("sms: 10", people=20)
        self.hub.write("routes.yaml", URGENT)
        self.hub.start()
        self.report("october.xml", *(sheet(i, i) for i in range(12)))
        told = wait_until(lambda: self.logged("budget_used_up"), "the log says that the budget is used up")
        self.assertEqual([(line["channel"], line["sink"], line["waits"]) for line in told], [("sms", "file", "all but urgent messages")])
        wait_until(lambda: len(self.hub.messages()) == 9 and self.owed() == 3, "nine tenths have gone")
        self.assertEqual(self.today()["sms"] | {"messages": 9, "per_day": "10 messages", "left": "0 messages",
                                                "state": "urgent-only"}, self.today()["sms"])
        self.assertRegex(self.hub.call("status").out, r"(?m)^spent sms +today 9 messages; 10 messages a day are allowed: used up "
                                                      r"but for urgent messages, the others wait for tomorrow$")
        self.assertEqual(self.hub.look("sinks", "list")[0]["budget_used_up"], "sms")
        self.assertEqual(self.hub.look("dead-letters", "list"), [])
        ready = self.hub.look("deliveries", "--state", "ready")[0]
        why = self.hub.look("explain", ready["event"])[0]["waits"]
        self.assertEqual([(one["delivery"], one["for"]) for one in why], [(ready["id"], "budget")])
        self.assertRegex(self.hub.call("explain", ready["event"]).out, rf"(?m)^waits +{ready['id']}: spent sms .*used up")
        gone = self.hub.look("deliveries", "--state", "delivered")[0]
        self.assertNotIn("waits", self.hub.look("explain", gone["event"])[0])
        self.assertEqual(self.hub.stop(), 0)

        self.hub.start()
        wait_until(lambda: self.logged("budget_used_up"), "the next start tells it too")
        self.assertEqual((len(self.hub.messages()), self.owed()), (9, 3))
        self.report("now.xml", sheet(90, 15), sheet(91, 16), practice="2203999002")
        wait_until(lambda: len(self.logged("budget_used_up")) == 2, "the log says that urgent messages wait too")
        wait_until(lambda: len(self.hub.messages()) == 10, "one urgent message has gone")
        self.assertEqual(self.hub.messages()[-1]["to"], "+359888000015", self.hub.messages()[-1])
        self.assertEqual((self.owed(), self.today()["sms"]["state"]), (4, "used-up"))
        self.assertEqual(self.hub.stop(), 0)

        self.budget("sms: 100")
        self.hub.start()
        self.assertTrue(self.hub.settled()["balanced"])
        self.assertEqual(len(self.hub.messages()), 14)
        self.assertEqual(self.logged("budget_used_up"), [])
        self.assertEqual(self.hub.stop(), 0)
        self.assertEqual(self.hub.leaks([egn(i) for i in range(20)]), [])

    def test_of_two_sinks_each_is_told_of_at_its_own_price(self):
        self.hub_with("sms: 1 EUR", price="  price: 0.30 EUR\n", sink=FILE_SINK.replace("id: file", "id: paid"), people=6)
        self.hub.write("plugins.d/free.yaml", FILE_SINK.replace("id: file", "id: free").replace("outbox", "more").replace(
            "email, sms, push, webhook, file", "sms") + "  price: 0 EUR\n")
        self.hub.write("routes.yaml", "routes:\n  - name: free\n    match: {facility: \"2203999002\"}\n    channels: [free]\n"
                                      "  - name: paid\n    channels: [paid]\n")
        self.hub.start()
        self.report("paid.xml", *(sheet(i, i) for i in range(4)))
        wait_until(lambda: self.logged("budget_used_up"), "the log says that the budget is used up")
        self.report("free.xml", sheet(8, 4), sheet(9, 5), practice="2203999002")
        wait_until(lambda: len(self.hub.look("deliveries", "--state", "delivered")) == 5, "all but one have gone")
        self.assertEqual([(line["sink"], line["channel"]) for line in self.logged("budget_used_up")], [("paid", "sms")])
        today = self.today()["sms"]
        self.assertEqual((today["messages"], today["state"]), (5, "differs"))
        self.assertEqual(today["sinks"], [{"sink": "free", "state": "open"}, {"sink": "paid", "state": "used-up"}])
        self.assertEqual({row["sink"]: row.get("budget_used_up") for row in self.hub.look("sinks", "list")},
                         {"paid": "sms", "free": None})
        ready, = self.hub.look("deliveries", "--state", "ready")
        self.assertIn("waits", self.hub.look("explain", ready["event"])[0])

    def dead_letters(self, count):
        """Of mail at 0.045 EUR a message, through a relay that refused each once and now takes all."""
        relay = Relay(dot="554 5.7.1 no")  # the message has been there: it counts
        self.addCleanup(relay.close)
        self.hub_with("email: 5 EUR", price="  price: 0.045 EUR\n", sink=SMTP.format(port=relay.port), channel="email", people=count)
        self.hub.start()
        self.report("october.xml", *(sheet(i, i) for i in range(count)))
        letters = wait_until(lambda: len(found := self.hub.look("dead-letters", "list")) == count and found, "all are refused")
        relay.dot = "250 ok"
        return [letter["id"] for letter in letters]

    def delivered(self):
        return sum(row["state"] in ("accepted", "delivered") for row in self.hub.look("deliveries"))

    def test_a_replay_says_what_it_costs_and_asks_before_it_spends(self):
        letters = self.dead_letters(3)
        spent = self.today()["email"]
        self.assertEqual((spent["messages"], spent["cost"], spent["per_day"]), (3, ["0.135 EUR"], "5 EUR"))
        plan = {"messages": 3, "cost": ["0.135 EUR"],
                "parts": [{"channel": "email", "sink": "mail", "messages": 3, "price": "0.045 EUR", "cost": "0.135 EUR"}],
                "budgets": [{"channel": "email", "per_day": "5 EUR", "left": "4.365 EUR", "beyond": "0 EUR"}]}
        asked = self.hub.call("dead-letters", "replay", "--all", "--json")
        self.assertEqual((asked.exit, asked.rows), (1, [{"done": False} | plan | {"replayed": 0}]), asked)
        self.assertIn("--yes says that this is meant", json.loads(asked.err)["error"])
        one = self.hub.call("dead-letters", "replay", letters[0])
        self.assertEqual((one.exit, one.out), (1, "email through mail: 1 message at 0.045 EUR: 0.045 EUR\n"
                                                  "email: of today's 5 EUR, 4.365 EUR are left\n"), one)
        self.assertEqual(len(self.hub.look("dead-letters", "list")), 3)
        self.assertEqual(self.hub.look("dead-letters", "replay", "--all", "--channel", "sms", "--yes"),
                         [{"done": True, "messages": 0, "cost": [], "parts": [], "budgets": [], "replayed": 0}])
        self.assertEqual(self.hub.look("dead-letters", "replay", "--all", "--yes"), [{"done": True} | plan | {"replayed": 3}])
        self.hub.settled()
        self.assertEqual(self.delivered(), 3)
        self.assertEqual(self.today()["email"]["cost"], ["0.27 EUR"])

    def test_a_replay_beyond_the_budget_says_what_waits_and_waits(self):
        letters = self.dead_letters(4)
        self.assertEqual(self.hub.stop(), 0)
        self.budget("email: 0.40 EUR")  # 0.36 without what is kept for urgent messages, of which 0.18 are gone
        words = ["dead-letters", "replay", *letters, letters[0], "--json"]
        self.assertEqual(self.hub.call(*words).rows[0]["budgets"][0]["beyond"], "0 EUR")
        self.budget("email: 0.30 EUR")
        asked = self.hub.call(*words)
        self.assertEqual((asked.exit, asked.rows[0]["budgets"]),
                         (1, [{"channel": "email", "per_day": "0.30 EUR", "left": "0.09 EUR", "beyond": "0.09 EUR"}]), asked)
        self.assertEqual(self.hub.call(*words, "--yes").rows[0]["replayed"], 4)
        self.hub.start()
        wait_until(lambda: self.delivered() == 2 and self.owed() == 2, "two are sent and two wait")

    def test_without_a_price_a_budget_of_messages_alone_makes_a_replay_ask(self):
        letters = self.dead_letters(2)
        self.assertEqual(self.hub.stop(), 0)
        sink = self.hub.config / "plugins.d" / "sink-0.yaml"
        sink.write_text(sink.read_text().replace("  price: 0.045 EUR\n", ""))
        self.budget("email: 3")  # 2 are gone, and 1 is kept
        self.assertEqual(self.hub.call("dead-letters", "replay", letters[0]).exit, 1)
        self.budget("email: 30")
        self.assertEqual(self.hub.look("dead-letters", "replay", letters[0])[0]["replayed"], 1)
        self.budget("")
        self.assertEqual(self.hub.look("dead-letters", "replay", letters[1]), [{"done": True}])

    def test_what_names_no_letters_or_too_many_is_wrong_usage(self):
        self.hub_with("")
        for more in ([], [1, "--all"], [1, "--channel", "sms"], ["--all", "--channel", "fax"], ["x"]):
            with self.subTest(more=more):
                self.assertEqual(self.hub.call("dead-letters", "replay", *more).exit, 2)

    def test_a_price_that_the_budget_cannot_count_is_found_by_check(self):
        self.hub_with("")
        self.budget("sms: 500 EUR")
        found = self.hub.call("check")
        self.assertEqual(found.exit, 78, found)
        self.assertIn("sink.price: found nothing; allowed: an amount in EUR, in which budget_per_day.sms counts", found.err)


if __name__ == "__main__":
    unittest.main()
