import { EdgewiseError } from '../../spec/errors.ts'
import { createDemoClient, type DemoClient } from './demo-client.ts'
import { readDemo } from './demo-file.ts'

/** A client of the demo that runs on this machine, or undefined when none answers. The caller disposes of it. */
export async function findDemo(demoFile: string): Promise<DemoClient | undefined> {
  const note = await readDemo(demoFile)
  if (note === undefined) return undefined
  await using opened = new AsyncDisposableStack()
  const client = opened.use(createDemoClient(note))
  try {
    await client.link()
  } catch (error) {
    // Nobody there, or somebody else by now: the demo of that note is gone.
    if (error instanceof EdgewiseError) return undefined
    throw error
  }
  opened.move()
  return client
}
