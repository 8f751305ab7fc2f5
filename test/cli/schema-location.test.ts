import { describe, expect, it } from 'vitest'
import { schemaLocation } from '../../src/cli/schema-location.ts'

describe('the schema that a settings file names', () => {
  it.each([
    ['the package beside it', '/app/edgewise.yaml', '/app/node_modules/edgewise', './node_modules/edgewise/'],
    ['the package above it', '/app/deploy/edgewise.yaml', '/app/node_modules/edgewise', '../node_modules/edgewise/'],
    [
      'the linked place of a package',
      '/app/edgewise.yaml',
      '/app/node_modules/.pnpm/edgewise@1.0.0/node_modules/edgewise',
      './node_modules/edgewise/',
    ],
    ['the checkout that it is in', '/src/edgewise/edgewise.yaml', '/src/edgewise', './'],
    ['the checkout above it', '/src/edgewise/a/b/edgewise.yaml', '/src/edgewise', '../../'],
    [
      'where the package would be, when it runs from elsewhere',
      '/app/edgewise.yaml',
      '/home/me/.npm/_npx/1/node_modules/edgewise',
      './node_modules/edgewise/',
    ],
    ['where the package would be, beside a checkout', '/app/edgewise.yaml', '/app-src', './node_modules/edgewise/'],
  ])('is in %s', (_, file, packageRoot, expected) => {
    expect(schemaLocation({ file, packageRoot })).toBe(`${expected}edgewise.schema.json`)
  })
})
