/** True for a relative path with `/` that stays in its folder on every system: plain segments, no dots alone, no links up, at most 8 deep. */
export function isSafePath(path: string): boolean {
  const segments = path.split('/')
  return path.length <= 200 && segments.length <= 8 && segments.every(isSafeSegment)
}

// Names that Windows keeps for devices, whatever follows a dot.
const device = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

function isSafeSegment(segment: string): boolean {
  return /^[\w][\w.+=@-]*$/.test(segment) && !segment.endsWith('.') && !segment.includes('..') && !device.test(segment)
}
