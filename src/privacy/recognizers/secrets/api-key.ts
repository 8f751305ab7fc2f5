import { defineRecognizer } from '../define-recognizer.ts'
import { matchEnd } from '../match-at.ts'

/** Keys that their issuer marks: cloud providers, code hosts, chat and payment services, model providers. */
const known =
  /(?:sk-(?:ant-|proj-|or-|svcacct-)?[A-Za-z0-9_-]{16,200}|[rs]k_(?:live|test)_[A-Za-z0-9]{10,200}|pk_live_[A-Za-z0-9]{10,200}|gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{22,255}|glpat-[A-Za-z0-9_-]{20,100}|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,300}|xox[abeoprs]-[A-Za-z0-9-]{10,250}|hf_[A-Za-z0-9]{20,80}|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{20,300}|SG\.[A-Za-z0-9_-]{16,40}\.[A-Za-z0-9_-]{16,60}|dop_v1_[a-f0-9]{64}|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}|sq0[a-z]{3}-[A-Za-z0-9_-]{22,50}|key-[a-f0-9]{32}|gsk_[A-Za-z0-9]{20,80}|r8_[A-Za-z0-9]{30,60}|dckr_pat_[A-Za-z0-9_-]{20,60}|lin_api_[A-Za-z0-9]{30,60}|nvapi-[A-Za-z0-9_-]{30,120})/y
const borders = /[=/.]/

/** API keys of known forms. */
export const apiKey = defineRecognizer({
  name: 'api-key',
  entity: 'SECRET',
  search({ text, tokens }, report) {
    for (let index = 0; index < tokens.count; index++) {
      let isBorder = true
      const end = tokens.end(index)
      for (let at = tokens.start(index); at < end - 15; at++) {
        const found = isBorder ? matchEnd(known, text, at) : -1
        if (found !== -1) {
          report(at, found, 0.98)
          at = found
        }
        isBorder = borders.test(text[at] ?? '')
      }
    }
  },
})
