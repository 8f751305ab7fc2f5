import { RE2JS } from 're2js'
import type { Finding, Recognizer } from '../recognizer.ts'
import type { CustomRecognizer } from './custom-recognizers.ts'

/** A recognizer for a pattern in RE2 syntax: linear in the text whatever the pattern. What its first group matches is the finding, where it has one. */
export function patternRecognizer({
  name,
  entity,
  score,
  pattern,
  ignoreCase,
}: Extract<CustomRecognizer, { kind: 'pattern' }>): Recognizer {
  const compiled = RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0)
  const group = compiled.groupCount() > 0 ? 1 : 0
  return {
    name,
    entities: [entity],
    find(text) {
      const findings: Finding[] = []
      const matcher = compiled.matcher(text)
      while (matcher.find()) {
        const [start, end] = [matcher.start(group), matcher.end(group)]
        if (end > start) findings.push({ entity, start, end, score, recognizer: name })
      }
      return findings
    },
  }
}
