const letterRun = /[\p{L}\p{M}ªº.'’´-]{1,40}/uy
const particle =
  /^(?:de|del|de la|la|las|los|y|i|e|van|von|der|den|di|da|do|dos|das|du|le|ter|ten|zu|zum|bin|al|el|af|av|d['’]\p{Lu}\p{L}*)$/u
const initialOrName =
  /^(?:\p{Lu}[\p{L}\p{M}'’´-]*[\p{L}\p{M}]|\p{Lu}\p{M}?\.?-?(?:\p{Lu}\.?)?|M[ªº]\.?|\p{Lu}[\p{L}\p{M}-]+\.?)$/u
const stopWord =
  /^(?:.*(?:ología|ologia|iatría|ugía)|Av|Paciente|Varón|Varon|Mujer|Hombre|Niñ[ao]|Adolescente|Recién|Lactante|Neonato|Urbanización|Departament|Médica|Interna|Clínica|Apartado|Ctra|Pza|Pº|Hospital|Servicio|Unidad|Departamento|Facultad|Universidad|Centro|Clínica|Avda?|Avenida|Calle|C|Plaza|Paseo|Pº|Carretera|Correo|Email|E-mail|Tel|Tfno|Edad|Sexo|Nº?|N°?|NºCol|España|Sr|Dr|Dra|I|Un|Una|Se|En|El|La|Los|Las|Su|Es|No|Ha|Al|Con|Tras|Der|Die|Das|Ein|Eine|Le|Les|Une|Ce|An|In|On|At|For|My|Your|Our|Their|Not|Hello|Hi|Dear|The|This|That|It|He|She|We|You|They|Who|What|When|Where|How|Is|Are|And|But|Or|If|Please|Phone|Email|Address|Date|DOB|Age|Sex|MRN|ID|Name|Urología|Domicilio|Street|Avenue|Road|Team|All|Sir|Madam|There|Everyone|Customer|Support|World|User|Complejo|Consorcio|Instituto|Fundación|Apartado|Dirección|Carrer|Passeig|Área|Sección|Jefe|Médico|Doctor)$/

export interface NameBounds {
  readonly start: number
  readonly end: number
  readonly words: number
}

/** Up to `most` words of a name that begins at `start`: capitals, initials, and particles between them. Stops at the end of a line, a sentence or a word that begins something else. */
export function readName(text: string, start: number, most: number): NameBounds | undefined {
  let end = -1
  let words = 0
  let at = start
  for (let steps = 0; steps < most + 3 && words < most; steps++) {
    letterRun.lastIndex = at
    const word = letterRun.exec(text)?.[0]
    if (word === undefined) break
    const bare = word.replace(/[.'’´-]+$/, '')
    if (stopWord.test(bare)) break
    if (particle.test(word)) {
      if (words === 0) break
    } else if (initialOrName.test(word) || initialOrName.test(bare)) {
      words++
      const isInitial = /^(?:\p{Lu}|M[ªº]|\p{Lu}\.-?\p{Lu})$/u.test(bare)
      end = at + (isInitial && word.endsWith('.') ? word.length : bare.length)
      if (!isInitial && word.endsWith('.')) break
    } else break
    at += word.length
    if (text[at] !== ' ' && text[at] !== '\u00a0') break
    at++
    if (text[at] === ' ') break
  }
  return end === -1 ? undefined : { start, end, words }
}
