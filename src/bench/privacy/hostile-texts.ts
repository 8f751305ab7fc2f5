/** Texts made to keep a backtracking pattern busy, each of the asked length: near misses of every kind of recognizer, repeated. */
export function hostileTexts(length: number): ReadonlyMap<string, string> {
  return new Map(Object.entries(pieces).map(([name, piece]) => [name, fill(piece, length)]))
}

const pieces: Readonly<Record<string, string>> = {
  letters: 'a',
  capitals: 'A',
  digits: '1',
  spaces: ' ',
  newlines: '\n',
  dots: '.',
  colons: ':',
  quotes: '"',
  backslashes: '\\',
  'digits and spaces': '1 ',
  'digits and dashes': '12-',
  'digits and dots': '1.',
  'plus signs': '+1',
  brackets: '(1',
  'at signs': 'a@',
  'long local part': `${'a'.repeat(63)}@`,
  'domains without end': `a@${'b-'.repeat(30)}`,
  'schemes without host': 'http://',
  schemes: 'a:/',
  'www without end': 'www.',
  colon: 'ab:',
  'hexadecimal pairs': 'ab-',
  'account numbers': 'GB12 ',
  'card numbers': '4111 1111 1111 111 ',
  'labels without value': 'name: ',
  'labels and names': 'Name: A. B. C. D. ',
  titles: 'Dr. ',
  'titles and initials': 'Mr. A. ',
  'capitalised words': 'Aa ',
  'street words': 'Calle De La ',
  'numbers before streets': '12 Aa Street ',
  'numbers before nothing': '12 Aa Bb Cc Dd ',
  months: '1 de enero de ',
  dates: '1/1/',
  ages: '99 ',
  passwords: 'password password ',
  tokens: 'sk-a1/',
  'web tokens': 'eyJaaaaaaaa.',
  armour: '-----BEGIN PRIVATE KEY',
  'medical records': 'MRN no no no ',
  'company forms': 'Aa Bb Inc ',
  hospitals: 'Hospital de la ',
  'Chinese surnames': '王',
  'Chinese titles': '王先',
  'Chinese labels': '姓名',
  'Chinese addresses': '省市区路',
  surrogates: '\ud83d\ude00',
  'lone surrogates': '\ud800',
}

function fill(piece: string, length: number): string {
  return piece.repeat(Math.ceil(length / piece.length)).slice(0, length)
}
