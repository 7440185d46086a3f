// The order in which the mails of one call go: as they came, but one whose domain has had its share lets the others
// pass.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "plugins/sinks/smtp/domain_pace.hpp"

namespace vestitel::smtp {

class PacedBatch {
 public:
  struct Next {
    enum class Kind {
      none,  // nothing now; more at due(), or when one has ended
      go,    // `number` may start, and has to end()
      later  // `number` is to come again in `after_us`
    };
    Kind kind = Kind::none;
    std::uint32_t number = 0;
    std::int64_t after_us = 0;
  };

  // Of each mail by its number the domain, in lower case. A turn that comes after `keep_until` is not waited for.
  PacedBatch(DomainPace& pace, std::vector<std::string> domains, std::int64_t keep_until);

  Next next(std::int64_t now);
  void ended(std::uint32_t number);
  std::size_t left() const { return left_.size(); }
  // When next() may have one that it keeps back; INT64_MAX: it keeps none.
  std::int64_t due() const { return due_; }

 private:
  DomainPace& pace_;
  std::vector<std::string> domains_, names_;
  std::vector<std::uint32_t> left_;
  const std::int64_t keep_until_;
  std::int64_t due_ = INT64_MAX;
};

}  // namespace vestitel::smtp
