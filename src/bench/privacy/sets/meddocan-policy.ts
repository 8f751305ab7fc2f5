import type { CustomRecognizer } from '../../../privacy/recognizers/custom/custom-recognizers.ts'

const common = { entity: 'CUSTOM', ignoreCase: true } as const

/** What a clinic that follows MEDDOCAN's guidelines would write into its policy: sex, relatives and professions count as personal there. */
export const meddocanRecognizers: readonly CustomRecognizer[] = [
  {
    kind: 'pattern',
    name: 'sex-field',
    pattern: 'Sexo: *([HMVF]|hombre|mujer|var[oó]n|masculino|femenin[oa])\\b',
    score: 0.9,
    ...common,
  },
  {
    kind: 'dictionary',
    name: 'sex',
    words: [
      'varón',
      'mujer',
      'hombre',
      'niña',
      'niño',
      'masculino',
      'femenino',
      'femenina',
      'varones',
      'señora',
      'señor',
    ],
    score: 0.6,
    ...common,
  },
  {
    kind: 'pattern',
    name: 'relatives',
    pattern:
      '\\b((?:padres?|madres?|herman[oa]s?|hij[oa]s?|abuel[oa]s?|t[ií][oa]s?|prim[oa]s?|espos[oa]|marido|familia|sobrin[oa]s?|niet[oa]s?)(?: (?:matern[oa]s?|patern[oa]s?|gemel[oa]s?|mayor|menor|var[oó]n))?)\\b',
    score: 0.6,
    ...common,
  },
  {
    kind: 'pattern',
    name: 'year',
    pattern: '\\b(?:en|desde|hasta|a|el|del) ((?:año )?(?:19|20)[0-9]{2})\\b',
    score: 0.5,
    ...common,
    entity: 'DATE',
  },
]
