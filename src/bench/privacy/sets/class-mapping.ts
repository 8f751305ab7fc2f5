import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { type Entity, entities } from '../../../privacy/recognizers/recognizer.ts'
import { EdgewiseError } from '../../../spec/errors.ts'
import { readOrRefuse } from './set-fault.ts'

/** Our class for a foreign one; null when its stretches count neither for nor against. */
export type ClassMapping = Readonly<Record<string, Entity | null>>

const own = Object.fromEntries(entities.map((entity) => [entity, entity])) as ClassMapping

/** Classes of presidio-research. A form of address alone names nobody. */
export const presidioClasses: ClassMapping = {
  ...own,
  STREET_ADDRESS: 'ADDRESS',
  GPE: 'LOCATION',
  DATE_TIME: 'DATE',
  DOMAIN_NAME: 'URL',
  US_SSN: 'NATIONAL_ID',
  US_DRIVER_LICENSE: 'LICENSE',
  ZIP_CODE: 'LOCATION',
  NRP: null,
  TITLE: null,
  PREFIX: null,
}

/** Classes of MEDDOCAN. Sex, relatives and professions are no classes of ours: a policy finds them with recognizers of its own. */
export const meddocanClasses: ClassMapping = {
  NOMBRE_SUJETO_ASISTENCIA: 'PERSON',
  NOMBRE_PERSONAL_SANITARIO: 'PERSON',
  TERRITORIO: 'LOCATION',
  PAIS: 'LOCATION',
  CALLE: 'ADDRESS',
  FECHAS: 'DATE',
  EDAD_SUJETO_ASISTENCIA: 'AGE',
  HOSPITAL: 'ORGANIZATION',
  INSTITUCION: 'ORGANIZATION',
  CENTRO_SALUD: 'ORGANIZATION',
  CORREO_ELECTRONICO: 'EMAIL_ADDRESS',
  NUMERO_TELEFONO: 'PHONE_NUMBER',
  NUMERO_FAX: 'PHONE_NUMBER',
  ID_SUJETO_ASISTENCIA: 'MEDICAL_RECORD',
  ID_CONTACTO_ASISTENCIAL: 'ACCESSION_NUMBER',
  ID_ASEGURAMIENTO: 'HEALTH_PLAN',
  ID_TITULACION_PERSONAL_SANITARIO: 'LICENSE',
  ID_EMPLEO_PERSONAL_SANITARIO: 'LICENSE',
  NUMERO_BENEF_PLAN_SALUD: 'HEALTH_PLAN',
  IDENTIF_VEHICULOS_NRSERIE_PLACAS: 'VEHICLE',
  IDENTIF_DISPOSITIVOS_NRSERIE: 'DEVICE_ID',
  URL_WEB: 'URL',
  SEXO_SUJETO_ASISTENCIA: 'CUSTOM',
  FAMILIARES_SUJETO_ASISTENCIA: 'CUSTOM',
  PROFESION: 'CUSTOM',
  OTROS_SUJETO_ASISTENCIA: 'CUSTOM',
}

/** All built-in mappings, with those of a JSON file `{"FOREIGN": "OURS" or null}` over them. Throws `config-invalid`. */
export function readMapping(path: string | undefined): ClassMapping {
  const known = { ...meddocanClasses, ...presidioClasses }
  if (path === undefined) return known
  const given: unknown = readOrRefuse(path, () => JSON.parse(readFileSync(path, 'utf8')))
  const parsed = z.record(z.string(), z.enum(entities).nullable()).safeParse(given)
  if (parsed.success) return { ...known, ...parsed.data }
  throw new EdgewiseError(
    'config-invalid',
    `${path} must map foreign classes to one of ${entities.join(', ')}, or to null.`,
    {
      cause: parsed.error,
    },
  )
}
