import { defineRecognizer } from '../define-recognizer.ts'
import { matchEnd } from '../match-at.ts'

const surnames =
  '王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边'
const compound = '欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|宇文|长孙|夏侯|端木'
const given = '(?![先女医老同教主经护师大小患者的是在和与有说了])[\\u4e00-\\u9fff]{1,2}'
const behindLabel = new RegExp(
  `[ ]?[:：=]?[ ]?((?:${compound}|[${surnames}])[·]?[\\u4e00-\\u9fff]{1,2})(?![\\u4e00-\\u9fff]{0}[省市县区路街号])`,
  'y',
)
/** `感谢白医生` thanks Doctor Bai, and `那位卫小姐` is that Miss Wei: what stands before the name there is a surname elsewhere. */
const noSurname = '(?<=[这那哪每各一两几])位|(?<=[感多致道答])谢'
const surname = `(?!${noSurname})(?:${compound}|[${surnames}])`
const beforeTitle = new RegExp(
  `${surname}${given}?(?=先生|女士|小姐|医生|大夫|老师|教授|主任|护士|经理|师傅|同志)`,
  'g',
)
/** A surname alone is addressed so; before `医生` and its like it may be the end of another word. */
const addressed = new RegExp(`${surname}(?=先生|女士|小姐|太太)`, 'g')
const follower = /[，。,.；;、：:\s（(）)的是在和与于来去了因说男女，]|$/

/** Chinese names: a surname and one or two more characters behind a label or `我叫`, or before a form of address. */
export const chinesePerson = defineRecognizer({
  name: 'chinese-person',
  entity: 'PERSON',
  search(scan, report) {
    if (!scan.hasHan) return
    const { text } = scan
    for (const kind of ['personLabel', 'personPhrase'] as const) {
      const labels = scan.context(kind)
      for (let index = 0; index < labels.count; index++) {
        const from = labels.end(index)
        const end = matchEnd(behindLabel, text, from)
        if (end === -1) continue
        const start = from + (/^[ :：=]{0,3}/.exec(text.slice(from, from + 3))?.[0].length ?? 0)
        const isClear = start > from || kind === 'personPhrase'
        report(start, shortened(text, start, end), isClear ? 0.85 : 0.6)
      }
    }
    for (const { 0: name, index } of text.matchAll(beforeTitle)) report(index, index + name.length, 0.75)
    for (const { 0: name, index } of text.matchAll(addressed)) report(index, index + name.length, 0.6)
  },
})

/** A name of three characters whose third is a word of its own is one of two. */
function shortened(text: string, start: number, end: number): number {
  if (end - start < 3 || follower.test(text[end] ?? '')) return end
  return follower.test(text[end - 1] ?? '') ? end - 1 : end
}
