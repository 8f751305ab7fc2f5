import { z } from 'zod'
import { readPacked, sharedData } from './shared-data.ts'
import { isHeldOut, plainText, type ValidationTask, validationTasks } from './validation-tasks.ts'

const rowSchema = z.object({ focus: z.string(), qtype: z.string(), question: z.string(), answer: z.string() })

const types = new Set(['information', 'inheritance', 'frequency', 'causes', 'treatment', 'genetic changes', 'outlook'])
const saysNothing = /Human Phenotype Ontology|These resources|resources address|See the|More information|Key Points|:$/i
const longestQuestion = 110

/** The questions of MedQuAD about the tenth of conditions that was held out, with the first sentence of the answer. */
export function questionTasks(): readonly ValidationTask[] | undefined {
  const path = sharedData('medquad', 'medquad.jsonl.gz')
  if (path === undefined) return undefined
  const rows = readPacked(path)
    .trim()
    .split('\n')
    .map((line) => rowSchema.parse(JSON.parse(line)))
  const held = rows
    .map((row) => ({ ...row, topic: plainText(row.focus), first: firstSentence(row.answer) }))
    .filter(({ qtype, question, first }) => types.has(qtype) && first !== '' && question.length <= longestQuestion)
    .filter(({ topic }) => isHeldOut(topic))
    .map(({ question, first, topic }) => ({ text: plainQuestion(question), answer: first, topic }))
  return validationTasks({ task: 'question', held, ask: ({ text }) => `Question: ${text}` })
}

function plainQuestion(question: string): string {
  return question.replace(/\s+/g, ' ').replace(/\s+\?/g, '?').replaceAll('(are) ', '').trim()
}

/** The first sentence that is a statement, when it is not too long; else nothing. */
function firstSentence(text: string): string {
  const sentences = text.split('\n').flatMap((line) => {
    return line
      .replace(/\s+/g, ' ')
      .trim()
      .split(/(?<=[.!?])\s+(?=[A-Z])/)
  })
  const lengthOf = (sentence: string) => (sentence === '' ? 0 : sentence.split(/\s+/).length)
  const first = sentences.find((sentence) => !sentence.endsWith('?') && lengthOf(sentence) >= 4) ?? ''
  const isGood = lengthOf(first) <= 32 && first.endsWith('.') && !saysNothing.test(first)
  return isGood ? first : ''
}
