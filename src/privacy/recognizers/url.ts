import { defineRecognizer } from './define-recognizer.ts'
import { isPublicPage } from './public-hosts.ts'

const schemeUnit = /[A-Za-z0-9+.-]/
const stop = /[\s<>"'`{}|\\^\u3000-\u303f\uff00-\uffef\u4e00-\u9fff]/
const longest = 4096
const threshold = { identifying: 0.97, plain: 0.7, publicPage: 0.2 }

/** Web addresses and connection strings with a scheme, and hosts that begin with `www.`. Pages of widely known public sites score low, unless their query holds an address or a long key. */
export const url = defineRecognizer({
  name: 'url',
  entity: 'URL',
  search({ text }, report) {
    let told = 0
    for (let at = text.indexOf('://'); at !== -1; at = text.indexOf('://', Math.max(at + 1, told))) {
      let start = at
      while (start > told && at - start < 16 && schemeUnit.test(text[start - 1] ?? '')) start--
      if (start === at || at - start >= 16) continue
      told = urlEnd(text, at + 3)
      if (told - at >= 6) report(start, told, scoreOf(text.slice(start, told)))
    }
    for (let at = text.indexOf('www.'); at !== -1; at = text.indexOf('www.', Math.max(at + 1, told))) {
      if (/[\w/.@]/.test(text[at - 1] ?? ' ')) continue
      told = urlEnd(text, at)
      if (/^www\.[\w-]+\.\w{2}/.test(text.slice(at, at + 80)))
        report(at, told, scoreOf(`https://${text.slice(at, told)}`))
    }
  },
})

function urlEnd(text: string, from: number): number {
  let end = from
  while (end < text.length && end - from < longest && !stop.test(text[end] ?? '')) end++
  const bracket = text.slice(from, end).search(/^[^[]*\]/)
  if (bracket !== -1) end = text.indexOf(']', from)
  while (end > from && /[.,;:!?)\]*]/.test(text[end - 1] ?? '')) end--
  return end
}

function scoreOf(address: string): number {
  const parsed = URL.parse(address)
  if (parsed === null) return threshold.plain
  if (parsed.username !== '' || /@|%40|[A-Za-z0-9_-]{32}/.test(parsed.search)) return threshold.identifying
  if (isPublicPage(parsed)) return threshold.publicPage
  return parsed.search.length > 1 ? threshold.identifying : threshold.plain
}
