import { formatNumber, formatSeconds } from '../format.ts'
import { markup } from '../markup.ts'
import { accuracies } from './accuracy.ts'
import { runAlignment } from './alignment.ts'
import { confusionFigure } from './confusion.ts'
import { costTables } from './costs.ts'
import { onlineFigures, trainingFigures } from './curves.ts'
import { embeddingFigure } from './embedding.ts'
import { filterGrids } from './filters.ts'
import { localityTable } from './locality.ts'
import { neighboursFigure } from './neighbours.ts'
import { trainedBy } from './trained-by.ts'
import { codeLine, part } from './part.ts'
import type { Markup } from '../markup.ts'
import type { Missing, Run } from '../run.ts'

const speed = ({ seconds, imagesPerSecond }: Run): Markup | undefined =>
  seconds === undefined
    ? undefined
    : markup`<p class="quiet">Trained in ${formatSeconds(seconds)}${
        imagesPerSecond === undefined ? '' : `, ${formatNumber(imagesPerSecond)} images/s`
      }.</p>`

const missingList = (missing: readonly Missing[]): Markup =>
  markup`<ul class="missing">${missing.map(
    ({ part: name, why, command, also, hint }) =>
      markup`<li>${name}${why === undefined ? '' : `: ${why}`}${command === undefined ? undefined : markup`<br/>${codeLine(command)}`}${also === undefined ? undefined : markup`<br/>or ${codeLine(also)}`}${hint === undefined ? undefined : markup`<br/>${hint}`}</li>`,
  )}</ul>`

/** All parts of a run that it has, each below a heading. */
const parts = (run: Run, level: 2 | 4): readonly (Markup | undefined)[] => {
  const { missing = [], online = [], confusions = [], layers = [] } = run
  const trained = trainedBy(run)
  const under = (title: string, ...body: readonly (Markup | undefined)[]) => part(level, title, ...body)
  return [
    trained && under('How it was trained', trained),
    run.results && under('Results', accuracies(run.results)),
    under('Training', trainingFigures(run)),
    online.length > 0 ? under('Probes while training', onlineFigures(online, run.noun)) : undefined,
    run.accuracy && under('Accuracy', accuracies(run.accuracy)),
    confusions.length > 0 ? under('Classes', ...confusions.map(confusionFigure)) : undefined,
    run.alignment && under('Alignment with backpropagation', runAlignment(run.name, run.alignment)),
    run.filters && under('Filters', filterGrids(run.filters)),
    run.neighbours && under('Nearest neighbours', neighboursFigure(run.neighbours)),
    run.embedding && under('Embedding', embeddingFigure(run.embedding, run.noun)),
    run.locality.length > 0 ? under('What each update reads', localityTable(run.locality)) : undefined,
    layers.length > 0 || run.graphs.length > 0
      ? under('What a step costs', costTables(layers, run.graphs))
      : undefined,
    missing.length > 0 ? under('What is not shown', missingList(missing)) : undefined,
  ]
}

/** One run by itself, on a page that may have said what it is: its parts are those of the page. */
export const onlyRun = (run: Run, subtitle: string): Markup =>
  markup`<div class="run only"><header>${run.description === subtitle ? undefined : markup`<p>${run.description}</p>`}
${speed(run)}</header>
${parts(run, 2)}</div>`

/** One of several runs, below its name. */
export const oneOfRuns = (run: Run): Markup =>
  markup`<section class="run"><header><h3>${run.name}</h3>
<p>${run.description}</p>
${speed(run)}</header>
${parts(run, 4)}</section>
`
