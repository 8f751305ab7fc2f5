import { tellReason } from '../tell-reason.ts'
import type { Paint } from './paint.ts'
import { type ShowcaseRequest, showcase } from './showcase.ts'

export interface DemoPart {
  readonly pid: number
  readonly port: number
  readonly model: string
  /** Size of the model, or where it really runs. */
  readonly about: string
}

export interface TellStartOptions {
  readonly edge: DemoPart
  readonly hub: DemoPart
  readonly link: { readonly profile: string; readonly port: number }
  readonly edgeUrl: string
  readonly controlPort: number
  readonly apiKey: string
  /** Path of the key, or the variable it came from. */
  readonly apiKeySource: string
  /** State folder of the edge. */
  readonly edgeState: string
  readonly mode: string
  /** When the hub answers in mode prefer-edge. */
  readonly passedOnWhere: string
  readonly paint: Paint
}

/** What a person needs to know once the demo runs: what is where, what it was told, and what to try. */
export function tellStart(options: TellStartOptions): string {
  const { edgeUrl, controlPort, apiKey, apiKeySource, edgeState, paint } = options
  return [
    picture(options),
    policy(options),
    `${paint.strong('Page')}     ${edgeUrl}/#key=${apiKey}&control=${controlPort}`,
    `${paint.strong('API')}      ${edgeUrl}/v1, key in ${apiKeySource}`,
    curls(options),
    `${paint.strong('Switch')}   npx edgewise demo link 4g · npx edgewise demo link down · npx edgewise demo failover`,
    `${paint.strong('Ledger')}   what has left: npx edgewise ledger tail --state ${edgeState}`,
    paint.soft('Each request gets a line here. Ctrl-C ends everything and leaves nothing behind.'),
  ].join('\n\n')
}

const boxWidth = 26

function picture({ edge, hub, link, paint }: TellStartOptions): string {
  const left = box('edge', edge)
  const right = box('hub', hub)
  const between = ['', '', `──── link: ${link.profile} ────`, `port ${link.port}`, '', '']
  const width = Math.max(...between.map((text) => text.length))
  return left
    .map((line, index) => {
      const text = between[index] ?? ''
      const room = width - text.length
      const middle = ' '.repeat(Math.floor(room / 2)) + text + ' '.repeat(Math.ceil(room / 2))
      return `  ${paint.edge(line)} ${middle} ${paint.cloud(right[index] ?? '')}`
    })
    .join('\n')
}

function box(name: string, { pid, port, model, about }: DemoPart): string[] {
  const rows = [`${name}, process ${pid}`, model, about, `port ${port}`]
  const inner = rows.map((row) => `│ ${row.slice(0, boxWidth).padEnd(boxWidth)} │`)
  return [`┌${'─'.repeat(boxWidth + 2)}┐`, ...inner, `└${'─'.repeat(boxWidth + 2)}┘`]
}

function policy({ mode, passedOnWhere, paint }: TellStartOptions): string {
  return [
    `${paint.strong('Policy')}   mode ${mode}: ${tellMode(mode, passedOnWhere)}`,
    '         policy.privacy.personalData is set to protect: in what the edge passes on, pseudonyms take the',
    '         place of personal data; a request with a secret stays. Without that line nothing would leave.',
    '         The demo keeps the last 32 bodies that left in memory, so that the page can show them.',
  ].join('\n')
}

function tellMode(mode: string, passedOnWhere: string): string {
  if (mode !== 'prefer-edge') return `${tellReason(mode)}.`
  return `the edge answers, and the hub where ${passedOnWhere}.`
}

function curls({ edgeUrl, apiKeySource, paint }: TellStartOptions): string {
  const key = /[/\\]/.test(apiKeySource) ? `$(cat ${apiKeySource})` : `$${apiKeySource}`
  const lines = showcase.map((request) => `${paint.soft(`# ${request.shows}`)}\n${curl(edgeUrl, request)}`)
  return [`KEY=${key}`, ...lines].join('\n')
}

function curl(edgeUrl: string, { prompt, mode }: ShowcaseRequest): string {
  const body = JSON.stringify({ model: 'auto', temperature: 0, messages: [{ role: 'user', content: prompt }] })
  const header = mode === undefined ? '' : `-H 'x-edgewise-mode: ${mode}' `
  return `curl ${edgeUrl}/v1/chat/completions -H "Authorization: Bearer $KEY" ${header}-H 'Content-Type: application/json' -d '${body}'`
}
