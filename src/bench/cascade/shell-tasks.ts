import { z } from 'zod'
import { readPacked, sharedData } from './shared-data.ts'
import { isHeldOut, type Pair, type ValidationTask, validationTasks } from './validation-tasks.ts'

const pageSchema = z.object({
  platform: z.string(),
  command: z.string(),
  examples: z.array(z.object({ task: z.string(), command: z.string() })),
})
type Page = z.infer<typeof pageSchema>

const aboutThePageItself = /documentation|tldr|文档|别名/i
const longestCommand = 90

/** The tenth of the tldr pages' English tasks that was held out: one command each. Every second one names its tool. */
export function englishShellTasks(): readonly ValidationTask[] | undefined {
  return shellTasks(
    'shell-en',
    ({ text, label }) =>
      `Shell: ${namesTool(text) ? `with ${label}, ${text.charAt(0).toLowerCase()}${text.slice(1)}` : text}`,
  )
}

/** The same of the Chinese pages. */
export function chineseShellTasks(): readonly ValidationTask[] | undefined {
  return shellTasks('shell-zh', ({ text, label }) => `命令：${namesTool(text) ? `用 ${label}，${text}` : text}`)
}

function shellTasks(task: string, ask: (pair: Pair) => string): readonly ValidationTask[] | undefined {
  const paths = [sharedData('tldr', 'tldr-en.jsonl.gz'), sharedData('tldr', 'tldr-zh.jsonl')]
  const [english, chinese] = paths.map((path) => (path === undefined ? undefined : readPages(path)))
  if (english === undefined || chinese === undefined) return undefined
  const [pages, others] = task === 'shell-en' ? [english, chinese] : [chinese, english]
  const known = new Set(others.map(nameOf))
  const pairs = pages.filter((page) => known.has(nameOf(page))).flatMap(pairsOf)
  return validationTasks({ task, held: pairs.filter(({ text }) => isHeldOut(task + text.toLowerCase())), ask })
}

function readPages(path: string): readonly Page[] {
  return readPacked(path)
    .trim()
    .split('\n')
    .map((line) => pageSchema.parse(JSON.parse(line)))
}

function nameOf({ platform, command }: Page): string {
  return `${platform}/${command}`
}

function pairsOf({ command: page, examples }: Page): readonly Pair[] {
  const label = page.startsWith('git-') ? page.replaceAll('-', ' ') : page
  return examples
    .map(({ task, command }) => ({ text: plainTask(task), answer: plainCommand(command), label, topic: label }))
    .filter(({ text, answer }) => {
      return text !== '' && !aboutThePageItself.test(text) && answer.length <= longestCommand && !answer.includes('\n')
    })
}

function plainTask(task: string): string {
  return task
    .replaceAll('`', '')
    .replace(/[：:.。]+$/, '')
    .replace(/[[\]]/g, '')
    .trim()
}

/** tldr marks what the user fills in: the long option, the first choice and the plain value stay. */
function plainCommand(command: string): string {
  return command
    .replace(/\{\{(.*?)\}\}/g, (_, inner: string) => {
      const option = /^\[(.+)\]$/.exec(inner)?.[1]
      return (option === undefined ? inner.split('|')[0] : option.split('|').at(-1)) ?? ''
    })
    .trim()
}

function namesTool(text: string): boolean {
  return isHeldOut(`tool${text}`, 50)
}
