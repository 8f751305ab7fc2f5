/** JSON in a string of JSON, and so on: more often than this nobody writes it, and each time doubles the backslashes. */
const deepest = 4

const shortEscapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' }

/** Follows a text of JSON as it comes, and the JSON in its strings, to tell how often a value has to be escaped where the text is now. Linear. */
export class JsonNesting {
  readonly #level: number
  /** Undefined until its beginning tells whether it is JSON. */
  #isJson: boolean | undefined
  #begun = ''
  /** What the open string holds; absent outside of one. */
  #content: JsonNesting | undefined
  /** An escape that is not complete. */
  #escape = ''

  constructor(level = 0) {
    this.#level = level
    this.#isJson = level === 0 ? true : level < deepest ? undefined : false
  }

  /** Strings that the end of the text lies in. */
  get depth(): number {
    return this.#content === undefined ? 0 : 1 + this.#content.depth
  }

  read(text: string): void {
    for (const character of text) this.#take(character)
  }

  #take(character: string): void {
    this.#isJson ??= this.#judged(character)
    if (this.#isJson !== true) return
    const content = this.#content
    if (content === undefined) {
      if (character === '"') this.#content = new JsonNesting(this.#level + 1)
    } else if (this.#escape !== '') this.#takeEscaped(character, content)
    else if (character === '\\') this.#escape = character
    else if (character === '"') this.#content = undefined
    else content.#take(character)
  }

  #takeEscaped(character: string, content: JsonNesting): void {
    this.#escape += character
    if (this.#escape[1] === 'u' && this.#escape.length < 6) return
    const code = this.#escape[1] === 'u' ? Number.parseInt(this.#escape.slice(2), 16) : Number.NaN
    this.#escape = ''
    content.#take(Number.isNaN(code) ? (shortEscapes[character] ?? character) : String.fromCharCode(code))
  }

  /** An object with a key, or a list of objects: what else begins with a bracket is prose as often as not. */
  #judged(character: string): boolean | undefined {
    if (/\s/.test(character)) return undefined
    this.#begun += character
    if (this.#begun === '{' || this.#begun === '[' || this.#begun === '[{') return undefined
    return /^\[?\{"/.test(this.#begun)
  }
}
