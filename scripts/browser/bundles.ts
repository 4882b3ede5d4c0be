import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { backpropagation, directFeedback, plusPlus } from '../../rules/recipes/fashion-mnist.ts'
import { compile, compileAlignment, writeBundle, type Program } from '../../src/index.ts'
import { ALIGNMENT, type RuleName } from '../../examples/browser/rules.ts'

export const programs: Readonly<Record<RuleName, Program>> = {
  'clapp++': plusPlus,
  'clapp++dfb': directFeedback,
  'bp-clapp++': backpropagation,
}

/** Compiles the page's rules, a folder each, with what measures their alignment in a folder of its own there. */
export function writeBundles(into: string): void {
  mkdirSync(into, { recursive: true })
  for (const [rule, program] of Object.entries(programs)) {
    const folder = join(into, rule)
    writeBundle(folder, compile(program))
    const { manifest, graph } = compileAlignment(program)
    const { alignment, augment, sides } = manifest
    const place = join(folder, ALIGNMENT)
    mkdirSync(place)
    writeFileSync(join(place, 'manifest.json'), JSON.stringify({ alignment, augment, sides }))
    for (const each of [...alignment.graphs, ...augment.graphs])
      writeFileSync(join(place, each.file), graph(each))
  }
}
