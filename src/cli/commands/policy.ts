import { styleText } from 'node:util'
import type { Command } from 'commander'
import { addSettingsOptions, readSettings, type SettingsOptions } from '../settings.ts'

/** `edgewise policy test CASES`: what the policy of the settings does with given texts. */
export function registerPolicy(program: Command): void {
  const policy = program.command('policy').description('try what a policy does before requests obey it')
  const test = policy
    .command('test')
    .description('hold what would leave this edge against what should')
    .argument('<cases>', 'YAML file: a list of { name, input, action, leaves }')
    .action(testCases)
    .addHelpText(
      'after',
      `
Example of a file:
  - name: names are replaced
    input: 'Patient name: Ada Lovelace, ada@example.org'
    action: pseudonymise
    leaves: 'Patient name: [PERSON_1], [EMAIL_1]'
  - input: 'my password: hunter2'
    action: keep
    leaves: null

The policy is that of the settings; the example needs privacy.personalData: protect. Nothing is sent anywhere. The exit code is 1 when a case goes otherwise than it says.`,
    )
  addSettingsOptions(test)
}

async function testCases(path: string, options: SettingsOptions): Promise<void> {
  const { readPolicyCases } = await import('../policy-test/policy-cases.ts')
  const { runPolicyCase } = await import('../policy-test/run-policy-case.ts')
  const { openGuard } = await import('../../edge/presets/open-guard.ts')
  const { systemClock } = await import('../../spec/system-clock.ts')
  const { config } = await readSettings(options)
  const cases = await readPolicyCases(path)
  const { createLocalNames } = await import('../../edge/presets/local-names.ts')
  await using names = createLocalNames({ clock: systemClock })
  const onFault = ({ message }: Error) => process.stderr.write(`The name model cannot be used: ${message}\n`)
  await using guard = await openGuard({ policy: config.edge.policy, clock: systemClock, names, onFault })
  const { signal } = new AbortController()
  let failed = 0
  for (const [index, given] of cases.entries()) {
    const { name, faults } = await runPolicyCase(given, { guard, number: index + 1, signal })
    if (faults.length > 0) failed += 1
    const verdict = faults.length === 0 ? styleText('green', 'ok  ') : styleText('red', 'FAIL')
    process.stdout.write([`${verdict} ${name}`, ...faults.map((fault) => `     ${fault}`), ''].join('\n'))
  }
  process.stdout.write(`${cases.length - failed} of ${cases.length} cases went as they should.\n`)
  if (failed > 0) process.exitCode = 1
}
