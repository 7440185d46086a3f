#include "core/api/inbox_problem.hpp"

#include <iterator>
#include <nlohmann/json.hpp>

namespace vestitel {
namespace {

struct Row {
  Problem problem;
  ProblemText text;
};

constexpr Row kRows[] = {
    {Problem::kBadRequest,
     {400, "bad-request", "Not a request that is understood", "The request is not HTTP/1.1 in its strict form.",
      "Заявката не е HTTP/1.1 в строгата му форма."}},
    {Problem::kBadVersion,
     {505, "http-version", "HTTP/1.1 only", "Only HTTP/1.1 is spoken here.", "Приема се само HTTP/1.1."}},
    {Problem::kHeadTooLarge,
     {431, "head-too-large", "Header too large", "The header has at most 16 KiB and 100 fields.",
      "Заглавната част е най-много 16 KiB и 100 полета."}},
    {Problem::kBadExpectation,
     {417, "expectation", "Unknown expectation", "Expect may only say 100-continue.",
      "Expect може да бъде само 100-continue."}},
    {Problem::kNoSuchPath,
     {404, "no-such-path", "Nothing here", "There is nothing at this address.", "На този адрес няма нищо."}},
    {Problem::kBadMethod,
     {405, "method", "Method not allowed", "This address does not take the method; Allow lists those that it takes.",
      "Адресът не приема този метод; Allow изброява приеманите."}},
    {Problem::kNoCredential,
     {401, "no-credential", "Who are you?", "A client certificate or a key (Authorization: Bearer) is needed.",
      "Необходим е клиентски сертификат или ключ (Authorization: Bearer)."}},
    {Problem::kBadCredential,
     {401, "credential", "Credential not accepted", "The certificate or key is not known, or is no longer good.",
      "Сертификатът или ключът не е известен или вече не е валиден."}},
    {Problem::kTwoPartners,
     {401, "two-partners", "Two partners at once", "Certificate and key belong to different partners.",
      "Сертификатът и ключът са на различни партньори."}},
    {Problem::kTooManyFailures,
     {429, "too-many-failures", "Too many failed attempts",
      "Too many attempts without a good certificate or key came from this address. Try again in a minute.",
      "Твърде много опити без валиден сертификат или ключ от този адрес. Опитайте отново след минута."}},
    {Problem::kNotYours,
     {403, "not-yours", "Not allowed", "The partner may not deliver to this instance.",
      "Партньорът няма право да подава към тази инстанция."}},
    {Problem::kNoSuchInstance,
     {404, "no-such-instance", "No such instance", "There is no reader of this name, or it is not in use.",
      "Няма източник с това име или той не се използва."}},
    {Problem::kNoSuchReceipt,
     {404, "no-such-receipt", "No such receipt", "There is no document of this number, or it is too old.",
      "Няма документ с този номер или е твърде стар."}},
    {Problem::kNotAcceptable,
     {406, "not-acceptable", "No such form", "A receipt is application/json or text/plain.",
      "Разписката е application/json или text/plain."}},
    {Problem::kBadKey,
     {400, "idempotency-key", "Bad Idempotency-Key",
      "Idempotency-Key is one value of 1 to 255 visible ASCII characters.",
      "Idempotency-Key е една стойност от 1 до 255 видими ASCII знака."}},
    {Problem::kBadName,
     {400, "name", "Bad Vestitel-Name",
      "Vestitel-Name is one file name without a path, at most 255 bytes, plain ASCII or in the form of RFC 8187.",
      "Vestitel-Name е едно име на файл без път, най-много 255 байта, в ASCII или във формата на RFC 8187."}},
    {Problem::kBadAsOf,
     {400, "as-of", "Bad Vestitel-As-Of",
      "Vestitel-As-Of is one date like 2026-10-31 or instant like 2026-10-31T08:00:00Z.",
      "Vestitel-As-Of е една дата като 2026-10-31 или момент като 2026-10-31T08:00:00Z."}},
    {Problem::kAsOfAhead,
     {400, "as-of-ahead", "Vestitel-As-Of in the future", "Vestitel-As-Of lies more than a day in the future.",
      "Vestitel-As-Of е повече от един ден в бъдещето."}},
    {Problem::kBadComplete,
     {400, "complete", "Bad Vestitel-Complete", "Vestitel-Complete is true or false.",
      "Vestitel-Complete е true или false."}},
    {Problem::kBadMediaType,
     {415, "media-type", "Bad Content-Type", "Content-Type is one media type like application/xml.",
      "Content-Type е един тип като application/xml."}},
    {Problem::kBadEncoding,
     {415, "encoding", "Unknown Content-Encoding",
      "Content-Encoding may only be gzip, and not of a ZIP file: one layer of packing is taken off.",
      "Content-Encoding може да бъде само gzip и не върху ZIP файл: сваля се един слой компресия."}},
    {Problem::kNoLength,
     {411, "length", "Length required", "A document comes with Content-Length or Transfer-Encoding: chunked.",
      "Документът се подава с Content-Length или Transfer-Encoding: chunked."}},
    {Problem::kTooLarge,
     {413, "too-large", "Too large", "The document is larger than what is taken here. Use a drop folder for it.",
      "Документът е по-голям от допустимото. Подайте го чрез папка за доставка."}},
    {Problem::kTooManyBodies,
     {429, "too-many-bodies", "Too many at once", "Too many documents of the partner are coming in at the same time.",
      "Твърде много документи на партньора се подават едновременно."}},
    {Problem::kNoRoom,
     {503, "no-room", "Not now", "No documents are taken at the moment. Try again later.",
      "В момента не се приемат документи. Опитайте по-късно."}},
    {Problem::kBadBody,
     {400, "bad-body", "Broken body", "The body is not framed as its header says.",
      "Тялото на заявката не е оформено така, както казва заглавната част."}},
    {Problem::kEmpty, {400, "empty", "Empty", "The document is empty.", "Документът е празен."}},
    {Problem::kTooPacked,
     {413, "too-packed", "Packed too far", "The document would become more than 100 times as large as it came.",
      "Документът би станал над 100 пъти по-голям, отколкото е подаден."}},
    {Problem::kNotGzip,
     {400, "not-gzip", "Not gzip", "The body is not whole gzip, as Content-Encoding says.",
      "Тялото не е цял gzip, както казва Content-Encoding."}},
    {Problem::kNotZip,
     {400, "not-zip", "Not ZIP", "The body is not a whole ZIP file, as Content-Type says.",
      "Тялото не е цял ZIP файл, както казва Content-Type."}},
    {Problem::kZipForm,
     {400, "zip-form", "ZIP of another form",
      "The ZIP file is encrypted, ZIP64, in parts, with a comment or with bytes that belong to no file.",
      "ZIP файлът е шифрован, ZIP64, на части, с коментар или с байтове извън файла в него."}},
    {Problem::kZipEntries,
     {400, "zip-entries", "Not one file", "The ZIP file has to hold exactly one file.",
      "ZIP файлът трябва да съдържа точно един файл."}},
    {Problem::kZipFolder,
     {400, "zip-folder", "A folder in the ZIP", "The file in the ZIP file may not lie in a folder.",
      "Файлът в ZIP файла не може да е в папка."}},
    {Problem::kOtherContent,
     {422, "other-content", "Key used for other content",
      "This Idempotency-Key came before with other content, another as-of or another word on completeness.",
      "Този Idempotency-Key вече е използван с друго съдържание, друга дата или друга пълнота."}},
    {Problem::kNotFromThere,
     {403, "not-from-there", "Not from this address", "Calls for this sink are taken from other addresses alone.",
      "Обажданията за този канал се приемат само от други адреси."}},
    {Problem::kNotAReceipt,
     {400, "not-a-receipt", "Not a receipt", "The sink found no receipt of its provider in the request.",
      "В заявката няма разписка на доставчика на съобщения."}},
    {Problem::kForgedReceipt,
     {403, "forged-receipt", "Signature not accepted", "The signature of the receipt does not match.",
      "Подписът на разписката не съвпада."}},
    {Problem::kNotNow,
     {503, "receipt-not-now", "Not now", "The receipt is not on record. Send it again.",
      "Разписката не е записана. Изпратете я отново."}},
    {Problem::kStorage,
     {503, "storage", "Not now", "The document could not be stored. Try again later with the same Idempotency-Key.",
      "Документът не можа да бъде съхранен. Опитайте по-късно със същия Idempotency-Key."}},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < std::size(kRows); ++i)
    if (static_cast<std::size_t>(kRows[i].problem) != i) return false;
  return std::size(kRows) == kProblems;
}
static_assert(in_order(), "the table is in the order of the list, and whole");

}  // namespace

const ProblemText& text_of(Problem problem) { return kRows[static_cast<std::size_t>(problem)].text; }

std::string problem_json(Problem problem) {
  const ProblemText& text = text_of(problem);
  return nlohmann::ordered_json{{"type", "urn:vestitel:inbox:" + std::string(text.slug)},
                                {"title", text.title},
                                {"status", text.status},
                                {"detail", text.detail},
                                {"detail_bg", text.detail_bg}}
             .dump() +
         "\n";
}

Problem problem_of(InboxFault fault) {
  switch (fault) {
    case InboxFault::kEmpty: return Problem::kEmpty;
    case InboxFault::kTooLarge: return Problem::kTooLarge;
    case InboxFault::kTooPacked: return Problem::kTooPacked;
    case InboxFault::kNotGzip: return Problem::kNotGzip;
    case InboxFault::kNotZip: return Problem::kNotZip;
    case InboxFault::kZipForm: return Problem::kZipForm;
    case InboxFault::kZipEntries: return Problem::kZipEntries;
    case InboxFault::kZipFolder: return Problem::kZipFolder;
    case InboxFault::kOtherContent: return Problem::kOtherContent;
    case InboxFault::kNone:
    case InboxFault::kStorage: break;
  }
  return Problem::kStorage;
}

}  // namespace vestitel
