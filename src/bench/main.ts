import { parseArgs } from 'node:util'
import type { Bench } from './bench.ts'
import { cascadeBench } from './cascade/cascade-bench.ts'
import { engineBench } from './engine/engine-bench.ts'
import { gatewayBench } from './gateway/gateway-bench.ts'
import { grammarBench } from './grammar/grammar-bench.ts'
import { guardBench } from './guard/guard-bench.ts'
import { ledgerBench } from './ledger/ledger-bench.ts'
import { outboxBench } from './outbox/outbox-bench.ts'
import { overloadBench } from './overload/overload-bench.ts'
import { privacyBench } from './privacy/privacy-bench.ts'
import { tellFigures, writeFigures } from './report.ts'

/** A new benchmark is one more entry. */
const benches: readonly Bench[] = [
  gatewayBench,
  engineBench,
  grammarBench,
  cascadeBench,
  privacyBench,
  guardBench,
  overloadBench,
  ledgerBench,
  outboxBench,
]

const usage = `Usage: npm run bench -- NAME [--json FILE] [--data PATH] [--mapping FILE] [--names FOLDER|none]

  list       the benchmarks there are
${benches.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join('\n')}

Settings of the benchmark engine, as environment variables:
  EDGEWISE_BENCH_ROUNDS   rounds; 5 when absent, fewer give no figures to show anybody
  EDGEWISE_BENCH_SIZE     size of the decoder with random weights: 135m (when absent) or 0.5b (1 GB of disk)
  EDGEWISE_BENCH_THREADS  threads of a step; one per core, less one, when absent`

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'string' },
      data: { type: 'string' },
      mapping: { type: 'string' },
      names: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const [name] = positionals
  if (values.help || name === undefined || name === 'list') {
    console.log(usage)
    return name === undefined && !values.help ? 2 : 0
  }
  const bench = benches.find((candidate) => candidate.name === name)
  if (bench === undefined) {
    console.error(`There is no benchmark ${name}.\n\n${usage}`)
    return 2
  }
  const figures = await bench.run({
    say: (line) => console.error(`  ${line}`),
    ...(values.data !== undefined && { data: values.data }),
    ...(values.mapping !== undefined && { mapping: values.mapping }),
    ...(values.names !== undefined && { names: values.names }),
  })
  console.log(`${bench.name}\n${tellFigures(figures)}`)
  if (values.json !== undefined) await writeFigures(values.json, bench, figures)
  return 0
}

process.exitCode = await main()
