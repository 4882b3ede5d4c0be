import { printable } from '../../base/printable.ts'
import { probeText } from '../probe-trained.ts'
import { standing } from '../standing.ts'
import { readAlignment, readProbe } from '../report/results.ts'
import type { RunFolder } from '../../../runtime/files/run-folder.ts'

/** What a run has come to, by the figures in its folder. `without` says why there are no probes. */
export function runText(
  { folder, bundle }: RunFolder,
  { without, align }: { readonly without: string | undefined; readonly align: boolean },
): string {
  const probed = without === undefined ? readProbe(folder) : undefined
  const evaluate = bundle.manifest.logits && `hebb evaluate ${folder}`
  const cosines = align ? readAlignment(folder)?.programs.flatMap(({ layers }) => layers) : undefined
  return [
    ...(probed
      ? [
          probeText(probed, {
            which: standing(probed, { at: 'last', average: false }),
            ...{ evaluate, epochs: '--probe-epochs' },
          }),
        ]
      : []),
    ...(without === undefined ? [] : [`no probes: ${without}`]),
    ...(cosines
      ? [
          `Cosine of each update with backpropagation's: ${cosines
            .map(
              ({ layer, cosine }) =>
                `${printable(layer)} ${cosine.mean === null ? '–' : cosine.mean.toFixed(3)}`,
            )
            .join(', ')}`,
        ]
      : []),
  ].join('\n\n')
}
