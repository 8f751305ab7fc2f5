import type { Command } from 'commander'

interface PrivacyOptions {
  readonly data: string
  readonly mapping?: string
  readonly names?: string
  readonly json?: string
}

/** `edgewise bench privacy --data PATH`: how well personal data is found in texts of one's own. */
export function registerBench(program: Command): void {
  const bench = program
    .command('bench')
    .description('measure how well personal data is found in texts of your own')
    .addHelpText('after', '\nExample:\n  edgewise bench privacy --data notes.jsonl')
  bench
    .command('privacy')
    .description('score what is found against what somebody marked: precision, recall, F1, F2 by class')
    .requiredOption(
      '--data <path>',
      'the marked texts: JSON lines of {text, spans: [{start, end, entity}]}, JSON of presidio-research, or a folder of brat .txt/.ann pairs',
    )
    .option('--mapping <file>', 'JSON file {"THEIRS": "OURS" or null} for classes with other names')
    .option('--names <folder>', 'a name model in place of the bundled one, or none')
    .option('--json <file>', 'write the figures as JSON, too')
    .action(scorePrivacy)
    .addHelpText(
      'after',
      '\nExamples:\n  edgewise bench privacy --data notes.jsonl\n  edgewise bench privacy --data brat/ --mapping classes.json --json figures.json\n\nStrict means the same borders; by overlap at least half of a stretch is covered. Class-blind takes any class for right. Nothing is sent anywhere, and no text is printed.',
    )
}

async function scorePrivacy({ json, ...options }: PrivacyOptions): Promise<void> {
  const { measureOwnSet } = await import('../../bench/privacy/own-set.ts')
  const { tellFigures, writeFigures } = await import('../../bench/report.ts')
  const figures = await measureOwnSet({ ...options, say: (line) => process.stderr.write(`${line}\n`) })
  process.stdout.write(`${tellFigures(figures)}\n`)
  if (json !== undefined) await writeFigures(json, { name: 'privacy' }, figures)
}
