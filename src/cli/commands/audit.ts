import { type Command, InvalidArgumentError, Option } from 'commander'
import type { AgesCounted } from '../../privacy/recognizers/dates/age.ts'

interface AuditOptions {
  readonly ages: AgesCounted
  readonly leastScore: number
  readonly names?: string
  readonly json?: true
}

/** `edgewise audit`: what recognizers and the name model find in a text, before anything is sent anywhere. */
export function registerAudit(program: Command): void {
  const audit = program
    .command('audit')
    .description('show what is personal in a text')
    .addHelpText('after', '\nExample:\n  edgewise audit privacy prompt.txt')
  audit
    .command('privacy')
    .description('list the personal data in a text, and show the text without it')
    .argument('<file>', 'a text file, or - for standard input')
    .addOption(
      new Option('--ages <which>', 'ages that count as personal').choices(['over-89', 'all']).default('over-89'),
    )
    .addOption(
      new Option('--least-score <score>', 'leave out findings less sure than this, 0..1').argParser(share).default(0),
    )
    .option('--names <folder>', 'a name model in place of the bundled one, or none')
    .option('--json', 'print the findings as JSON, without the text')
    .action(auditPrivacy)
    .addHelpText(
      'after',
      '\nExamples:\n  edgewise audit privacy prompt.txt\n  cat chat.json | edgewise audit privacy -\n\nSome names are missed, and some words are taken for names: see docs/guide/privacy.md. Nothing is sent, and nothing is kept.',
    )
}

async function auditPrivacy(file: string, { ages, leastScore, names, json }: AuditOptions): Promise<void> {
  const { openDetectors } = await import('../../edge/presets/open-detectors.ts')
  const { detectInTexts } = await import('../../privacy/detect-in-texts.ts')
  const { readGivenText } = await import('../read-given-text.ts')
  const text = await readGivenText(file)
  await using detectors = await openDetectors(names)
  const found = await detectInTexts(detectors.detector({ ages }), [text], new AbortController().signal)
  const findings = found.flat().filter(({ score }) => score >= leastScore)
  if (json) {
    process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`)
    return
  }
  const { createPaint } = await import('../demo/paint.ts')
  const { tellAudit } = await import('../tell-audit.ts')
  const isColored = process.stdout.hasColors?.() ?? false
  process.stdout.write(`${tellAudit({ text, findings, paint: createPaint({ isColored }) })}\n`)
}

function share(written: string): number {
  const value = Number(written)
  if (written.trim() !== '' && value >= 0 && value <= 1) return value
  throw new InvalidArgumentError('It must be a number from 0 to 1.')
}
