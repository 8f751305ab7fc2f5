import { parseArgs } from 'node:util'
import { allFaults as faults } from './all-faults.ts'
import { type Fault, type FaultContext, type FaultResult, holds } from './fault.ts'
import { tellResults } from './tell-results.ts'

const usage = `Usage: npm run faults -- [NAME...] [--full] [--seed N]

Without a name all of them run. --full runs the long forms. The seed makes the choices repeatable; absent, one is drawn and printed.
Exits with 1 when anything acknowledged was lost or came twice, or when a run proves nothing.

  list            the faults there are
${faults.map(({ name, summary }) => `  ${name.padEnd(15)} ${summary}`).join('\n')}`

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { full: { type: 'boolean' }, seed: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help || positionals[0] === 'list') {
    console.log(usage)
    return 0
  }
  const unknown = positionals.find((name) => !faults.some((fault) => fault.name === name))
  const seed = Number(values.seed ?? Date.now() % 1_000_000)
  if (unknown !== undefined || !Number.isSafeInteger(seed)) {
    console.error(
      `${unknown === undefined ? `--seed ${values.seed} is no whole number` : `There is no fault ${unknown}`}.\n\n${usage}`,
    )
    return 2
  }
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort(new Error('stopped by SIGINT')))
  const chosen = faults.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  console.error(`seed ${seed}`)
  const rows = []
  for (const fault of chosen) {
    const say = (line: string) => console.error(`  ${fault.name}: ${line}`)
    rows.push({ fault, ...(await outcome(fault, { full: values.full ?? false, seed, say, signal: stop.signal })) })
  }
  console.log(tellResults(rows))
  return rows.every(({ result }) => result === undefined || holds(result)) ? 0 : 1
}

/** A fault that throws has failed; one that this machine cannot run is told with its reason. */
async function outcome(
  fault: Fault,
  context: FaultContext,
): Promise<{ result?: FaultResult; skipped?: string; seconds: number }> {
  const skipped = fault.missing?.()
  if (skipped !== undefined) return { skipped, seconds: 0 }
  const startedMs = performance.now()
  const seconds = () => (performance.now() - startedMs) / 1000
  try {
    return { result: await fault.run(context), seconds: seconds() }
  } catch (thrown) {
    const failure = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
    return { result: { injected: 0, acknowledged: 0, lost: 0, duplicated: 0, failure }, seconds: seconds() }
  }
}

process.exitCode = await main()
