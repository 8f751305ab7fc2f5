import { basename } from 'node:path'
import { type Answer, readAnswers } from '../../evaluation/answer.ts'
import { readRouteLlm } from '../../evaluation/recordings/routellm.ts'
import { readZeroEval } from '../../evaluation/recordings/zeroeval.ts'
import { readText } from './read-text.ts'

/**
 * Recorded answers, whatever wrote them: `edgewise eval --record` (JSON lines), ZeroEval (a JSON list) or RouteLLM (CSV, of whose two
 * models `side` picks one). Packed files end in .gz. Throws `config-invalid`.
 */
export async function readRecording(path: string, side: 'local' | 'cloud'): Promise<readonly Answer[]> {
  const { text } = await readText(path)
  const file = basename(path)
  if (/\.csv(\.gz)?$/.test(file)) {
    const { weak, strong } = readRouteLlm(text, file)
    return side === 'local' ? weak : strong
  }
  return text.trimStart().startsWith('[') ? readZeroEval(text, file) : readAnswers(text, file)
}
