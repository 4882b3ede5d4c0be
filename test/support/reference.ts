import { z } from 'zod'
import { readSafetensors } from '../../runtime/files/safetensors.ts'
import {
  adamw,
  conv,
  global,
  layer,
  local,
  maxPool,
  program,
  relu,
  type Credit,
  type Program,
} from '../../src/index.ts'
import { clapp, hinge, infoNCE, linearContrast, phyllContrast, softhinge } from '../../rules/index.ts'
import type { HostTensor } from '../../runtime/values/tensor.ts'

/** The authors' cases, read as programs of ours. */

const json = <T extends z.ZodType>(schema: T) =>
  z.string().transform((text) => schema.parse(JSON.parse(text)))
const metadataSchema = z.object({
  batch: z.coerce.number(),
  image: z.coerce.number(),
  steps: z.coerce.number().default(1),
  channels: json(z.array(z.number())),
  optimizer: json(
    z.object({
      adamw: z.object({
        lr: z.number(),
        weightDecay: z.number(),
        betas: z.tuple([z.number(), z.number()]),
        eps: z.number(),
      }),
    }),
  ).optional(),
  options: json(
    z.strictObject({
      asymmetric_W_pred: z.boolean(),
      ete_training: z.boolean().default(false),
      contrast_mode: z.enum(['hinge', 'softhinge', 'linear', 'phyll', 'infonce']).default('hinge'),
      customize_loss_pool: z.string().optional(),
      customize_fb_idx: z.string().optional(),
      extra_lateral_loss: z.boolean().default(false),
      negative_samples: z.number().default(1),
      low_rank_dim: z.number().optional(),
    }),
  ),
})

export interface Reference {
  readonly program: Program
  readonly steps: number
  readonly tensor: (name: string) => HostTensor
  readonly has: (name: string) => boolean
}

export function readReference(name: string, dtype: 'float64' | 'float32'): Reference {
  const { tensors, metadata } = readSafetensors(
    new URL(`../reference/${name}.safetensors`, import.meta.url).pathname,
  )
  const { batch, image, channels, options, optimizer, steps } = metadataSchema.parse(metadata)
  const contrasts = { hinge, softhinge, linear: linearContrast, phyll: phyllContrast }
  const pool = options.customize_loss_pool?.split('-').map(Number) ?? 'global'
  const context =
    options.customize_fb_idx === undefined ? 'same' : options.extra_lateral_loss ? 'both' : 'top'
  const rule =
    options.contrast_mode === 'infonce'
      ? infoNCE({ dimension: options.low_rank_dim ?? 0, symmetric: !options.asymmetric_W_pred })
      : clapp({
          pool,
          context,
          contrast: contrasts[options.contrast_mode](),
          negatives: options.negative_samples,
        })
  const learn: Credit<'a' | 'b'> = options.ete_training ? global(rule) : local(rule)
  const pooled = new Set([1, 3, 4, 5])
  const encoder = channels.map((count, i) =>
    layer(`conv${i + 1}`, conv(count), relu(), ...(pooled.has(i) ? [maxPool(2)] : [])),
  )
  return {
    program: program({
      input: { channels: 3, size: image },
      batch,
      encoder,
      learn,
      optimizer: adamw(optimizer?.adamw ?? { lr: 1e-3 }),
      dtype,
    }),
    steps,
    tensor: (wanted) => {
      const found = tensors.get(wanted)
      if (!found) throw new Error(`${name} has no ${wanted}`)
      return found
    },
    has: (wanted) => tensors.has(wanted),
  }
}

/** The authors' name of one of our parameters. */
export function authorsName(parameter: string, isGlobal: boolean): string {
  const [, index = '', rest = ''] = /^conv(\d+)\.(.*)$/.exec(parameter) ?? []
  const position = Number(index) - 1
  if (rest === 'weight' || rest === 'bias') return `encoder.${position}.model.0.${rest}`
  const family = rest.endsWith('lateral') ? 'loss_lateral' : 'loss'
  return `${family}.W_k.${isGlobal ? 0 : position}.weight`
}
