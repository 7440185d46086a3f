// The records are those of the samples, indented as programs of practices write them.
#include "tests/support/document_generator.hpp"

namespace vestitel::testing {
namespace {

DocumentForm dental() {
  return {
      "nzok-dental", R"({"full_reports":true})",
      R"(<?xml version="1.0" encoding="UTF-8"?>
<report xmlns="http://nhif.bg/xsd/dental" practiceName="АИППДМ Пример" bulstat="999000113" RCZCode="1622999003" contractNo="169903" dentistName="Пример Зъболекаров" dentistSpec="61" dentistPersonalCode="1699000033" RHIF="16" startFrom="2026-10-01" endTo="2026-10-31" dentalServiceType="1">
  <dentalCareServices>
)",
      R"(    <dentalCareService personType="1" personIdentifier="{egn}" RHIFCode="16" healthRegionCode="22" personFirstName="Образец" personLastName="Тестов" specificationType="SPEC NORM" ambulatorySheetNo="26281{seven}" HIRBNo="" unfavorableCondition="0" substitute="0" Sign="1">
      <services>
        <service date="2026-10-12" diagnosis="K02.1 - Кариес на дентина" toothCode="55" activityCode="301" ACHIcode="97521-01"/>
        <service date="2026-10-05" diagnosis="Без диагноза" toothCode="99" activityCode="101" ACHIcode="97011-00"/>
      </services>
    </dentalCareService>
)",
      "  </dentalCareServices>\n</report>\n"};
}

DocumentForm cpfile() {
  return {"nzok-cpfile", "{}",
          R"(<?xml version="1.0" encoding="UTF-8"?>
<cpFile>
  <Practice><branch>16</branch><no>1622999004</no><name>МБАЛ Пример АД</name><healthRegion>22</healthRegion><address>гр. Примерово, бул. Образец 2</address></Practice>
  <fileType>CP</fileType>
  <dateFrom>2026-10-12T00:00:00</dateFrom>
  <dateTo>2026-10-12T23:59:59</dateTo>
)",
          R"(  <Out>
    <Patient><EGN>{egn}</EGN><Sex>1</Sex><Given>Образец</Given><Sur>Примеров</Sur><Family>Тестов</Family><Address>гр. София</Address></Patient>
    <patientBranch>22</patientBranch><patientHRegion>3</patientHRegion><inType>1</inType>
    <Sender><Practice><branch>16</branch><no>1622999001</no><name>МЦ Пример 1</name><healthRegion>3</healthRegion></Practice><uin>2299000011</uin><speciality>8</speciality><NumNapr>9902</NumNapr></Sender>
    <sendDate>2026-10-06</sendDate>
    <sendDiagnose><primary>I10</primary></sendDiagnose>
    <sendUrgency>2</sendUrgency><sendClinicalPath>29</sendClinicalPath>
    <uin>2299000044</uin><examinationDate>2026-10-08</examinationDate>
    <diagnose><primary>I10</primary></diagnose>
    <urgency>2</urgency><clinicalPath>29</clinicalPath><NZOKPay>1</NZOKPay><inMedicalWard>1.1</inMedicalWard>
    <entryDate>2026-10-08T09:00:00</entryDate><severity>1</severity><payer>1</payer><IZYear>2026</IZYear><IZNo>{ten}</IZNo>
    <outMedicalWard>1.1</outMedicalWard><outUin>2299000044</outUin><outDate>2026-10-12T12:30:00</outDate><outType>1</outType><outClinicalPath>29</outClinicalPath>
  </Out>
)",
          "</cpFile>\n"};
}

DocumentForm clpr() {
  return {"nzok-clpr", "{}",
          R"(<?xml version="1.0" encoding="UTF-8"?>
<HOSP_Practice>
  <ZdrRajon>1</ZdrRajon><PracticeCode>2201999004</PracticeCode><PracticeName>МБАЛ Пример АД</PracticeName>
  <DateFrom>2026-10-12</DateFrom><DateTo>2026-10-12</DateTo><fileType>CLPR</fileType>
)",
          R"(  <Napr_Proc>
    <Patient><EGN>{egn}</EGN><Sex>2</Sex><Given>Образка</Given><Sur>Примерова</Sur><Family>Тестова</Family><Address>гр. София</Address></Patient>
    <patientBranch>22</patientBranch><patientHRegion>3</patientHRegion>
    <Sender SenderType="1"><ZdrRajon>3</ZdrRajon><PracticeCode>2203999001</PracticeCode><UIN>2299000011</UIN><PracticeName>МЦ Пример 1</PracticeName><DoctorName>Пример Докторов</DoctorName></Sender>
    <APr_Send>19</APr_Send><TypeProc_Send>1</TypeProc_Send><Date_Send>2026-10-09</Date_Send>
    <APr_Priem>19</APr_Priem><MedicalWard>15.1</MedicalWard><TypeProc_Priem>1</TypeProc_Priem><Proc_Refuse>0</Proc_Refuse>
    <IZNum_Child>{ten}</IZNum_Child><IZYear_Child>2026</IZYear_Child>
    <UIN_PriemDoc>2299000055</UIN_PriemDoc><Name_PriemDoc>Пример Очев</Name_PriemDoc>
    <MainDiag1><imeMD>Старческа катаракта</imeMD><MKB>H25.1</MKB></MainDiag1>
    <Date_Proc_Begin>2026-10-12T08:00:00</Date_Proc_Begin><Date_Proc_End>2026-10-12T15:00:00</Date_Proc_End>
    <Done_New_Proc><Code_Proc>13.41</Code_Proc><Date_Proc>2026-10-12</Date_Proc></Done_New_Proc>
    <All_Done_Proc>1</All_Done_Proc><pacientStatus>1</pacientStatus><outUin>2299000055</outUin><Sign>1</Sign><NZOKPay>1</NZOKPay>
  </Napr_Proc>
)",
          "</HOSP_Practice>\n"};
}

DocumentForm labs() {
  return {"nzok-labs", "{}",
          R"(<?xml version="1.0" encoding="utf-8"?>
<LABS_CLAIM>
  <RHIF>22</RHIF>
  <LABS_HEREGISTRATIONNUMBER>2204999006</LABS_HEREGISTRATIONNUMBER>
  <LABS_NAME>СМДЛ Пример ООД</LABS_NAME>
  <CONTRACT_NUMBER>229906</CONTRACT_NUMBER>
  <INVOICE_NUMBER>1000000123</INVOICE_NUMBER>
  <INVOICE_DATE>2026-11-03</INVOICE_DATE>
  <CLAIM_DATE_FROM>2026-10-01</CLAIM_DATE_FROM>
  <CLAIM_DATE_TO>2026-10-31</CLAIM_DATE_TO>
)",
          R"(  <LABS_FORMS>
    <SHEET_NUMBER>26279{seven}</SHEET_NUMBER>
    <AMB_SHEET_NUMBER>999045</AMB_SHEET_NUMBER>
    <PATIENT>
      <RHIF>22</RHIF><HEALTH_REGION>03</HEALTH_REGION><GRAONO>{egn}</GRAONO><NATIONALITY>1</NATIONALITY>
      <FIRSTNAME>Образец</FIRSTNAME><SECONDNAME>Примеров</SECONDNAME><FAMILYNAME>Тестов</FAMILYNAME>
    </PATIENT>
    <SENDER>
      <HEREGISTRATION_NUMBER>2201999002</HEREGISTRATION_NUMBER><DOCTOR_TYPE>1</DOCTOR_TYPE><DOCTOR_UIN>2299000022</DOCTOR_UIN><DOCTOR_NAME>Пример Джипиев</DOCTOR_NAME><DOCTOR_SPEC>00</DOCTOR_SPEC>
    </SENDER>
    <TYPE>1</TYPE><ICD>I10</ICD><CREATION_DATE>2026-10-02</CREATION_DATE>
    <EXECUTOR><DOCTOR_UIN>2299000066</DOCTOR_UIN><DOCTOR_NAME>Пример Лаборантов</DOCTOR_NAME><DOCTOR_SPEC>09</DOCTOR_SPEC></EXECUTOR>
    <EXECUTION_DATE>2026-10-05</EXECUTION_DATE>
    <PROCS><PROCEDURE>01.01</PROCEDURE><EXECUTE>1</EXECUTE></PROCS>
    <PROCS><PROCEDURE>01.12</PROCEDURE><EXECUTE>1</EXECUTE></PROCS>
  </LABS_FORMS>
)",
          "</LABS_CLAIM>\n"};
}

// An answer is about one person, and holds at most 20,000 rows.
DocumentForm regix() {
  return {"regix-nhif",
          "{}",
          R"(<?xml version="1.0" encoding="utf-8"?>
<ReportExamsResponse xmlns="http://egov.bg/RegiX/NHIF/Response" xmlns:c="http://egov.bg/RegiX/NHIF/NHIFCommon">
  <ReportExams>
)",
          R"(    <ReportExam>
      <PatientIdentificator>5831079946</PatientIdentificator>
      <BranchName>РЗОК София град</BranchName>
      <Practitioner><c:UINNumber>2299000011</c:UINNumber><c:PractitionerName>Пример Докторов</c:PractitionerName><c:PractitionerSpecialityCode>08</c:PractitionerSpecialityCode><c:PractitionerSpecialityName>Кардиология</c:PractitionerSpecialityName></Practitioner>
      <MSP><c:MSPCode>2203999001</c:MSPCode><c:MSPName>МЦ Пример 1</c:MSPName></MSP>
      <AmbulatoryList><c:AmbulatoryListNumber>26279{seven}</c:AmbulatoryListNumber><c:AmbulatoryListDate>2026-10-06</c:AmbulatoryListDate></AmbulatoryList>
      <ExamType>Първичен преглед</ExamType>
      <ICD><c:MainICD><c:MainICDCode>I10</c:MainICDCode><c:MainICDName>Есенциална (първична) хипертония</c:MainICDName></c:MainICD></ICD>
      <ImmunisationsInfo/>
      <VSDInfo/>
    </ReportExam>
)",
          "  </ReportExams>\n</ReportExamsResponse>\n",
          20'000};
}

// A notice of an examination that is closed, with its reply beside it, as the system sends it back.
DocumentForm nhis() {
  return {"nhis", "{}",
          R"(<?xml version="1.0" encoding="UTF-8"?>
<v:messages xmlns:v="urn:vestitel:nhis-messages:1">
)",
          R"(<nhis:message xmlns:nhis="https://www.his.bg">
  <nhis:header>
    <nhis:sender value="1"/>
    <nhis:senderId value="2299000011"/>
    <nhis:senderISName value="ExampleIS 1.0"/>
    <nhis:recipient value="4"/>
    <nhis:recipientId value="NHIS"/>
    <nhis:messageId value="005a0000-0000-4040-8080-{twelve}"/>
    <nhis:messageType value="X001"/>
    <nhis:createdOn value="2026-10-06T06:40:05.000Z"/>
  </nhis:header>
  <nhis:contents>
    <nhis:examination>
      <nhis:lrn value="105a0000-0000-4040-8080-{twelve}"/>
      <nhis:openDate value="2026-10-06T06:40:00Z"/>
      <nhis:class value="1"/>
      <nhis:financingSource value="2"/>
      <nhis:rhifAreaNumber value="2203"/>
    </nhis:examination>
    <nhis:subject>
      <nhis:identifierType value="1"/>
      <nhis:identifier value="{egn}"/>
      <nhis:gender value="1"/>
      <nhis:nationality value="BG"/>
      <nhis:name><nhis:given value="Образец"/><nhis:middle value="Примеров"/><nhis:family value="Тестов"/></nhis:name>
    </nhis:subject>
    <nhis:performer>
      <nhis:pmi value="2299000011"/>
      <nhis:qualification value="1008" nhifCode="08"/>
      <nhis:role value="1"/>
      <nhis:practiceNumber value="2203999001"/>
      <nhis:nhifNumber value="22"/>
      <nhis:phone value="+35988000000"/>
      <nhis:rhifAreaNumber value="2201"/>
    </nhis:performer>
  </nhis:contents>
</nhis:message>
<nhis:message xmlns:nhis="https://www.his.bg">
  <nhis:header>
    <nhis:sender value="4"/>
    <nhis:senderId value="NHIS"/>
    <nhis:recipient value="1"/>
    <nhis:recipientId value="2299000011"/>
    <nhis:messageId value="205a0000-0000-4040-8080-{twelve}"/>
    <nhis:messageType value="X002"/>
    <nhis:createdOn value="2026-10-06T06:40:06.000Z"/>
  </nhis:header>
  <nhis:contents>
    <nhis:nrnExamination value="26279{seven}"/>
    <nhis:lrn value="105a0000-0000-4040-8080-{twelve}"/>
    <nhis:status value="1"/>
  </nhis:contents>
</nhis:message>
<nhis:message xmlns:nhis="https://www.his.bg">
  <nhis:header>
    <nhis:sender value="1"/>
    <nhis:senderId value="2299000011"/>
    <nhis:senderISName value="ExampleIS 1.0"/>
    <nhis:recipient value="4"/>
    <nhis:recipientId value="NHIS"/>
    <nhis:messageId value="305a0000-0000-4040-8080-{twelve}"/>
    <nhis:messageType value="X003"/>
    <nhis:createdOn value="2026-10-06T07:05:10.000Z"/>
  </nhis:header>
  <nhis:contents>
    <nhis:examination>
      <nhis:nrnExamination value="26279{seven}"/>
      <nhis:basedOn value="26276B0000B2"/>
      <nhis:isSecondary value="false"/>
      <nhis:closeDate value="2026-10-06T07:05:00Z"/>
      <nhis:purpose value="1"/>
      <nhis:adverseConditions value="false"/>
      <nhis:incidentalVisit value="false"/>
      <nhis:diagnosis>
        <nhis:code value="I10"/>
        <nhis:use value="3"/>
        <nhis:rank value="1"/>
        <nhis:note value="Есенциална (първична) хипертония"/>
        <nhis:clinicalStatus value="10"/>
        <nhis:verificationStatus value="20"/>
        <nhis:onsetDateTime value="2026-10-06T06:45:00Z"/>
      </nhis:diagnosis>
      <nhis:medicalHistory><nhis:note value="Главоболие"/></nhis:medicalHistory>
      <nhis:objectiveCondition><nhis:note value="RR 150/90"/></nhis:objectiveCondition>
      <nhis:assessment><nhis:note value="Хипертония 1 ст."/></nhis:assessment>
      <nhis:therapy><nhis:note value="Хигиенно-диетичен режим"/></nhis:therapy>
    </nhis:examination>
  </nhis:contents>
</nhis:message>
<nhis:message xmlns:nhis="https://www.his.bg">
  <nhis:header>
    <nhis:senderId value="NHIS"/>
    <nhis:recipientId value="2299000011"/>
    <nhis:messageId value="405a0000-0000-4040-8080-{twelve}"/>
    <nhis:messageType value="X004"/>
    <nhis:createdOn value="2026-10-06T07:05:11.000Z"/>
  </nhis:header>
  <nhis:contents><nhis:nrnExamination value="26279{seven}"/><nhis:status value="2"/></nhis:contents>
</nhis:message>
)",
          "</v:messages>\n"};
}

DocumentForm statuses() {
  return {"nap-nhifstatus5", "{}",
          R"(<?xml version="1.0" encoding="UTF-8"?>
<s:statuses xmlns:s="urn:vestitel:nap-status:1">
)",
          R"(  <s:record PIN="{egn}" PINType="0" ChkDt="2026-10-06">
    <ns0:PIS_Response xmlns:ns0="response.ws.nhif"><ns0:Patient><ns0:Status>2</ns0:Status><ns0:PeriodDetails Mnt="9" Yr="2026"/></ns0:Patient></ns0:PIS_Response>
  </s:record>
)",
          "</s:statuses>\n"};
}

DocumentForm contracts() {
  return {"gp-contracts", "{}",
          R"(<?xml version="1.0" encoding="UTF-8"?>
<gp-contracts xmlns="urn:vestitel:gp-contracts:1">
)",
          R"(  <entry>
    <record>{twelve}</record>
    <contract>220101</contract>
    <practice>2201999002</practice>
    <practice_name>АИППМП Пример</practice_name>
    <uin>2299000022</uin>
    <gp_name>Пример Джипиев</gp_name>
    <change>ended</change>
    <date>2026-09-30</date>
    <choice_from>2026-10-01</choice_from>
  </entry>
)",
          "</gp-contracts>\n"};
}

// 60 columns, as exports have them, of which the mapping takes 14.
DocumentForm rows() {
  constexpr int kColumns = 60, kTaken = 14;
  std::string settings =
      R"({"mapping":"mapping: 1\nseparator: ';'\nencoding: utf-8\ncolumns:\n  C0: {type: token, required: true}\n)"
      R"(  C1: {type: egn}\n  C2: {type: date}\n  C3: {type: facility}\n  C4: {type: uin}\n  C5: {type: amount}\n)";
  for (int i = 6; i < kTaken; ++i) settings += "  C" + std::to_string(i) + ": {}\\n";
  settings +=
      R"(event:\n  type: activity.laboratory\n  scope: '{C3}:{C2:YYYY-MM}'\n  record: '{C0}'\n  subject: [C1]\n)"
      R"(  occurred: '{C2}'\n  facility: '{C3}'\n  practitioner: '{C4}'\n  amount: '{C5}'\n  csv-mapping.health:\n)";
  for (int i = 6; i < kTaken; ++i) settings += "    - '{C" + std::to_string(i) + "}'\\n";
  settings += "\"}";
  static const std::string kept = settings;
  std::string head = "C0", row = "{twelve};{egn};2026-10-06;2203999001;2299000011;12,50";
  for (int i = 1; i < kColumns; ++i) head += ";C" + std::to_string(i);
  for (int i = 6; i < kColumns; ++i) {
    row += i % 3 == 0 ? ";Клиника по вътрешни болести" : i % 3 == 1 ? ";1234567890" : ";";
  }
  return {"csv-mapping", kept, head + "\n", row + "\n", ""};
}

}  // namespace

const std::vector<DocumentForm>& document_forms() {
  static const std::vector<DocumentForm> all = {dental(), cpfile(),   clpr(),      labs(), nhis(),
                                                regix(),  statuses(), contracts(), rows()};
  return all;
}

}  // namespace vestitel::testing
