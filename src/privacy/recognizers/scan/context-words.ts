import { cityNames } from '../places/city-names.ts'
import { countryNames } from './country-names.ts'

/**
 * Words that tell what stands beside them, by what they tell; lower case, one space between words. English, Spanish, German, French and Chinese.
 * A word of several parts also matches when `_`, `-` or `.` stands between them, so that field names count.
 */
export const contextWords = {
  phone:
    'phone|phone number|telephone|tel|mobile|cell|cellphone|call|call me at|reach me at|fax|whatsapp|hotline|office|answering at|reached at|reach us at|reach you at|contact number|teléfono|telefono|teléfonos|telf|telfs|tfno|telef|tfnos|tlf|tlfno|móvil|movil|celular|llame|telefon|telefonnummer|handy|mobil|rufnummer|téléphone|portable|télécopie|电话|手机|联系方式|传真|座机|致电',
  card: 'card|credit card|debit card|cc|card number|visa|mastercard|amex|tarjeta|kreditkarte|karte|carte|carte bancaire|信用卡|银行卡|卡号',
  iban: 'iban|account|bank account|cuenta|konto|kontonummer|compte|rib|账户|账号',
  nationalId:
    'ssn|social security|social security number|social|nhs|nhs number|national id|national insurance|dni|nif|nie|documento|documento nacional|nir|numéro de sécurité sociale|sécurité sociale|sécu|steuer|steuerid|steuer id|steuernummer|steuerliche identifikationsnummer|idnr|identifikationsnummer|aadhaar|aadhar|uid|pan|pan card|cpf|身份证|身份证号|证件号',
  medicalRecord:
    'mrn|medical record|medical record number|medical record no|medical record id|record number|patient id|patient number|patient no|chart number|chart no|hospital number|nhc|historia clínica|historia clinica|número de historia|número de historia clínica|nº historia|cipa|nº de historia|patienten id|patientennummer|patienten nr|fallnummer|ipp|numéro de dossier|dossier patient|dossier médical|病历号|住院号|门诊号|患者编号|病案号',
  accession:
    'accession|accession number|accession no|accession id|encounter|encounter number|encounter id|visit number|visit id|admission number|order number|specimen|specimen id|episodio|nº episodio|número de episodio|fallzahl|numéro de séjour|检查号|检验号|就诊号|流水号|标本号',
  healthPlan:
    "health plan|health plan number|plan number|member id|member number|subscriber id|beneficiary number|insurance number|insurance id|insurance policy|policy number|policy no|medicare|medicaid|medicare number|nass|nss|número de afiliación|nº afiliación|seguridad social|número de seguridad social|aseguramiento|póliza|versichertennummer|versicherungsnummer|krankenversichertennummer|numéro d'assuré|mutuelle|医保号|医保卡号|社保号|参保号",
  license:
    "license|licence|license number|licence number|license no|licence no|driver license|driver's license|drivers license|driver's licence|driving licence|dl number|certificate number|npi|dea number|registration number|nºcol|n°col|nº col|nº de colegiado|número de colegiado|num col|colegiado|colegiada|permiso de conducir|carnet de conducir|führerschein|führerscheinnummer|approbationsnummer|permis de conduire|numéro rpps|rpps|驾照|驾驶证|驾驶证号|执业证号|许可证号",
  vehicle:
    "plate|license plate|licence plate|number plate|plate number|vin|vehicle identification number|vehicle registration|registration plate|matrícula|matricula|bastidor|kennzeichen|fahrgestellnummer|immatriculation|plaque|plaque d'immatriculation|车牌|车牌号|车架号",
  device:
    'serial|serial number|serial no|serial #|device id|device identifier|device serial|udi|imei|device number|número de serie|nº de serie|seriennummer|gerätenummer|numéro de série|n° de série|序列号|设备号|设备编号|机身号',
  asset:
    'asset|asset id|asset no|asset number|asset tag|equipment|equipment id|equipment no|equipment number|work order|work order no|wo|wo no|functional location|floc|unit|unit no|tag|tag no|pump|conveyor|motor|compressor|turbine|truck|haul truck|excavator|loader|dozer|generator|valve|activo|orden de trabajo|bomba|anlage|anlagennummer|equipement|ordre de travail|工单号|资产编号|设备位号|工单',
  birth:
    'dob|born|birth|date of birth|birthday|birthdate|fecha de nacimiento|nacimiento|nacido|nacida|geboren|geburtsdatum|geb|né le|née le|date de naissance|出生日期|出生|生日',
  personalDate:
    'admission|admitted|discharge|discharged|died|death|deceased|visit|surgery|appointment|fecha de ingreso|ingreso|ingresó|alta|fecha de alta|fallecido|falleció|exitus|consulta|aufnahme|aufnahmedatum|entlassung|verstorben|admission le|hospitalisé|sortie|décès|décédé|入院|出院|就诊|手术|死亡',
  documentDate:
    'ms.date|copyright|release date|released|release|version|build|published|last modified|last updated|revision|changelog|expires|valid until|effective',
  age: 'age|aged|edad|alter|âge|年龄|岁数',
  month:
    'january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre|januar|februar|märz|mai|juni|juli|oktober|dezember|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre',
  personTitle:
    'mr|mrs|ms|miss|mx|dr|dra|prof|sir|lord|lady|herr|frau|monsieur|madame|mme|mlle|don|doña|dña|sr|sra|srta|d|dª|doctor|doctora|señor|señora|professor|nurse',
  personLabel:
    'name|full name|first name|last name|surname|given name|family name|patient name|customer name|maiden name|contact name|patient|attending|physician|provider|surgeon|referred by|signed by|reported by|nombre|apellidos|apellido|nombre completo|nombre y apellidos|paciente|médico|medico|doctor|remitido por|responsable clínico|responsable clinico|autor|firmado|vorname|nachname|familienname|patient in|arzt|ärztin|unterzeichnet|nom|prénom|nom de famille|médecin|signé|technician|operator|raised by|completed by|姓名|患者姓名|患者|病人|联系人|医生|主治医师|主治医生|签名|报告医师|负责人|收件人|操作员',
  personPhrase:
    "my name is|his name is|her name is|name's|people call me|call me|i'm called|this is mr|dear|hello|hi|regards|sincerely|yours|me llamo|mi nombre es|se llama|hola|estimado|estimada|mein name ist|ich heiße|heißt|hallo|lieber|liebe|je m'appelle|mon nom est|s'appelle|bonjour|cher|chère|我叫|我是|名叫|我的名字是",
  addressLabel:
    'address|home address|street address|mailing address|billing address|shipping address|domicilio|dirección|direccion|adresse|anschrift|wohnhaft in|wohnort|domicile|地址|住址|家庭住址|收货地址',
  street:
    'street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|way|court|ct|square|sq|terrace|crescent|close|highway|hwy|parkway|pkwy|place|pl|trail|circle|cir|row|mews|grove',
  streetBefore:
    'apartado de correos|apartado|c/|c /|calle|avda|av|avenida|avenido|plaza|pza|plza|paseo|pº|passeig|pg|carrer|carretera|ctra|camino|ronda|travesía|travessera|rúa|glorieta|urbanización|polígono|via|viale|piazza|corso|rue|avenue|boulevard|bd|place|allée|chemin|quai|impasse|cours|route|rua',
  postalCode:
    'zip|zip code|zipcode|postcode|postal code|post code|cp|c.p|código postal|codigo postal|plz|postleitzahl|code postal|邮编|邮政编码',
  place:
    'city|town|locality|municipality|localidad|localidad/ provincia|localidad/provincia|provincia|ciudad|municipio|población|stadt|ort|wohnort|ville|commune|城市|籍贯|出生地|país|pais|país de nacimiento|country|county|land|pays|国家',
  password: 'password|passwd|pwd|passphrase|passcode|pin|contraseña|clave|kennwort|passwort|mot de passe|密码|口令',
  secret:
    'secret|api key|apikey|api token|access token|auth token|token|access key|secret key|client secret|private key|secret access key|connection string|bearer|account key|sharedaccesskey|sas token|密钥|令牌',
  organizationBefore:
    'hospital|hospitals|clínica|clinica|universidad|university of|facultad de|centro de salud|complejo hospitalario|complejo asistencial|consorcio|fundación|fundació|instituto|institut|institute of|ayuntamiento|klinikum|universitätsklinikum|hôpital|université|centre hospitalier|corporación sanitaria|servicio andaluz|servei|policlínica|policlínico|sanatorio|consorci|chu',
  organizationAfter:
    'inc|ltd|llc|llp|gmbh|ag|plc|corp|corporation|limited|company|s.a|s.l|s.l.u|sarl|sas|and sons|hospital|clinic|university|medical center|health system',
  notPersonal:
    'version|isbn|issn|doi|order|invoice|error|error code|line|page|port|step|chapter|section|figure|table|rfc|iso|ticket|issue|pull request|commit|part number|model|sku|versión|factura|rechnung|bestellnummer|facture|版本|订单|发票',
  country: countryNames().join('|'),
  city: cityNames.join('|').toLowerCase(),
} as const satisfies Record<string, string>

export type ContextKind = keyof typeof contextWords
