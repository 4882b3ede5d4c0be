import { readProbes } from '../../../runtime/files/probes.ts'
import { inOrder } from './curves.ts'
import type { Curve, Run } from '../../../report/index.ts'

/** What a run found out while it trained, of `probes.jsonl`: a line now and then, so all of them are shown. */
export function onlineParts(path: string, order: readonly string[]): Pick<Run, 'online' | 'validation'> {
  const lines = readProbes(path)
  const validated = lines.flatMap(({ step, validation }) => (validation ? [{ step, ...validation }] : []))
  const layers = inOrder([...new Set(validated.flatMap(({ losses }) => Object.keys(losses)))], order)
  return {
    online: lines.flatMap(({ step, epoch, layers, all, images }) =>
      layers
        ? [
            {
              ...{ step, epoch },
              layers: inOrder(Object.keys(layers), order).map((layer) => ({ layer, ...layers[layer] })),
              ...(all ? { all } : {}),
              ...(images ? { images } : {}),
            },
          ]
        : [],
    ),
    validation: layers.map((layer): Curve => ({
      layer,
      points: validated.flatMap(({ step, losses }) => {
        const loss = losses[layer]
        return loss === undefined ? [] : [[step, loss] as const]
      }),
    })),
  }
}
