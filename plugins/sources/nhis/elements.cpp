#include "elements.hpp"

#include "plugins/sources/common/one_line.hpp"
#include "plugins/sources/common/rules.hpp"

namespace nhis {
namespace {

using namespace sources::literals;
using sources::Fault;
using sources::Name;
using sources::Node;

constexpr std::size_t kLongest = 20;

}  // namespace

Fault read_value(Node node, Name name, std::string_view& value) {
  if (!node.leaf()) return {name.text(), "holds elements, where a value belongs", node.place()};
  if (!node.text().empty()) return {name.text(), "holds a text, where the attribute value belongs", node.place()};
  if (!node.has_attr("value"_n)) return {name.text(), "has no attribute value", node.place()};
  if (node.overlong()) return {name.text(), "is longer than 2,000 bytes", node.place()};
  value = node.attr("value"_n);
  return {};
}

Fault read_single(Node parent, Name name, std::string_view& value) {
  const Node node = parent.child(name);
  value = {};
  if (!node) return {};
  if (const Node again = node.next(name)) return {name.text(), "stands twice", again.place()};
  return read_value(node, name, value);
}

Fault check_text(Node node, Name name, std::string_view value) {
  if (value.size() > kLongest) return {name.text(), "is longer than 20 characters", node.place()};
  if (sources::holds_beyond_ascii(value)) return {name.text(), "holds letters beyond A to Z", node.place()};
  if (sources::holds_control(value))
    return {name.text(), "holds a line break or another control character", node.place()};
  return {};
}

}  // namespace nhis
