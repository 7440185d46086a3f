// What an engine holds; for its own files.
#pragma once
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "plugins/sinks/smpp/engine.hpp"
#include "plugins/sinks/smpp/wire.hpp"

namespace vestitel::smpp {

// A message on its way.
struct Engine::Sending {
  Sending(Parcel p, std::shared_ptr<Call> c) : parcel(std::move(p)), call(std::move(c)), ids(parcel.parts.size()) {}

  Parcel parcel;
  std::shared_ptr<Call> call;
  std::vector<std::string> ids;
  std::set<std::size_t> again;  // throttled parts
  std::size_t next = 0, taken = 0, unanswered = 0;
  std::optional<Verdict> ended;  // nothing more of it leaves
  bool lost = false, begun = false, settled = false;

  bool has_next() const { return !ended && !lost && (!again.empty() || next < parcel.parts.size()); }
};

// A link and what stands around it; null while it is not there.
struct Engine::Lane {
  LinkOptions options;
  std::unique_ptr<Wire> wire;
  std::unique_ptr<Link> link;
  std::int64_t due = 0;        // to connect
  std::int64_t next_part = 0;  // to send
  std::int64_t refused_at = 0;
  int attempts = 0;
  bool refused = false;  // the login: no further attempt
  bool open = false, ready = true, leaving = false;
  Ending why{Fault::lost};

  bool bound() const { return link != nullptr && link->bound() && !leaving; }
  bool coming() const { return link != nullptr && !link->closed() && !link->bound(); }
};

}  // namespace vestitel::smpp
