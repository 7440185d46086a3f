#include "slip.hpp"

namespace nhis {
namespace {

// Every text of a slip.
template <class Use>
void for_each_text(Slip& slip, Use&& use) {
  for (std::string_view* text :
       {&slip.number, &slip.local, &slip.subject.id, &slip.subject.birth, &slip.performer.uin,
        &slip.performer.specialty, &slip.facility, &slip.region, &slip.financing, &slip.kept.bytes})
    use(*text);
  for (Item& item : slip.items) {
    for (std::string_view* text : {&item.value, &item.text, &item.part}) use(*text);
  }
}

}  // namespace

void Slip::own() {
  std::size_t size = 0;
  for_each_text(*this, [&](std::string_view text) { size += text.size(); });
  auto block = std::make_shared_for_overwrite<char[]>(size);
  char* at = block.get();
  for_each_text(*this, [&](std::string_view& text) {
    text = {at, text.copy(at, text.size())};
    at += text.size();
  });
  texts_ = std::move(block);
}

}  // namespace nhis
