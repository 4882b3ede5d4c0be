/** What `hebb new rule` writes: a rule with a program, and its test. `rule` is its name, `constant` its export. */
export interface RuleNames {
  /** kebab-case: the file, and the rule in graphs and tables. */
  readonly rule: string
  /** camelCase. */
  readonly constant: string
}

/** Names that the rule's file imports, which the rule itself cannot have. */
export const imported = [
  'adamw',
  'check',
  'colourJitter',
  'concat',
  'conv',
  'layer',
  'local',
  'maxPool',
  'program',
  'randomResizedCrop',
  'relu',
  'rule',
] as const

export const ruleText = ({ rule, constant }: RuleNames): string => `import {
${imported.map((name) => `  ${name},`).join('\n')}
  type Rule,
  type Tensor,
} from 'hebb'

/**
 * TITLE (AUTHORS, *TITLE OF THE PAPER*, VENUE YEAR, equation N):
 *
 *     L = mean_i max(0, margin + |z_i - p_i|² - |z_i - n_i|²)
 *
 * z_i is a layer's activity, averaged over the map; p_i its activity on the other view of the image, n_i on another
 * image: two views of an image attract each other, views of different images do not come too near.
 * Deviations from the authors' code: NONE.
 */
export function ${constant}(options: { readonly margin?: number } = {}): Rule<'a' | 'b'> {
  // An option that is misspelt, or no number, is told at the line that calls this.
  const { margin } = check.withDefaults('${constant}', { margin: 1 }, options)
  return rule('${rule}', ({ out, negatives }) => {
    // All views one below the other, [rows, channels]; \`out.a\` and \`out.b\` are the views by name.
    const z = out.rows.mean(2, 3)
    // The same rows with the views exchanged. What is compared to is a constant: only z learns.
    const positive = concat([out.b, out.a]).mean(2, 3).stopGradient()
    // For every row one that shows another image of the batch, drawn anew each step.
    const negative = positive.rows(negatives().reshape(-1))
    const distance = (other: Tensor) => z.sub(other).square().mean(1)
    // One number per layer. Its gradient teaches this layer, and stops at the layer below.
    return distance(positive).sub(distance(negative)).add(margin).relu().mean()
  })
}

/** A small program to try it on: Fashion-MNIST, each layer taught by its own loss (\`global\`: backpropagation). */
export default program({
  name: '${rule}',
  input: { channels: 1, size: 28, mean: [0.286], std: [0.353] },
  batch: 64,
  augment: [randomResizedCrop({ scale: [0.3, 1] }), colourJitter()],
  encoder: [16, 32, 64].map((channels, i) => layer(\`conv\${i + 1}\`, conv(channels), relu(), maxPool(2))),
  learn: local(${constant}()),
  optimizer: adamw({ lr: 1e-3 }),
})
`

export const testText = ({ rule }: RuleNames): string => `import { compile } from 'hebb'
import { checkGradient } from 'hebb/testing'
import { expect, test } from 'vitest'
import program from './${rule}.ts'

test('${rule} compiles to one training graph per layer', () => {
  const { train } = compile(program).manifest
  expect(train.graphs.map(({ name }) => name)).toEqual(program.encoder.map(({ name }) => name))
})

// Of a rule that returns explicit updates, this would compare nothing: checkUpdate and checkDescent are for those.
test('${rule} follows the gradient of its loss, in float64, with every stop pinned', async () => {
  expect(await checkGradient(program)).toBeLessThan(1e-6)
})
`
