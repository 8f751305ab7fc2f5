import { EdgewiseError } from '../../spec/errors.ts'
import type { Priority } from '../../spec/request.ts'

/**
 * Lets sessions step one at a time, urgent ones before normal ones, background ones when nobody else waits; within a class in the order in which
 * they asked: a session that asks again stands at the end of its line. Nobody starves: after 16 turns of others a normal step goes next, after 64 a
 * background step.
 */
export interface Turns {
  /** Runs `work` when its turn has come. Throws `aborted` at once when the signal aborts while it waits. */
  run<T>(work: () => Promise<T>, signal: AbortSignal, priority?: Priority): Promise<T>
}

/** Those of one class who wait. */
class Line {
  /** Lower goes first. */
  readonly rank: number
  /** Turns that others may take in a row while somebody waits here. */
  readonly patience: number
  readonly waiting: (() => void)[] = []
  passedOver = 0

  constructor(rank: number, patience: number) {
    this.rank = rank
    this.patience = patience
  }

  get isOverdue(): boolean {
    return this.passedOver >= this.patience
  }
}

/** Lines that nobody stands in yet. `soon` calls back once all that is ready to run has run. */
export function createTurns(soon: (callback: () => void) => void = setImmediate): Turns {
  const lines = { urgent: new Line(0, 1), normal: new Line(1, 16), background: new Line(2, 64) }
  const inOrder = Object.values(lines)
  let isTaken = false

  function wait({ waiting }: Line, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        waiting.splice(waiting.indexOf(enter), 1)
        reject(new EdgewiseError('aborted', 'the request was aborted', { cause: signal.reason }))
      }
      waiting.push(enter)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  function nextLine(): Line | undefined {
    const standing = inOrder.filter(({ waiting }) => waiting.length > 0)
    return standing.find(({ isOverdue }) => isOverdue) ?? standing[0]
  }

  function letIn(next: Line | undefined): void {
    for (const line of inOrder) line.passedOver = line === next || line.waiting.length === 0 ? 0 : line.passedOver + 1
    const enter = next?.waiting.shift()
    if (enter === undefined) isTaken = false
    else enter()
  }

  function handOver(from: Line): void {
    const next = nextLine()
    // Whoever has just stepped asks again in a moment, and then goes before a lower class.
    if (next !== undefined && next.rank > from.rank && !next.isOverdue) soon(() => letIn(nextLine()))
    else letIn(next)
  }

  return {
    async run(work, signal, priority = 'normal') {
      const line = lines[priority]
      if (isTaken) await wait(line, signal)
      isTaken = true
      try {
        return await work()
      } finally {
        handOver(line)
      }
    },
  }
}
