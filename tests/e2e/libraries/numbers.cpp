// A feed that needs nothing of the machine: record after record up to a number, and it may die at one of them.
#include <cstdlib>
#include <string>
#include <vestitel/plugin.hpp>

constexpr vestitel::Field kFields[] = {
    vestitel::field::integer("records", "How many there are.").required().example("10"),
    vestitel::field::integer("dies_at", "The cursor at which its process ends.").by_default("-1"),
};

class Numbers {
 public:
  explicit Numbers(const vestitel::Settings& settings)
      : records_(settings.integer("records")), dies_at_(settings.integer("dies_at")) {}

  vestitel::Polled poll(std::string_view cursor, std::uint32_t max_events, vestitel::Emit& out) const {
    std::int64_t at = cursor.empty() ? 0 : std::stoll(std::string(cursor));
    for (std::uint32_t i = 0; i < max_events && at < records_; ++i, ++at) {
      if (at == dies_at_) std::abort();
      out.event("activity.laboratory").key("numbers", std::to_string(at)).egn("9932319981").on("2026-10-06");
    }
    out.commit(std::to_string(at));
    return at < records_ ? vestitel::Polled::more : vestitel::Polled::end;
  }

 private:
  const std::int64_t records_, dies_at_;
};
VESTITEL_FEED(Numbers, kFields)
