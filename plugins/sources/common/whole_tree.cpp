#include "plugins/sources/common/whole_tree.hpp"

#include "plugins/sources/common/xml_push.hpp"

namespace sources {
namespace {

Name name_of(const xmlChar* text) { return {name_hash(reinterpret_cast<const char*>(text))}; }

class Grower final : public XmlHandler {
 public:
  explicit Grower(Tree& tree) : tree_(tree), xml_(*this) {}
  XmlPush& xml() { return xml_; }

 private:
  void open(const XmlTag& tag) override {
    tree_.open(name_of(tag.name), xml_.tag_place());
    for (std::size_t i = 0; i < tag.attributes(); ++i) {
      const XmlAttribute attribute = tag.attribute(i);
      if (attribute.uri == nullptr) tree_.attribute(name_of(attribute.name), attribute.value);
    }
    collect();
  }
  void close() override {
    tree_.close(xml_.overlong());
    collect();
  }
  void collect() { xml_.collect(tree_.too_large() ? nullptr : &tree_.text(), tree_.room()); }

  Tree& tree_;
  XmlPush xml_;
};

}  // namespace

Fault read_whole(std::string_view bytes, Tree& tree) {
  tree.clear();
  Grower grower(tree);
  XmlPush& xml = grower.xml();
  if (!vestitel::is_text(bytes)) return {"document", "the bytes are not UTF-8", {}};
  if (xml.push(bytes)) xml.finish();
  if (xml.failed()) return {"document", xml.fault(), xml.fault_place()};
  if (tree.too_large()) return {"document", "holds more than 16,384 elements or 256 KiB of text", {}};
  return {};
}

}  // namespace sources
