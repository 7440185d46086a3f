#include "signature_form.hpp"

#include <algorithm>
#include <memory>
#include <string_view>

namespace nhis {
namespace {

constexpr std::size_t kMostCertificates = 8;
constexpr std::string_view kSpace = "http://www.w3.org/2000/09/xmldsig#";

// By these alone: what else a signature may name (XPath, XSLT, SHA-1, a shared key) proves nothing, or does too much.
constexpr std::string_view kCanonical[] = {"http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
                                           "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
                                           "http://www.w3.org/2006/12/xml-c14n11",
                                           "http://www.w3.org/2006/12/xml-c14n11#WithComments",
                                           "http://www.w3.org/2001/10/xml-exc-c14n#",
                                           "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"};
constexpr std::string_view kEnveloped[] = {"http://www.w3.org/2000/09/xmldsig#enveloped-signature"};
constexpr std::string_view kDigests[] = {"http://www.w3.org/2001/04/xmlenc#sha256",
                                         "http://www.w3.org/2001/04/xmldsig-more#sha384",
                                         "http://www.w3.org/2001/04/xmlenc#sha512"};
constexpr std::string_view kSignatures[] = {
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",   "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",   "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512"};

constexpr const char* kNotWhole = "does not cover the whole message, and nothing else";
constexpr const char* kMethod = "is made by a method that is not accepted";

std::string_view text_of(const xmlChar* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

bool is(xmlNodePtr node, std::string_view name) {
  return node->type == XML_ELEMENT_NODE && node->ns != nullptr && text_of(node->ns->href) == kSpace &&
         text_of(node->name) == name;
}

// The children of that name.
std::vector<xmlNodePtr> children(xmlNodePtr parent, std::string_view name) {
  std::vector<xmlNodePtr> found;
  for (xmlNodePtr node = parent == nullptr ? nullptr : parent->children; node != nullptr; node = node->next)
    if (is(node, name)) found.push_back(node);
  return found;
}

// The only child of that name; null: there is none, or more than one.
xmlNodePtr child(xmlNodePtr parent, std::string_view name) {
  const auto found = children(parent, name);
  return found.size() == 1 ? found[0] : nullptr;
}

std::string owned(xmlChar* text) {
  const std::unique_ptr<xmlChar, void (*)(void*)> held(text, [](void* p) { xmlFree(p); });
  return std::string(text_of(text));
}

std::string attribute(xmlNodePtr node, const char* name) {
  return owned(xmlGetNoNsProp(node, reinterpret_cast<const xmlChar*>(name)));
}

template <std::size_t N>
bool by(xmlNodePtr node, const std::string_view (&list)[N]) {
  if (node == nullptr) return false;
  const std::string algorithm = attribute(node, "Algorithm");
  return std::find(std::begin(list), std::end(list), algorithm) != std::end(list);
}

const char* transforms_fault(xmlNodePtr reference) {
  bool enveloped = false;
  for (const xmlNodePtr transform : children(child(reference, "Transforms"), "Transform")) {
    if (by(transform, kEnveloped)) {
      enveloped = true;
    } else if (!by(transform, kCanonical)) {
      return kMethod;
    }
  }
  return enveloped ? nullptr : kNotWhole;
}

// An empty URI is the document that the signature stands in, whatever stands where in it.
const char* reference_fault(xmlNodePtr reference) {
  if (reference == nullptr || xmlHasNsProp(reference, reinterpret_cast<const xmlChar*>("URI"), nullptr) == nullptr ||
      !attribute(reference, "URI").empty())
    return kNotWhole;
  if (const char* fault = transforms_fault(reference)) return fault;
  return by(child(reference, "DigestMethod"), kDigests) ? nullptr : kMethod;
}

}  // namespace

const char* read_form(xmlNodePtr message, SignatureForm& form) {
  const auto signatures = children(message, "Signature");
  if (signatures.empty()) return "is missing";
  if (signatures.size() > 1) return "stands twice";
  form.signature = signatures[0];
  const xmlNodePtr info = child(form.signature, "SignedInfo");
  if (!by(child(info, "CanonicalizationMethod"), kCanonical) || !by(child(info, "SignatureMethod"), kSignatures))
    return kMethod;
  if (const char* fault = reference_fault(child(info, "Reference"))) return fault;
  for (const xmlNodePtr data : children(child(form.signature, "KeyInfo"), "X509Data"))
    for (const xmlNodePtr certificate : children(data, "X509Certificate"))
      form.certificates.push_back(owned(xmlNodeGetContent(certificate)));
  if (form.certificates.empty()) return "holds no certificate";
  return form.certificates.size() > kMostCertificates ? "holds more than 8 certificates" : nullptr;
}

}  // namespace nhis
