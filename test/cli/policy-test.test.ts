import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readPolicyCases } from '../../src/cli/policy-test/policy-cases.ts'
import { runEdgewise } from './run-edgewise.ts'

const folder = mkdtempSync(join(tmpdir(), 'edgewise-policy-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const settings = write('edgewise.yaml', 'edge:\n  policy:\n    privacy: { personalData: protect }\n')

describe('edgewise policy test', () => {
  it('passes where what leaves is what should', async () => {
    const cases = write(
      'good.yaml',
      `- name: a mail address is replaced
  input: write to ada@example.org
  action: pseudonymise
  leaves: write to [EMAIL_1]
- input: 'the password: Tr0ub4dor&3 is mine'
  action: keep
  leaves: null
- name: plain text leaves as it is
  input: what is the boiling point of water
  action: allow
  leaves: what is the boiling point of water
- name: a conversation
  input:
    - { role: user, content: ada@example.org }
    - { role: assistant, content: I wrote to ada@example.org. }
  leaves: ['[EMAIL_1]', 'I wrote to [EMAIL_1].']
`,
    )
    const { code, stdout } = await runEdgewise({ arguments: ['policy', 'test', cases, '--config', settings], folder })
    expect(stdout).toContain('4 of 4 cases went as they should.')
    expect(code).toBe(0)
  })

  it('fails with the difference where it is not', async () => {
    const cases = write(
      'bad.yaml',
      'cases:\n  - input: write to ada@example.org\n    action: keep\n    leaves: write to [EMAIL_2]\n',
    )
    const { code, stdout } = await runEdgewise({ arguments: ['policy', 'test', cases, '--config', settings], folder })
    expect(code).toBe(1)
    expect(stdout).toContain('action: expected keep, but it is pseudonymise')
    expect(stdout).toContain('but it is "write to [EMAIL_1]"')
    expect(stdout).toContain('0 of 1 cases')
  })

  it('says what is wrong with a file without repeating its texts', async () => {
    const texts = [
      '- { input: secret words, acton: keep }',
      '- input: "secret words',
      'secret words',
      '- { input: secret words, action: kept }',
    ]
    for (const [index, text] of texts.entries()) {
      const path = write(`odd-${index}.yaml`, text)
      const error = await readPolicyCases(path).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'config-invalid' })
      expect(String(error)).toContain(`odd-${index}.yaml holds no cases`)
      expect(String(error)).not.toContain('secret')
    }
  })
})
