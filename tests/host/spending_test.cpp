#include "core/host/spending.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace vestitel::test {
namespace {

// Two sinks for SMS, of which one costs half, and one for mail without a price.
HubConfig two_sinks(const std::string& sms_budget, const std::string& email_budget = "") {
  HubConfig config;
  const auto add = [&](const char* id, Channel channel, Money price) {
    Instance instance;
    instance.id = id;
    instance.sink = SinkConfig{};
    instance.sink->channels = {channel};
    instance.sink->price = std::move(price);
    config.instances.push_back(std::move(instance));
  };
  add("dear", Channel::kSms, {100'000, "EUR"});
  add("cheap", Channel::kSms, {50'000, "EUR"});
  add("mail", Channel::kEmail, {});
  if (!sms_budget.empty()) config.budget_per_day[Channel::kSms] = *parse_budget(sms_budget);
  if (!email_budget.empty()) config.budget_per_day[Channel::kEmail] = *parse_budget(email_budget);
  return config;
}

std::string lines(const HubConfig& config, const std::vector<SpentRow>& spent) {
  std::string text;
  for (const ChannelToday& today : channels_today(config, spent)) text += line_of(today) + "\n";
  return text;
}

}  // namespace

TEST_CASE("what a channel spent today is told with what it may spend", "[spending]") {
  const auto sms = [](std::int64_t messages, std::int64_t micros) {
    return std::vector<SpentRow>{{Channel::kSms, "EUR", {messages, micros}}};
  };
  CHECK(lines(two_sinks(""), {}).empty());
  CHECK(lines(two_sinks(""), sms(1, 50'000)) == "spent sms      today 1 message for 0.05 EUR\n");
  CHECK(lines(two_sinks("1 EUR"), sms(3, 300'000)) ==
        "spent sms      today 3 messages for 0.30 EUR; 1 EUR a day are allowed\n");
  CHECK(lines(two_sinks("1 EUR"), sms(17, 850'000)) ==
        "spent sms      today 17 messages for 0.85 EUR; 1 EUR a day are allowed: through cheap open; through dear used "
        "up "
        "but for urgent messages, the others wait for tomorrow\n");
  CHECK(lines(two_sinks("1 EUR"), sms(18, 900'000)) ==
        "spent sms      today 18 messages for 0.90 EUR; 1 EUR a day are allowed: used up but for urgent messages, the "
        "others wait for tomorrow\n");
  CHECK(lines(two_sinks("1 EUR"), sms(20, 1'000'000)) ==
        "spent sms      today 20 messages for 1 EUR; 1 EUR a day are allowed: used up, its messages wait for "
        "tomorrow\n");
  CHECK(lines(two_sinks("20"), {{Channel::kSms, "", {10, 0}}, {Channel::kSms, "BGN", {8, 720'000}}}) ==
        "spent sms      today 18 messages for 0.72 BGN; 20 messages a day are allowed: used up but for urgent "
        "messages, the others wait for tomorrow\n");
  HubConfig disabled = two_sinks("1 EUR");
  disabled.instances[1].enabled = false;
  CHECK(channels_today(disabled, sms(17, 850'000)).at(0).state() == BudgetState::kUrgentOnly);
  const auto json = to_json(channels_today(two_sinks("1 EUR"), sms(3, 300'000)).at(0));
  CHECK(json.dump() == R"({"channel":"sms","messages":3,"cost":["0.30 EUR"],"per_day":"1 EUR","left":"0.60 EUR",)"
                       R"("state":"open","sinks":[{"sink":"cheap","state":"open"},{"sink":"dear","state":"open"}]})");
}

TEST_CASE("of the sinks of one channel each is told of at its own price", "[spending]") {
  HubConfig config = two_sinks("1 EUR");
  config.instances[1].sink->price = {0, "EUR"};
  config.instances[1].sink->channels = {Channel::kEmail, Channel::kSms};
  const ChannelToday today = channels_today(config, {{Channel::kSms, "EUR", {10, 1'000'000}}}).at(0);
  CHECK(line_of(today) ==
        "spent sms      today 10 messages for 1 EUR; 1 EUR a day are allowed: through cheap open; through dear used "
        "up, its messages wait for tomorrow");
  CHECK_FALSE(today.state());
  CHECK(to_json(today)["state"] == "differs");
  CHECK(to_json(today)["sinks"].dump() == R"([{"sink":"cheap","state":"open"},{"sink":"dear","state":"used-up"}])");
  CHECK(today.state_of("dear") == BudgetState::kUsedUp);
  CHECK(today.state_of("cheap") == BudgetState::kOpen);
  CHECK(today.state_of("mail") == BudgetState::kOpen);  // it serves another
}

TEST_CASE("a replay is counted by channel and sink, and against what today has left", "[spending]") {
  const std::vector<DeadLetter> letters{{1, "dear", Channel::kSms},
                                        {2, "cheap", Channel::kSms},
                                        {3, "mail", Channel::kEmail},
                                        {4, "dear", Channel::kSms},
                                        {5, "gone", Channel::kPush}};
  const auto plan = replay_plan(two_sinks("1 EUR", "5"), letters, {{Channel::kSms, "EUR", {8, 700'000}}});
  CHECK(plan.asks());
  CHECK(text_of(plan) ==
        "sms through dear: 2 messages at 0.10 EUR: 0.20 EUR\n"
        "sms through cheap: 1 message at 0.05 EUR: 0.05 EUR\n"
        "email through mail: 1 message, without a price\n"
        "push through gone: 1 message, without a price\n"
        "email: of today's 5 messages, 4 messages are left\n"
        "sms: of today's 1 EUR, 0.20 EUR are left; 0.05 EUR more are needed, and wait for tomorrow\n");
  CHECK(to_json(plan)["cost"].dump() == R"(["0.25 EUR"])");
}

TEST_CASE("a replay asks where it costs money or goes beyond the day, and nowhere else", "[spending]") {
  const std::vector<DeadLetter> mail{{1, "mail", Channel::kEmail}, {2, "mail", Channel::kEmail}};
  const auto asks = [&](const HubConfig& config, const std::vector<DeadLetter>& letters) {
    return replay_plan(config, letters, {{Channel::kEmail, "", {3, 0}}}).asks();
  };
  CHECK_FALSE(asks(two_sinks(""), mail));
  CHECK_FALSE(asks(two_sinks("1 EUR"), mail));
  CHECK_FALSE(asks(two_sinks("", "6"), mail));
  CHECK(asks(two_sinks("", "5"), mail));
  CHECK(asks(two_sinks(""), {{1, "cheap", Channel::kSms}}));
  HubConfig free = two_sinks("");
  free.instances[1].sink->price = {0, "EUR"};
  CHECK_FALSE(asks(free, {{1, "cheap", Channel::kSms}}));
  CHECK(replay_plan(two_sinks(""), mail, {}).free());
}

TEST_CASE("the name of a sink steers no terminal in a plan", "[spending]") {
  const auto plan = replay_plan(two_sinks(""), {{1, "a\nb\x1b[2J", Channel::kSms}}, {});
  const std::string text = text_of(plan);
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  CHECK(text.find('\x1b') == std::string::npos);
}

}  // namespace vestitel::test
