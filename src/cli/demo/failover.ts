import type { Decision } from '../../spec/decision.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import { systemClock } from '../../spec/system-clock.ts'
import { tellDecision } from '../tell-decision.ts'
import type { DemoClient } from './demo-client.ts'
import { thinLink } from './demo-link.ts'
import type { Paint } from './paint.ts'
import { placeWord } from './place-word.ts'
import { failoverPrompt } from './showcase.ts'
import { type PlacedPiece, type PlacedText, textByPlace } from './text-by-place.ts'

export interface FailoverOptions {
  readonly client: DemoClient
  readonly paint: Paint
  readonly write: (text: string) => void
  readonly signal: AbortSignal
}

/** The cut comes as soon as the answer has this many words. */
const wordsBeforeCut = 4
/** An answer that was whole when the cut came, or never began in the cloud, proves nothing; then it is asked once more. */
const attempts = 3

/**
 * Cuts the link of a running demo in the middle of a cloud answer and shows the edge going on with it; the link is as before afterwards.
 * Throws when the answer could not be continued.
 */
export async function showFailover(options: FailoverOptions): Promise<void> {
  const { client, write, paint } = options
  const { profile } = await client.link()
  write(
    paint.soft(
      `For this the link is ${thinLink.downBitsPerSecond / 1000} kbit/s thin, so that the words come one by one.\n`,
    ),
  )
  try {
    for (let attempt = 1; attempt <= attempts; attempt++) {
      await client.switchLink(thinLink.name)
      await untilCloudAnswers(options)
      const { decision, stretches } = await cutAnswer(options)
      if (stretches.length > 1) {
        write(`\n\n${paint.strong('Which words came from where')}\n`)
        for (const { step, text } of stretches) {
          write(`${paint.placement(step.placement, `${placeWord(step.placement).padEnd(5)} │ ${text.trim()}`)}\n`)
        }
        write(`\n${tellDecision(decision)}\n`)
        return
      }
      write(paint.soft(`\nThat was no failover:\n${tellDecision(decision)}\n\n`))
    }
    throw new EdgewiseError(
      'internal',
      `No answer could be cut in its middle, ${attempts} times; the decisions above say why.`,
    )
  } finally {
    await client.switchLink(profile)
    write(paint.soft(`The link is ${profile} again.\n`))
  }
}

/** After a cut the edge looks for its hub every few seconds only. */
async function untilCloudAnswers({ client, signal }: FailoverOptions): Promise<void> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(15_000)])
  for (;;) {
    if (await client.canAskCloud()) return
    await systemClock.delay(100, deadline)
  }
}

async function cutAnswer({ client, paint, write, signal }: FailoverOptions): Promise<{
  readonly decision: Decision
  readonly stretches: readonly PlacedText[]
}> {
  const pieces: PlacedPiece[] = []
  let cut: Promise<unknown> | undefined
  write(`${paint.strong('Asked in mode prefer-cloud:')} ${failoverPrompt}\n\n`)
  const decision = await client.ask({
    prompt: failoverPrompt,
    mode: 'prefer-cloud',
    signal,
    onText(piece) {
      pieces.push(piece)
      write(piece.text)
      const words = pieces
        .map(({ text }) => text)
        .join('')
        .trim()
        .split(/\s+/)
      if (cut !== undefined || words.length < wordsBeforeCut) return
      write(paint.fault(' ✂ '))
      cut = client.switchLink('down')
    },
  })
  await cut
  return { decision, stretches: textByPlace(pieces, decision) }
}
