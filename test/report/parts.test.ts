import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CLASS_COLOURS, heatColour, layerColour, OTHER_COLOUR } from '../../report/colours.ts'
import { contrast, inkOn } from '../../report/contrast.ts'
import { renderReport } from '../../report/page.ts'
import { dark, light } from '../../report/style/palette.ts'
import {
  bareRun,
  confusionOf,
  curve,
  embeddingOf,
  frame,
  fullReport,
  fullRun,
  largeReport,
} from './reports.ts'
import { checkWellFormed } from './well-formed.ts'
import type { Run } from '../../report/index.ts'

const pageOf = (changes: Partial<Run>): string =>
  renderReport({ ...frame, runs: [{ ...bareRun, ...changes }] })
const classes = (count: number) => Array.from({ length: count }, (_, index) => `class ${index}`)
const headings = (page: string): readonly string[] =>
  [...page.matchAll(/<h2>([^<]*)<\/h2>/g)].map(([, heading = '']) => heading)

describe('the page of one run', () => {
  it('has every part that the run has, in this order', async () => {
    const page = renderReport(await fullReport())
    checkWellFormed(page)
    expect(headings(page)).toEqual([
      'How it was trained',
      'Training',
      'Probes while training',
      'Accuracy',
      'Classes',
      'Alignment with backpropagation',
      'Filters',
      'Nearest neighbours',
      'Embedding',
      'What each update reads',
      'What a step costs',
      'Settings',
      'Do it again',
    ])
  })

  it('leaves out what the run does not have', () => {
    expect(headings(renderReport({ ...frame, settings: [], commands: [], runs: [bareRun] }))).toEqual([
      'Training',
    ])
  })

  it('has the command that trains the run again, as a shell takes it', () => {
    const page = pageOf({ command: `hebb train 'my program.ts' --epochs 8 &&\nhebb probe runs/a` })
    expect(page.replace(/<\/?span[^>]*>/g, '')).toContain(
      '<pre>hebb train &#39;my program.ts&#39; --epochs 8 &amp;&amp;\nhebb probe runs/a</pre>',
    )
  })

  it('says what is missing, why, and the command that makes it', () => {
    const page = pageOf({
      missing: [{ part: 'Accuracy', why: 'never probed', command: 'hebb probe runs/a' }],
    })
    expect(page).toContain('<li>Accuracy: never probed<br/><code>hebb probe runs/a</code></li>')
  })

  it('has the other commands with what each does, and where their paths begin', () => {
    const page = pageOf({
      commands: [{ what: 'Probes it.', command: 'npx hebb probe runs/a' }],
      from: '/home/me',
    })
    expect(page).toContain('<p class="quiet">Probes it.</p>\n<pre>npx hebb probe runs/a</pre>')
    expect(page).toContain('Paths begin at <code>/home/me</code>.')
  })

  it('breaks no flag between its dashes, in commands or in settings', () => {
    const page = pageOf({
      command: 'hebb train a --validation 0.1',
      settings: [['Begun by', 'hebb train a --validation 0.1']],
    })
    expect(page.match(/<span class="flag">--validation<\/span>/g)).toHaveLength(2)
    expect(page).toContain('.flag { white-space: nowrap; }')
  })

  it('begins with what its own classifiers know, where it has any, the uppermost first', () => {
    const own = {
      images: 1000,
      classifiers: [
        { name: 'top', accuracy: 0.9312 },
        { name: 'middle', accuracy: 0.5 },
      ],
    }
    const page = renderReport({ ...frame, runs: [{ ...bareRun, own }] })
    expect(headings(page)[0]).toBe('Results')
    expect(page).toMatch(/<h2>Results<\/h2>\n<p class="headline">Its own classifier, on top: <b>93\.1/)
    expect(page).toContain('<th scope="row">middle</th><td class="number">50.0</td>')
    const two = renderReport({ ...frame, runs: [{ ...bareRun, own }, bareRun] })
    expect(two).toContain('<th scope="row">mine</th><td>top</td><td class="number">93.1</td>')
  })

  it('says beside the accuracies how they were measured', () => {
    const page = renderReport({
      ...frame,
      runs: [bareRun],
      table: {
        caption: 'Accuracy.',
        columns: [{ name: 'kNN' }],
        rows: [{ name: 'mine', cells: [{ value: 0.5 }] }],
        measured: [['kNN', 'the 10 nearest vote']],
      },
      tableNotes: ['other is not in the table: it was never probed.'],
    })
    expect(page).toContain('<dt>kNN</dt><dd>the 10 nearest vote</dd>')
    expect(page).toContain('<p>other is not in the table: it was never probed.</p>')
  })

  it('may run no script and ask for nothing', () => {
    const page = pageOf({})
    expect(page).toContain(
      `content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; img-src data:;`,
    )
  })

  it('stays below two megabytes with many layers, classes and images', async () => {
    expect(renderReport(await largeReport()).length).toBeLessThan(2e6)
    expect(pageOf({ confusions: [confusionOf(classes(200))] }).length).toBeLessThan(1e6)
  })
})

describe('curves', () => {
  it('of up to six layers share a frame; of more each layer has its own', () => {
    const count = (layers: number) =>
      pageOf({ losses: classes(layers).map((layer) => curve(layer, 1, 10)) }).match(/<svg /g)?.length
    expect([1, 6, 7, 17].map(count)).toEqual([1, 1, 7, 17])
  })

  it('of the validation images are dashed, in the colour of their layer', () => {
    const page = pageOf({ validation: [curve('dense', 1, 5)] })
    const [dashed] = /<g [^>]*stroke-dasharray="5 4"[^>]*>/.exec(page) ?? []
    expect(dashed).toContain(`stroke="${layerColour(0, 1)}"`)
    expect(page).toContain('Dashed: on images that are not trained on.')
  })

  it('of other numbers that a rule logs have a figure each', () => {
    const page = pageOf({ logs: [{ name: 'similarity', curves: [curve('dense', 1)] }] })
    expect(page).toContain('<h4>similarity</h4>')
    expect(page).toContain('aria-label="similarity by step: dense from')
  })

  it('of probes while training say of how few images they are, and how uncertain that is', () => {
    const layers = [{ layer: 'dense', linear: 0.5 }]
    const page = (from: 'training' | 'validation') =>
      pageOf({ online: [{ step: 1, layers, images: { learned: 188, judged: 125, from } }] })
    const aside = page('validation')
    expect(aside).toContain('learn from 188 labelled images')
    expect(aside).toContain('judged on 125 others, that were set aside from training')
    expect(aside).toContain('one image is 0.8 points, and figures are uncertain by ±4.5 points')
    expect(page('training')).toContain('judged on 125 others, that the network is trained on, too')
  })

  it('of probes leave out what was not measured', () => {
    const page = pageOf({ online: [{ step: 1, layers: [{ layer: 'dense', linear: 0.5 }] }] })
    expect(page).toContain('Linear probe while training, %')
    expect(page).not.toContain('kNN while training')
  })
})

describe('the confusion matrix', () => {
  const three = {
    probe: 'the linear probe',
    classes: ['cat', 'dog', 'cow'],
    counts: [
      [8, 2, 0],
      [0, 5, 0],
      [0, 0, 0],
    ],
  }

  it('comes with recall and precision of each class; a dash where there were no images', () => {
    const page = pageOf({ confusions: [three] })
    const row = (name: string) =>
      [
        ...(new RegExp(`<th scope="row">${name}</th>(.*)</tr>`).exec(page)?.[1] ?? '').matchAll(
          />([^<>]+)</g,
        ),
      ].map(([, text]) => text)
    expect(row('cat')).toEqual(['10', '80.0', '100.0'])
    expect(row('dog')).toEqual(['5', '100.0', '71.4'])
    expect(row('cow')).toEqual(['0', '–', '–'])
    expect(page).toContain('86.7 % are on the diagonal')
  })

  it('says what is most often taken for what', () => {
    expect(pageOf({ confusions: [three] })).toContain('<li>cat taken for dog: 2 of 10 (20.0\u00a0%)</li>')
  })

  it('has numbers and names up to 20 classes, colours alone beyond, and a table of the worst', () => {
    const numbered = pageOf({ confusions: [confusionOf(classes(20))] })
    const coloured = pageOf({ confusions: [confusionOf(classes(21))] })
    expect(numbered).toMatch(/<text [^>]*>class 19<\/text>/)
    expect(coloured).not.toMatch(/<text [^>]*>class \d+<\/text>/)
    expect(coloured).toContain('The 10 classes with the lowest recall')
    expect(coloured).toContain('<summary>All 21 classes</summary>')
  })
})

describe('several runs', () => {
  const two = (changes: Partial<Run> = {}) =>
    renderReport({
      ...frame,
      runs: [
        { ...bareRun, name: 'one' },
        { ...bareRun, name: 'two', ...changes },
      ],
    })

  it('have the curves of a layer that two of them share in one frame, a line each, and those of no other run are named', () => {
    const page = two()
    expect(page).toContain('<h2>Side by side</h2>')
    expect(page).toMatch(/aria-label="Loss of each layer, dense: one from [^"]*; two from/)
    const three = renderReport({
      ...frame,
      runs: [bareRun, bareRun, { ...bareRun, name: 'odd', losses: [curve('other', 1)] }],
    })
    expect(three).toContain('odd has no layer that another run has, by name.')
    expect(three).not.toContain('aria-label="Loss of each layer, other')
  })

  it('whose losses nobody has kept are compared by their probes alone', () => {
    const probed: Partial<Run> = {
      losses: [],
      logs: [{ name: 'cosine', curves: [curve('dense', 1)] }],
      online: [{ step: 1, epoch: 1, layers: [{ layer: 'all layers', linear: 0.5, knn: 0.5 }] }],
    }
    const page = renderReport({
      ...frame,
      runs: ['one', 'two'].map((name) => ({ ...bareRun, ...probed, name })),
    })
    expect(page).toMatch(/aria-label="Linear probe while training, %, all layers: one from [^"]*; two from/)
    expect(page).not.toContain('that another run has')
    expect(page).not.toContain('Loss of each layer')
  })

  it('with no layer in common have no such part', () => {
    expect(two({ losses: [curve('other', 1)] })).not.toContain('Side by side')
    expect(pageOf({})).not.toContain('Side by side')
  })

  it('have probes while training and alignment beside each other, where both have them', async () => {
    const { online, alignment, losses } = await fullRun()
    const page = renderReport({
      ...frame,
      runs: ['one', 'two'].map((name) => ({ ...bareRun, ...{ name, losses, online, alignment } })),
    })
    expect(page).toMatch(/aria-label="Linear probe while training, %, conv4: one from 72.0 [^"]*; two from/)
    expect(page).toMatch(/aria-label="Cosine by layer\. one: conv1 0\.10[^"]*; two: conv1/)
  })
})

describe('what is said once', () => {
  const banded = { layer: 'dense', points: [[1, 2, 0, 5] as const, [2, 3, 1, 6] as const] }

  it('is how to read bands, for all figures of training', () => {
    const page = pageOf({ losses: [banded], logs: [{ name: 'similarity', curves: [banded] }] })
    expect(page.match(/medians of neighbouring steps/g)).toHaveLength(1)
  })

  it('is what layers cost that are a graph each', () => {
    const cost = { milliseconds: 3, flops: 1e6 }
    const page = pageOf({
      layers: [{ layer: 'dense', ...cost, parameters: 9 }],
      graphs: [
        { name: 'augment', nodes: 4, flops: 1 },
        { name: 'dense', nodes: 5, ...cost },
      ],
    })
    expect(page.match(/3\.00 ms/g)).toHaveLength(1)
    expect(page).toMatch(/<code>dense<\/code><\/th>(<td[^>]*>[^<]+<\/td>){2}<td class="number">9<\/td>/)
    const apart = pageOf({
      layers: [{ layer: 'dense', ...cost }],
      graphs: [{ name: 'train', nodes: 5, flops: 2e6 }],
    })
    expect(apart).toContain('aria-label="Cost of each layer"')
    expect(apart).toContain('aria-label="Cost of each graph"')
  })
})

describe('signals', () => {
  it('are drawn as lines, with their kernels as bars, and called so', () => {
    const png = Uint8Array.of(137, 80, 78, 71)
    const signal = { png, isSignal: true }
    const page = pageOf({
      noun: 'signal',
      filters: { layer: 'conv1', width: 9, height: 1, channels: 2, after: [new Float32Array(18).fill(-1)] },
      neighbours: { caption: 'All.', queries: [{ query: signal, found: [signal] }] },
      online: [
        {
          step: 1,
          layers: [{ layer: 'dense', knn: 1 }],
          images: { learned: 9, judged: 4, from: 'training' },
        },
      ],
    })
    expect(page).toContain('Filters of conv1 (1×9)')
    expect(page).toContain('the mean of 2 channels')
    expect(page).toContain('Test signal</th>')
    expect(page).toContain('width="128"')
    expect(page).toContain('learn from 9 labelled signals')
  })
})

describe('accuracies', () => {
  it('are drawn on axes that end at 100 %', () => {
    const online = [0.9, 1].map((knn, step) => ({ step, layers: [{ layer: 'dense', knn }] }))
    const accuracy = {
      ...{ caption: '', columns: [{ name: 'kNN' }] },
      rows: [0.2, 1].map((value) => ({ name: String(value), cells: [{ value }] })),
    }
    const page = pageOf({ online, accuracy })
    expect(page).toMatch(/<text [^>]*>100(\.0)?<\/text>/)
    expect(page).not.toMatch(/<text [^>]*>1[0-9][1-9](\.\d)?<\/text>|<text [^>]*>1[1-9]0(\.\d)?<\/text>/)
  })
})

describe('the embedding', () => {
  it('names all classes up to 12, the 12 most frequent ones of more, and the others as one', () => {
    const twelve = pageOf({ embedding: embeddingOf(classes(12)) })
    expect(twelve).toMatch(/<text [^>]*>class 11<\/text>/)
    expect(twelve).not.toContain('other class')
    const many = pageOf({ embedding: embeddingOf(classes(100), 150) })
    expect(many.match(/<text [^>]*>class \d+<\/text>/g)).toHaveLength(12)
    expect(many).toMatch(/<text [^>]*>88 other classes<\/text>/)
  })

  it('of images without labels has no key', () => {
    const page = pageOf({
      embedding: {
        method: 'UMAP',
        points: [
          [0, 0],
          [1, 1],
          [NaN, 0],
        ],
        classes: [],
      },
    })
    expect(page).toContain('aria-label="3 images as points of a plane."')
    expect(page).not.toMatch(/NaN|undefined/)
  })
})

describe('the nearest neighbours', () => {
  it('are marked as right or wrong by a sign and a frame, not by colour alone', async () => {
    const { neighbours } = await fullRun()
    const page = pageOf({ neighbours })
    expect(page.match(/class="thumb right"/g)).toHaveLength(16)
    expect(page.match(/<b>✓<\/b>/g)).toHaveLength(16)
    expect(page.match(/class="thumb wrong"/g)).toHaveLength(8)
    expect(page.match(/<b>✗<\/b>/g)).toHaveLength(8)
    expect(page).toContain('.thumb.wrong img { border: 3px dashed')
  })

  it('are marked in no way where there are no labels', () => {
    const png = Uint8Array.of(137, 80, 78, 71)
    const page = pageOf({ neighbours: { caption: 'All.', queries: [{ query: { png }, found: [{ png }] }] } })
    expect(page).toContain('src="data:image/png;base64,iVBORw=="')
    expect(page).not.toContain('✓')
  })
})

describe('what a step costs', () => {
  it('has the columns that are known', () => {
    const page = pageOf({ layers: [{ layer: 'dense', bytes: 1.234e6, parameters: 999 }] })
    expect(page).toContain(
      '<th scope="row"><code>dense</code></th><td class="number">1.23 MB</td><td class="number">999</td>',
    )
    expect(page).not.toContain('Time of a step')
  })
})

describe('colours', () => {
  const fraction = fc.double({ min: 0, max: 1, noNaN: true })
  const grounds = [light.page, dark.page]

  it('of layers and classes are 3:1 on both pages at least', () => {
    const layers = Array.from({ length: 17 }, (_, index) => layerColour(index, 17))
    for (const colour of [...layers, ...CLASS_COLOURS, OTHER_COLOUR])
      for (const ground of grounds)
        expect(contrast(colour, ground), `${colour} on ${ground}`).toBeGreaterThanOrEqual(3)
  })

  it('of numbers on a heat map are 4.5:1 at least', () => {
    fc.assert(
      fc.property(fraction, (part) => {
        for (const on of ['light', 'dark'] as const)
          expect(contrast(inkOn(heatColour(part, on)), heatColour(part, on))).toBeGreaterThanOrEqual(4.5)
      }),
    )
  })
})
