import { type Command, InvalidArgumentError, Option } from 'commander'
import type { AgesCounted } from '../../privacy/recognizers/dates/age.ts'

interface AuditOptions {
  readonly ages: AgesCounted
  readonly leastScore: number
  readonly json?: true
}

/** `edgewise audit`: what the recognizers find in a text, before anything is sent anywhere. */
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
    .option('--json', 'print the findings as JSON, without the text')
    .action(auditPrivacy)
    .addHelpText(
      'after',
      '\nExamples:\n  edgewise audit privacy prompt.txt\n  cat chat.json | edgewise audit privacy -\n\nNames that nothing around them marks as names may be missed: there is no name model yet. Nothing is sent, and nothing is kept.',
    )
}

async function auditPrivacy(file: string, { ages, leastScore, json }: AuditOptions): Promise<void> {
  const { createDetector } = await import('../../privacy/detector.ts')
  const { readGivenText } = await import('../read-given-text.ts')
  const text = await readGivenText(file)
  const findings = createDetector({ ages })
    .detect(text)
    .filter(({ score }) => score >= leastScore)
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
