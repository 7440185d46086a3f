// One delivery to the desk in a process of its own, to be killed: STATE KEY CONTENT.
#include <iostream>

#include "core/intake/inbox_desk.hpp"

int main(int argc, char** argv) {
  using namespace vestitel;
  if (argc != 4) return 2;
  const SystemClock clock;
  InboxDesk desk(argv[1], clock);
  desk.clear_spools();
  InboxOrder order;
  order.place = {"amb", "acme", Purpose::kDelivery};
  order.key = argv[2];
  order.as_of = "2026-10-31";
  order.most = 1'000;
  auto spool = desk.open(order);
  if (!spool || (*spool)->write(argv[3]) != InboxFault::kNone) return 1;
  const InboxTaken taken = (*spool)->finish();
  if (taken.fault != InboxFault::kNone) return 10 + static_cast<int>(taken.fault);
  std::cout << taken.id << "\n";
  return 0;
}
