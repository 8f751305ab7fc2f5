import type { Entity } from '../../../src/privacy/recognizers/recognizer.ts'
import type { Random } from '../../../src/spec/ports.ts'

/** A made-up personal value that nothing else in the world looks like. */
export interface Canary {
  readonly entity: Entity
  /** What must not leave. */
  readonly value: string
  /** A sentence around it that says what it is. */
  readonly sentence: string
  /** How a scanner knows it again, in small letters and without separators. */
  readonly needle: string
}

interface Kind {
  readonly entity: Entity
  /** From eight letters and eight digits that are this canary's own. */
  readonly make: (letters: string, digits: string) => Omit<Canary, 'entity'>
}

const kinds: readonly Kind[] = [
  word('EMAIL_ADDRESS', (name) => [`${name}@example.org`, (value) => `write to ${value} today`]),
  word('URL', (name) => [`https://${name}.clinic-intern.de/files/7`, (value) => `it lies at ${value} now`]),
  word('PERSON', (name) => [`${capital(name)} Lovelace`, (value) => `Patient name: ${value}`]),
  word('ORGANIZATION', (name) => [`${capital(name)} GmbH`, (value) => `she works at ${value}, they say`]),
  word('ADDRESS', (name) => [`12 ${capital(name)} Street`, (value) => `She lives at ${value}, Springfield.`]),
  number('PHONE_NUMBER', (digits) => [`+49 30 ${digits}`, (value) => `telephone: ${value}`]),
  number('IBAN_CODE', (digits) => [ibanOf(`37040044${digits}00`), (value) => `IBAN: ${value}`]),
  // With three digits that follow from the others: a model that copies a number wrongly does not hit upon another canary.
  number('MEDICAL_RECORD', (digits) => [
    `77${digits}${String(Number(digits) % 997).padStart(3, '0')}`,
    (value) => `medical record number: ${value}`,
  ]),
  number('DEVICE_ID', (digits) => [`SN77${digits}`, (value) => `serial number: ${value}`]),
  number('MAC_ADDRESS', (digits) => [
    `02:77:${digits.replace(/..(?=.)/g, '$&:')}`,
    (value) => `its MAC address is ${value}`,
  ]),
]
const keptKinds: readonly Kind[] = [
  word('SECRET', (name) => [`${name}9X`, (value) => `password: ${value}`]),
  number('CREDIT_CARD', (digits) => [withLuhn(`4929001${digits}`), (value) => `card number: ${value}`]),
  number('NATIONAL_ID', (digits) => [
    `${digits}${'TRWAGMYFPDXBNJZSQVHLCKE'[Number(digits) % 23]}`,
    (value) => `DNI: ${value}`,
  ]),
]

/** Makes canaries, each different from all others. */
export class CanaryMaker {
  readonly #random: Random
  readonly #made = new Map<string, Canary>()
  #count = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** All canaries so far, by their needles. */
  get made(): ReadonlyMap<string, Canary> {
    return this.#made
  }

  /** One of a class that policy replaces. */
  replaced(): Canary {
    return this.#make(kinds)
  }

  /** One of a class that policy keeps at the edge. */
  kept(): Canary {
    return this.#make(keptKinds)
  }

  any(): Canary {
    return this.#random() < 0.25 ? this.kept() : this.replaced()
  }

  #make(from: readonly Kind[]): Canary {
    const kind = from[this.#count % from.length]
    if (kind === undefined) throw new RangeError('there is no kind of canary')
    this.#count += 1
    for (;;) {
      const letters = Array.from({ length: 8 }, () => String.fromCharCode(97 + Math.floor(this.#random() * 16))).join(
        '',
      )
      const digits = String(10_000_000 + Math.floor(this.#random() * 89_999_999))
      const canary = { entity: kind.entity, ...kind.make(letters, digits) }
      if (this.#made.has(canary.needle)) continue
      this.#made.set(canary.needle, canary)
      return canary
    }
  }
}

type Written = readonly [value: string, sentence: (value: string) => string]

function word(entity: Entity, write: (name: string) => Written): Kind {
  return {
    entity,
    make(letters) {
      const needle = `zq${letters}qz`
      const [value, sentence] = write(needle)
      return { value, sentence: sentence(value), needle }
    },
  }
}

function number(entity: Entity, write: (digits: string) => Written): Kind {
  return {
    entity,
    make(_, digits) {
      const [value, sentence] = write(digits)
      return { value, sentence: sentence(value), needle: value.replace(/[^0-9a-z]/gi, '').toLowerCase() }
    },
  }
}

function capital(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`
}

function ibanOf(account: string): string {
  const check = 98n - (BigInt(`${account}131400`) % 97n)
  return `DE${String(check).padStart(2, '0')}${account}`
}

function withLuhn(digits: string): string {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const doubled = Number(digit) * (index % 2 === 0 ? 2 : 1)
    return total + (doubled > 9 ? doubled - 9 : doubled)
  }, 0)
  return `${digits}${(10 - (sum % 10)) % 10}`
}
