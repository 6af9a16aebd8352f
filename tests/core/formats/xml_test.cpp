#include "core/formats/xml.h"

#include <gmock/gmock.h>

#include "tests/core/formats/support.h"

namespace passerelle::formats {
namespace {

using testing::HasSubstr;

// "<a x=1>text</a>" in one line, the error behind it.
std::string events_of(const std::string& document, XmlSettings settings = {},
                      std::size_t piece = 100'000) {
  XmlReader reader(dropping(document, piece), settings);
  std::string out;
  for (;;) {
    const auto event = reader.next();
    if (!event.ok()) return out + " error: " + message_of(event.status());
    if (*event == XmlEvent::kDone) return out;
    if (*event == XmlEvent::kText) out += reader.text();
    if (*event == XmlEvent::kEnd) out += "</" + std::string(reader.local_name()) + ">";
    if (*event != XmlEvent::kStart) continue;
    out += "<" + std::string(reader.local_name());
    for (const XmlAttribute& attribute : reader.attributes()) {
      out += " " + std::string(attribute.local_name) + "=" + std::string(attribute.value);
    }
    out += ">";
  }
}

TEST(Xml, ElementsAttributesAndTextsComeInOrder) {
  const std::string document =
      "<?xml version=\"1.0\"?>\n<!-- c -->\n<a x=\"1 &amp; 2\" y='&#233;'>t<b/>u&lt;<![CDATA[<&>]]>"
      "<!-- in between -->v</a>\n";
  for (const std::size_t piece : {1u, 2u, 7u, 100'000u}) {
    EXPECT_EQ(events_of(document, {}, piece), "<a x=1 & 2 y=é>t<b></b>u<<&>v</a>");
  }
}

TEST(Xml, NamespacesAreResolved) {
  XmlReader reader(
      source_of_view("<d:Doc xmlns:d='urn:doc' xmlns='urn:other'><Line V='1' d:w='2'/></d:Doc>"));
  ASSERT_EQ(*reader.next(), XmlEvent::kStart);
  EXPECT_EQ(reader.local_name(), "Doc");
  EXPECT_EQ(reader.namespace_uri(), "urn:doc");
  EXPECT_EQ(reader.depth(), 1u);
  ASSERT_EQ(*reader.next(), XmlEvent::kStart);
  EXPECT_EQ(reader.namespace_uri(), "urn:other");
  EXPECT_EQ(reader.attribute("V"), "1");
  EXPECT_EQ(reader.attribute("w"), "2");
  EXPECT_EQ(reader.attributes()[1].namespace_uri, "urn:doc");
  EXPECT_EQ(reader.attribute("z"), std::nullopt);
  EXPECT_EQ(reader.attribute_or_empty("z"), "");
  EXPECT_EQ(reader.depth(), 2u);
}

TEST(Xml, BlankTextIsPassedOverUnlessKept) {
  EXPECT_EQ(events_of("<a>\n  <b> x </b>\n</a>"), "<a><b> x </b></a>");
  EXPECT_EQ(events_of("<a> <b> </b></a>", {.keep_blank_text = true}), "<a> <b> </b></a>");
}

TEST(Xml, TheDeclaredEncodingIsObeyed) {
  const std::string latin = "<?xml version='1.0' encoding='ISO-8859-1'?><a l='\xE9t\xE9'>\xE8</a>";
  for (const std::size_t piece : {1u, 3u, 100'000u}) {
    EXPECT_EQ(events_of(latin, {}, piece), "<a l=été>è</a>");
  }
  EXPECT_EQ(events_of("<?xml version='1.0' encoding='windows-1252'?><a>\x80</a>"), "<a>€</a>");
  EXPECT_EQ(events_of("\xEF\xBB\xBF<a>é</a>"), "<a>é</a>");
}

TEST(Xml, AWrongEncodingIsReportedWithItsPlace) {
  EXPECT_THAT(events_of("<?xml version='1.0' encoding='UTF-8'?>\n<a>\n<b>\xE9</b></a>"),
              HasSubstr("error: XML 3:"));
}

TEST(Xml, LinesAreCounted) {
  XmlReader reader(source_of_view("<a>\n<b/>\n<c>\n</c></a>"));
  ASSERT_EQ(*reader.next(), XmlEvent::kStart);
  EXPECT_EQ(reader.line(), 1u);
  ASSERT_EQ(*reader.next(), XmlEvent::kStart);
  EXPECT_EQ(reader.line(), 2u);
}

TEST(Xml, MalformedDocumentsGiveTheirEventsAndThenTheFault) {
  EXPECT_THAT(events_of("<a><b>x</b>\n<c></b></a>"),
              testing::AllOf(HasSubstr("<a><b>x</b>"), HasSubstr("error: XML 2:")));
  EXPECT_THAT(events_of("<a><b>"), HasSubstr("error: XML 1:"));
  EXPECT_THAT(events_of(""), HasSubstr("error: XML"));
  EXPECT_THAT(events_of("Sens,Nature\n1,2\n"), HasSubstr("error: XML 1:"));
  EXPECT_THAT(events_of("<a></a><b/>"), HasSubstr("error: XML 1:"));
}

TEST(Xml, ErrorsAreFinal) {
  XmlReader reader(source_of_view("<a><"));
  while (reader.next().ok()) {
  }
  EXPECT_FALSE(reader.next().ok());
  XmlReader broken(std::make_unique<FailingSource>("<a><b/>"));
  Status status;
  while (status.ok()) status = broken.next().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
}

TEST(Xml, ABillionLaughsAreRefusedAtTheFirst) {
  std::string document = "<?xml version='1.0'?>\n<!DOCTYPE l [\n<!ENTITY l0 'lol'>\n";
  for (int i = 1; i < 10; ++i) {
    document += "<!ENTITY l" + std::to_string(i) + " '";
    for (int j = 0; j < 10; ++j) document += "&l" + std::to_string(i - 1) + ";";
    document += "'>\n";
  }
  document += "]>\n<l>&l9;</l>";
  for (const std::size_t piece : {1u, 50u, 100'000u}) {
    EXPECT_THAT(events_of(document, {}, piece), HasSubstr("declares entities"));
  }
}

TEST(Xml, EntitiesOfOtherFilesAndUnknownOnesAreRefused) {
  EXPECT_THAT(events_of("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"),
              HasSubstr("declares entities"));
  EXPECT_THAT(events_of("<!DOCTYPE a [<!ENTITY % x SYSTEM 'http://localhost/x'> %x;]><a/>"),
              HasSubstr("declares entities"));
  EXPECT_THAT(events_of("<a>&nbsp;</a>"), HasSubstr("error: XML 1:"));
  EXPECT_THAT(events_of("<!DOCTYPE a SYSTEM 'a.dtd'><a>&nbsp;</a>"), HasSubstr("error: XML 1:"));
}

TEST(Xml, ADocumentTypeAloneIsHarmless) {
  EXPECT_EQ(events_of("<!DOCTYPE a SYSTEM 'a.dtd'><a>x</a>"), "<a>x</a>");
}

TEST(Xml, DepthTextsAndAttributesHaveLimits) {
  std::string deep;
  for (int i = 0; i < 11; ++i) deep += "<a>";
  EXPECT_THAT(events_of(deep, {.depth_max = 10}), HasSubstr("deeper than 10"));
  EXPECT_THAT(events_of("<a>0123456789</a>", {.text_bytes_max = 9}),
              HasSubstr("more than 9 bytes"));
  EXPECT_THAT(events_of("<a x='0123456789'/>", {.text_bytes_max = 9}), HasSubstr("attribute x"));
  EXPECT_THAT(events_of("<a>" + std::string(2 << 20, 'x') + "</a>"), HasSubstr("error: XML 1:"));
}

TEST(Xml, ElementsCanBeSkippedOrReadAsText) {
  XmlReader reader(source_of_view("<a><skip><b>x</b><skip/></skip><t>1<i>2</i>3</t><z/></a>"));
  ASSERT_EQ(*reader.next(), XmlEvent::kStart);
  ASSERT_EQ(*reader.next(), XmlEvent::kStart);
  ASSERT_TRUE(reader.skip_element().ok());
  ASSERT_EQ(*reader.next(), XmlEvent::kStart);
  EXPECT_EQ(*reader.text_of_element(), "123");
  ASSERT_EQ(*reader.next(), XmlEvent::kStart);
  EXPECT_EQ(reader.local_name(), "z");
}

TEST(Xml, LongDocumentsStreamInPieces) {
  std::string document = "<a>";
  for (int i = 0; i < 20'000; ++i) document += "<n V=\"" + std::to_string(i) + "\"/>\n";
  document += "</a>";
  XmlReader reader(dropping(document, 777));
  int expected = 0;
  for (;;) {
    const auto event = reader.next();
    ASSERT_TRUE(event.ok());
    if (*event == XmlEvent::kDone) break;
    if (*event == XmlEvent::kStart && reader.local_name() == "n") {
      ASSERT_EQ(reader.attribute("V"), std::to_string(expected++));
    }
  }
  EXPECT_EQ(expected, 20'000);
}

TEST(Xml, EscapedTextReadsBackInAttributesAndTexts) {
  const std::string text = "a<b>&\"'\t\r\nç";
  EXPECT_EQ(events_of("<a x=\"" + xml_escaped(text) + "\">" + xml_escaped(text) + "</a>"),
            "<a x=" + text + ">" + text + "</a>");
  EXPECT_EQ(xml_escaped(std::string("\x01\xEF\xBF\xBF", 4)), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

}  // namespace
}  // namespace passerelle::formats
