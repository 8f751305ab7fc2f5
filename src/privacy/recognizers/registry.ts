import { type AgesCounted, createAge } from './dates/age.ts'
import { date } from './dates/date.ts'
import { writtenDate } from './dates/written-date.ts'
import type { ScanRecognizer } from './define-recognizer.ts'
import { email } from './email.ts'
import { iban } from './iban.ts'
import { ipAddress } from './ip-address.ts'
import { accessionNumber } from './labelled/accession-number.ts'
import { assetId } from './labelled/asset-id.ts'
import { deviceId } from './labelled/device-id.ts'
import { healthPlan } from './labelled/health-plan.ts'
import { license } from './labelled/license.ts'
import { medicalRecord } from './labelled/medical-record.ts'
import { vehicle } from './labelled/vehicle.ts'
import { macAddress } from './mac-address.ts'
import { chinesePerson } from './names/chinese-person.ts'
import { organization } from './names/organization.ts'
import { person } from './names/person.ts'
import { brCpf } from './national-ids/br-cpf.ts'
import { cnResidentId } from './national-ids/cn-resident-id.ts'
import { deSteuerId } from './national-ids/de-steuer-id.ts'
import { esDni } from './national-ids/es-dni.ts'
import { esNie } from './national-ids/es-nie.ts'
import { frNir } from './national-ids/fr-nir.ts'
import { inAadhaar } from './national-ids/in-aadhaar.ts'
import { inPan } from './national-ids/in-pan.ts'
import { ukNhs } from './national-ids/uk-nhs.ts'
import { usSsn } from './national-ids/us-ssn.ts'
import { paymentCard } from './payment-card.ts'
import { phone } from './phone/phone.ts'
import { frenchAddress } from './places/french-address.ts'
import { germanAddress } from './places/german-address.ts'
import { labelledAddress } from './places/labelled-address.ts'
import { labelledPlace } from './places/labelled-place.ts'
import { placeName } from './places/place-name.ts'
import { postalCode } from './places/postal-code.ts'
import { streetAddress } from './places/street-address.ts'
import { apiKey } from './secrets/api-key.ts'
import { jwt } from './secrets/jwt.ts'
import { labelledSecret } from './secrets/labelled-secret.ts'
import { password } from './secrets/password.ts'
import { pem } from './secrets/pem.ts'
import { url } from './url.ts'

/** Every built-in recognizer; a new one is one more line. */
export function builtInRecognizers({ ages }: { readonly ages: AgesCounted }): readonly ScanRecognizer[] {
  return [
    ...[email, phone, url, ipAddress, macAddress, paymentCard, iban],
    ...[usSsn, ukNhs, esDni, esNie, frNir, deSteuerId, cnResidentId, inAadhaar, inPan, brCpf],
    ...[medicalRecord, accessionNumber, healthPlan, license, vehicle, deviceId, assetId],
    ...[date, writtenDate, createAge({ ages })],
    ...[streetAddress, frenchAddress, germanAddress, labelledAddress, labelledPlace, postalCode, placeName],
    ...[apiKey, jwt, pem, password, labelledSecret],
    ...[person, chinesePerson, organization],
  ]
}
