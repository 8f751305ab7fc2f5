import { describe, expect, it } from 'vitest'
import { createDetector } from '../../../../src/privacy/detector.ts'
import { createRescan } from '../../../../src/privacy/egress/rescan/rescan.ts'
import { createTextRules } from '../../../../src/privacy/egress/rescan/text-rules.ts'
import { ValueIndex } from '../../../../src/privacy/egress/rescan/value-index.ts'
import type { Entity } from '../../../../src/privacy/recognizers/recognizer.ts'
import { policySchema } from '../../../../src/spec/policy.ts'

const values: Readonly<Record<string, Entity>> = {
  'Ada Lovelace': 'PERSON',
  'José Núñez': 'PERSON',
  王小明: 'PERSON',
  Li: 'PERSON',
  Ada: 'PERSON',
  'ada@example.org': 'EMAIL_ADDRESS',
  '+1 415 555-1234': 'PHONE_NUMBER',
  'MRN-00417/A': 'MEDICAL_RECORD',
  '93': 'AGE',
  '1985': 'DATE',
  user: 'CUSTOM',
  PERSON: 'CUSTOM',
}
/** Those that say something by themselves. */
const telling = Object.keys(values).filter((value) => !['Li', '93', '1985', 'user', 'PERSON'].includes(value))

const index = new ValueIndex()
for (const [value, entity] of Object.entries(values)) index.add(value, entity)
const knowing = createRescan({ values: [index], lets: new Set(['data:image/png;base64,QWRhIExvdmVsYWNl']) })

const bodyOf = (content: unknown, rest: object = {}) =>
  new TextEncoder().encode(JSON.stringify({ model: 'big', messages: [{ role: 'user', content }], ...rest }))
const because = (content: unknown, rest: object = {}) => knowing(bodyOf(content, rest))

const utf8 = (text: string) => Buffer.from(text)
const utf16 = (text: string) => Buffer.from(text, 'utf16le')
const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16()
const characters = (bytes: Buffer) => bytes.toString('latin1')
const percent = (text: string) => [...utf8(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
const unicode = (text: string) =>
  text.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

const forms: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  'JSON in JSON': (text) => JSON.stringify({ of: text }),
  'every character escaped': unicode,
  'escaped in capitals': (text) => unicode(text).replace(/[a-f]/g, (digit) => digit.toUpperCase()),
  base64: (text) => utf8(text).toString('base64'),
  'base64 behind one letter': (text) => utf8(`.${text}`).toString('base64'),
  'base64 behind two letters': (text) => utf8(`, ${text} and more`).toString('base64'),
  'base64 for URLs': (text) => utf8(`??>> ${text} ~~`).toString('base64url'),
  'base64 of UTF-16, little end first': (text) => utf16(text).toString('base64'),
  'base64 of UTF-16, big end first': (text) => utf16be(text).toString('base64'),
  'base64 with something glued before it': (text) => `id_${utf8(`my ${text}.`).toString('base64')}`,
  'base64 in lines': (text) =>
    utf8(`${'x '.repeat(70)}${text} ${'y '.repeat(70)}`)
      .toString('base64')
      .replace(/.{64}/g, '$&\n'),
  'percent signs everywhere': percent,
  'percent signs as browsers do': (text) => encodeURIComponent(text),
  'percent signs in capitals': (text) => percent(text).toUpperCase(),
  'a form': (text) => new URLSearchParams({ of: `${text} %` }).toString(),
  hex: (text) => utf8(text).toString('hex'),
  'hex in capitals': (text) => utf8(text).toString('hex').toUpperCase(),
  'hex with colons': (text) =>
    utf8(text)
      .toString('hex')
      .replace(/..(?=.)/g, '$&:'),
  'hex with spaces': (text) =>
    utf8(text)
      .toString('hex')
      .replace(/..(?=.)/g, '$& '),
  'hex with marks': (text) => utf8(text).toString('hex').replace(/../g, '\\x$&'),
  'hex as bytes of a program': (text) => utf8(text).toString('hex').replace(/../g, '0x$&, '),
  'hex behind half a byte': (text) => `a${utf8(`: ${text}`).toString('hex')}`,
  'hex of UTF-16': (text) => utf16(text).toString('hex'),
  'UTF-16, little end first': (text) => characters(utf16(text)),
  'UTF-16, big end first': (text) => characters(utf16be(text)),
  'base64 inside of base64': (text) => utf8(utf8(`x ${text}`).toString('base64')).toString('base64'),
  'hex inside of percent signs': (text) => percent(utf8(text).toString('hex')),
  'base64 inside of a JSON document': (text) => JSON.stringify({ file: utf8(`see ${text}`).toString('base64') }),
  'base64 inside of a picture': (text) => {
    const noise = Buffer.from(Array.from({ length: 3000 }, (_, at) => (at * at * 31 + at) & 255))
    return Buffer.concat([noise, utf8(`\0${text}\0`), noise]).toString('base64')
  },
}

describe('the look at the final bytes', () => {
  it.each(Object.entries(forms))('finds a value as %s', (form, write) => {
    const short = form === 'base64 inside of a picture' ? telling.filter((value) => value.length >= 6) : telling
    for (const value of short) {
      const found = because(`see ${write(value)}, please`) ?? 'nothing'
      expect(found, `${value} as ${write(value).slice(0, 80)}`).toContain(values[value] ?? '')
      for (const told of telling) expect(found).not.toContain(told)
    }
  })

  it('finds it in every string of a body, names of fields too', () => {
    expect(because('x', { tools: [{ function: { parameters: { properties: { 'Ada Lovelace': {} } } } }] })).toBe(
      'it holds PERSON, plain',
    )
    expect(because([{ type: 'text', text: 'ADA LOVELACE' }])).toBe('it holds PERSON, plain')
    expect(because('Ａｄａ\u200b Lovelace')).toBe('it holds PERSON, Unicode-compatible')
    for (const text of ['José\u00a0Núñez', 'Jo\u2066sé Nú\ufe0fñez', 'MRN\u201100417/A', '+١ ٤١٥ ٥٥٥-١٢٣٤']) {
      expect(because(`so ${text}.`), text).toMatch(/, Unicode-compatible$/)
    }
    expect(because('A\u2066da Love\ufe0flace')).toBe('it holds PERSON, Unicode-compatible')
    expect(because(utf8('{"a":"%41da%20Lovelace"}').toString('base64'))).toBe(
      'it holds PERSON, percent-encoded inside of base64 text',
    )
  })

  it.each([
    'List of Linux things, Adam, adamant, ada, Adaptive, Lovelaces',
    'in 1985, 93 of them; [PERSON_1] was born 1985, is 90 or more; [PERSON]',
    'ada@example.organic'.replace('ada@', 'otherada@').replace('example.organic', 'x'),
    Buffer.from('Adam and the Lovelaces, 93 of them').toString('base64'),
    'ZGVhZGJlZWY= deadbeef 0123456789abcdef 5d41402abc4b2a76b9719d911017c592 3f2504e0-4f89-11d3-9a0c-0305e82c3301',
    '100% of 50%25 is a+b=c+d \\n \\u0041 c:\\users\\ada',
  ])('lets pass %s', (text) => {
    expect(because(text)).toBeUndefined()
  })

  it('lets pass the words of the wire, the name of the model, and what the guard lets through as a whole', () => {
    const named = new ValueIndex()
    for (const word of ['big-model', 'user', 'content', 'PERSON']) named.add(word, 'CUSTOM')
    const rescan = createRescan({ values: [named], lets: new Set() })
    const body = { model: 'big-model', messages: [{ role: 'user', content: '[PERSON_1]' }] }
    expect(rescan(new TextEncoder().encode(JSON.stringify(body)))).toBeUndefined()
    expect(
      because([{ type: 'image_url', image_url: { url: 'data:image/png;base64,QWRhIExvdmVsYWNl' } }]),
    ).toBeUndefined()
    expect(
      because([{ type: 'image_url', image_url: { url: 'data:image/png;base64,QWRhIExvdmVsYWNlLg' } }]),
    ).toBeDefined()
  })

  it.each([
    'https://cdn.example/scans/Ada-Lovelace/9.png',
    'https://cdn.example/scans/ada_lovelace.png',
    'https://cdn.example/i?who=Ada+Lovelace',
    'https://cdn.example/i?who=Ada%2520Lovelace',
    'https://cdn.example/100%/%zz?who=Ada%20Lovelace',
    'https://cdn.example/Ada%E2%80%8B%20Lovelace',
    `https://cdn.example/i?u=${utf8('see Ada Lovelace').toString('base64url')}`,
    `https://cdn.example/i?u=${utf8('see Ada Lovelace').toString('hex')}`,
  ])('finds a value in the address of an image, %s', (url) => {
    const known = new ValueIndex()
    known.add('Ada Lovelace', 'PERSON')
    known.add(url, 'URL')
    const rescan = createRescan({ values: [known], lets: new Set([url]) })
    expect(rescan(bodyOf([{ type: 'image_url', image_url: { url } }]))).toMatch(
      /^it holds PERSON.* address of an image$/,
    )
    expect(rescan(bodyOf([{ type: 'image_url', image_url: { url: 'https://cdn.example/adamant-lovelaces' } }]))).toBe(
      undefined,
    )
  })

  it('costs the same for each run, however many values it knows', { timeout: 20_000 }, () => {
    const indexOf = (count: number) => {
      const many = new ValueIndex()
      for (let at = 0; at < count; at += 1)
        many.add(`${(at * 7919 + 46_656).toString(36)}@example.org`, 'EMAIL_ADDRESS')
      return createRescan({ values: [many], lets: new Set() })
    }
    const body = bodyOf(Array.from({ length: 2000 }, (_, at) => `Zz${(at + 1e13).toString(36)}qqqq`).join(' '))
    const [few, many] = [indexOf(10), indexOf(16_000)].map((rescan) => {
      const times = Array.from({ length: 4 }, () => {
        const startedAt = performance.now()
        expect(rescan(body)).toBeUndefined()
        return performance.now() - startedAt
      })
      return Math.min(...times)
    })
    expect(many).toBeLessThan(6 * (few ?? 0) + 5)
  })

  it('refuses what is encoded more often than it looks only by its outer forms, and says so in the guide', () => {
    const thrice = [1, 2, 3].reduce((text) => utf8(text).toString('base64'), 'Ada Lovelace, ada@example.org')
    expect(because(thrice)).toBeUndefined()
  })

  it('gives up, and refuses, where values and text are made to look alike', () => {
    const many = new ValueIndex()
    for (let count = 0; count < 20_000; count += 1) many.add(`aaaaaaaaaaaaaaaaaaaa${count}`, 'CUSTOM')
    const rescan = createRescan({ values: [many], lets: new Set() })
    expect(rescan(bodyOf('a'.repeat(300_000)))).toMatch(/^it cannot be looked through/)
  })
})

describe('the rules for what was encoded', () => {
  const policy = policySchema.parse({ privacy: { personalData: 'protect', classes: { URL: 'allow' } } }).privacy
  const detector = createDetector()
  const inspect = (content: string) =>
    createRescan({ values: [], lets: new Set(), rules: createTextRules({ detector, policy }) })(bodyOf(content))

  it('find classes of data that nobody took out, by what policy does with them', () => {
    const base64 = (text: string) => utf8(text).toString('base64')
    expect(inspect(base64('mail grace@example.org now'))).toBe('it holds EMAIL_ADDRESS, base64')
    expect(inspect(utf16('my password: Tr0ub4dor&3').toString('hex'))).toBe('it holds SECRET, hexadecimal')
    expect(inspect(encodeURIComponent('card 4111 1111 1111 1111'))).toBe('it holds CREDIT_CARD, percent-encoded')
    expect(inspect(base64('see https://intranet.example/page?id=7'))).toBeUndefined()
    expect(inspect(base64('nothing to see here, move along'))).toBeUndefined()
  })

  it('read plain text only for what must stay, and not what was replaced', () => {
    expect(inspect('my password: Tr0ub4dor&3')).toBe('it holds SECRET, plain')
    expect(inspect('my password: [SECRET]')).toBeUndefined()
    expect(inspect('mail [EMAIL_1] or grace@example.org')).toBeUndefined()
  })

  it('read letters of other styles as anybody would type them', () => {
    expect(inspect('mail 𝐠𝐫𝐚𝐜𝐞@𝐞𝐱𝐚𝐦𝐩𝐥𝐞.𝐨𝐫𝐠 now')).toBe('it holds EMAIL_ADDRESS, Unicode-compatible')
    expect(inspect('card ④①①① ①①①① ①①①① ①①①①')).toBe('it holds CREDIT_CARD, Unicode-compatible')
    expect(inspect('½ of [EMAIL_1] is 10² ﬁsh… №5 at +1 415 555 2671')).toBeUndefined()
  })

  it.each([
    ['NATIONAL_ID', 'ssn=536-22-1234'],
    ['EMAIL_ADDRESS', 'u=grace%2540example.org'],
    ['EMAIL_ADDRESS', `u=${utf8('grace@example.org').toString('base64')}`],
    ['CREDIT_CARD', '100%/%zz?card%3D4111%201111%201111%201111'],
  ])('find %s in the address of an image, %s, unless images may leave as they are', (entity, query) => {
    const url = `https://cdn.example/i?${query}`
    const found = (attachments: 'allow' | 'refuse') => {
      const rules = createTextRules({ detector, policy: { ...policy, attachments } })
      const rescan = createRescan({ values: [], lets: new Set([url]), rules })
      return rescan(bodyOf([{ type: 'image_url', image_url: { url } }]))
    }
    expect(found('refuse')).toContain(`it holds ${entity}`)
    expect(found('allow')).toBeUndefined()
  })

  it('read all that was encoded in one form together', () => {
    let looks = 0
    const counting = {
      detect(text: string) {
        looks += 1
        return detector.detect(text)
      },
    }
    const rescan = createRescan({ values: [], lets: new Set(), rules: createTextRules({ detector: counting, policy }) })
    const lines = Array.from({ length: 500 }, (_, at) => utf8(`line ${at} of a long list`).toString('base64'))
    expect(rescan(bodyOf(lines.join(' ')))).toBeUndefined()
    expect(looks).toBeLessThan(20)
    const late = utf8('and grace@example.org').toString('base64')
    expect(rescan(bodyOf([...lines, late].join(' ')))).toBe('it holds EMAIL_ADDRESS, base64')
  })

  it('refuse more encoded text than they read', () => {
    expect(inspect(utf8('all is well. '.repeat(100_000)).toString('base64'))).toMatch(/more than 1048576 characters/)
  })
})
