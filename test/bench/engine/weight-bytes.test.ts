import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { weightBytesPerToken } from '../../../src/bench/engine/weight-bytes.ts'
import { writeTinyDecoder } from '../../../src/testing/tiny-decoder/write-tiny-decoder.ts'

it('counts the weights that every step reads, without the embedding and the tables of angles', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'edgewise-weights-'))
  try {
    const hidden = 64
    const manifest = await writeTinyDecoder({
      folder,
      layers: 2,
      hiddenSize: hidden,
      vocabulary: 320,
      quantisation: 'q4',
    })
    // Per layer: q and o (64 x 64), k and v (64 x 32), gate, up and down (64 x 128); then the head (64 x 320).
    const values = 2 * (2 * hidden * 64 + 2 * hidden * 32 + 3 * hidden * 128) + hidden * 320
    // Half a byte each, and an f32 scale for 32 of them; five norms in f32.
    const expected = values / 2 + (values / 32) * 4 + 5 * hidden * 4
    const counted = weightBytesPerToken(join(folder, manifest.variants[0]?.path ?? ''))
    // A few constants of the mask come on top.
    expect(counted).toBeGreaterThanOrEqual(expected)
    expect(counted - expected).toBeLessThan(100)
  } finally {
    await rm(folder, { recursive: true })
  }
})
