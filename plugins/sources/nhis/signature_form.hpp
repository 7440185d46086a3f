// What form a signature has to have before its mathematics matter: one, over the whole message, by methods that hold.
#pragma once
#include <libxml/tree.h>

#include <string>
#include <vector>

namespace nhis {

struct SignatureForm {
  xmlNodePtr signature = nullptr;
  std::vector<std::string> certificates;  // in base64, as they stand
};

// Looks at a message's root. Null: the form is right; else the fault, in fixed words.
const char* read_form(xmlNodePtr message, SignatureForm& form);

}  // namespace nhis
