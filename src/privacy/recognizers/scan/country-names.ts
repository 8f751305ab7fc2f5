const languages = ['en', 'es', 'de', 'fr']

/** Names of countries in English, Spanish, German and French, in lower case, as the runtime knows them. */
export function countryNames(): readonly string[] {
  const names = new Set<string>()
  for (const language of languages) {
    const display = new Intl.DisplayNames([language], { type: 'region', fallback: 'none' })
    for (let one = 65; one <= 90; one++) {
      for (let two = 65; two <= 90; two++) {
        const name = display.of(String.fromCharCode(one, two))?.toLowerCase()
        if (name !== undefined && /^\p{L}[\p{L} '-]{3,}$/u.test(name)) names.add(name)
      }
    }
  }
  return [...names]
}
