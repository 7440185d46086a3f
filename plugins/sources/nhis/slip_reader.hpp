// From the elements of a message to a slip: what is kept of each kind of record stands in tables, element by element.
#pragma once
#include "id.hpp"
#include "plugins/sources/common/fault.hpp"
#include "plugins/sources/common/tree.hpp"
#include "slip.hpp"

namespace nhis {

struct Header {
  const Meaning* meaning = nullptr;
  std::int64_t created_us = 0;
  Id id;
  std::string type, sender, recipient;
};

// `node` is the element header, or none.
sources::Fault read_header(sources::Node node, Header& header);

// `body` is the element contents, or one of results. Fills the slip as far as it can be read: number and local number
// are there, where they are right, even if something else is not.
sources::Fault read_slip(sources::Tree& tree, sources::Node body, const Header& header, const Settings& settings,
                         const vestitel::Date& today, Slip& slip);

}  // namespace nhis
