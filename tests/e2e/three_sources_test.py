#!/usr/bin/env python3
"""The same visit by НЗИС, in the practice's report and in an answer of RegiX: told once, in whatever order they come; and
where the third shows something else, corrected once."""
import itertools
import unittest

from hub import Hub
from nhis_messages import bundle, leaf, message
from reports import MONTH, YEAR, egn, report, sheet

DAY = f"{YEAR}-{MONTH:02}-05"  # of the sheets
PRACTICE, DOCTOR = "2203999001", "2299000011"
SAME, CHANGED = 1, 2  # persons: all three say the same of the one, the third something else of the other


def number(person):
    """The national number of the visit, as sheet() has it."""
    return f"{YEAR % 100:02}{MONTH:02}9A{person:06}"


def nhis(person, icd):
    exam = (f'<n:examination>{leaf("nrnExamination", number(person))}{leaf("status", "2")}'
            f'{leaf("openDate", DAY + "T07:40:00Z")}<n:diagnosis>{leaf("code", icd)}</n:diagnosis></n:examination>')
    who = f'<n:subject>{leaf("identifierType", "1")}{leaf("identifier", egn(person))}</n:subject>'
    doctor = f'<n:performer>{leaf("pmi", DOCTOR)}{leaf("practiceNumber", PRACTICE)}</n:performer>'
    return bundle(message(person, "X006", f"<n:results>{exam}{who}{doctor}</n:results>"))


def amblist(person, icd):
    return report(sheet(person, person, icd=icd))


def regix(person, icd):
    return f"""<ReportExamsResponse xmlns="http://egov.bg/RegiX/NHIF/Response" xmlns:c="http://egov.bg/RegiX/NHIF/NHIFCommon">
<ReportExams><ReportExam><PatientIdentificator>{egn(person)}</PatientIdentificator>
  <Practitioner><c:UINNumber>{DOCTOR}</c:UINNumber></Practitioner><MSP><c:MSPCode>{PRACTICE}</c:MSPCode></MSP>
  <AmbulatoryList><c:AmbulatoryListNumber>{number(person)}</c:AmbulatoryListNumber>
    <c:AmbulatoryListDate>{DAY}</c:AmbulatoryListDate></AmbulatoryList>
  <ICD><c:MainICD><c:MainICDCode>{icd}</c:MainICDCode></c:MainICD></ICD>
</ReportExam></ReportExams></ReportExamsResponse>""".encode()


SOURCES = {"nhis": nhis, "nzok-amblist": amblist, "regix-nhif": regix}


class ThreeSources(unittest.TestCase):
    def hub_of_three(self):
        hub = Hub()
        self.addCleanup(hub.close)
        secret = hub.root / "person-key"
        secret.write_text("a secret of this test alone")
        secret.chmod(0o600)
        for source in SOURCES:
            settings = f"settings:\n  person_key: ${{file:{secret}}}\n" if source == "regix-nhif" else ""
            hub.write(f"plugins.d/{'reader' if source == 'nzok-amblist' else source}.yaml",
                      f"id: {source}\nplugin: {source}\n{settings}reader:\n  drop_folder: ${{store}}/inbox/{source}\n")
        hub.subscribe((egn(person), f"p{person}@example.test") for person in (SAME, CHANGED))
        hub.start()
        return hub

    def drop(self, hub, source, person, icd):
        name, folder = f"visit-{person}.xml", hub.drop / source
        hub.put(name, SOURCES[source](person, icd), drop=folder)
        counts = hub.receipt(name, drop=folder)["counts"]
        self.assertEqual((counts["accepted"], counts["quarantined"]), (1, 0), (source, counts))

    def test_a_visit_is_told_once_and_a_change_of_it_once(self):
        for order in itertools.permutations(SOURCES):
            with self.subTest(order=order):
                hub = self.hub_of_three()
                told = []
                for place, source in enumerate(order):
                    self.drop(hub, source, SAME, "I10")
                    self.drop(hub, source, CHANGED, "I11.9" if place == 2 else "I10")
                    self.assertTrue(hub.settled()["balanced"])
                    told.append(sorted((m["to"], m["title"]) for m in hub.messages()))
                once = [(f"p{person}@example.test", "Ново отчетено събитие") for person in (SAME, CHANGED)]
                corrected = (f"p{CHANGED}@example.test", "Поправено отчетено събитие")
                self.assertEqual(told, [once, once, sorted([*once, corrected])])
                self.assertEqual(len(hub.look("events")), 6)
                self.assertEqual(hub.stop(), 0)
                self.assertEqual(hub.leaks([egn(SAME), egn(CHANGED)]), [])
                hub.close()


if __name__ == "__main__":
    unittest.main()
