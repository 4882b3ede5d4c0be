import protobuf from 'protobufjs/light.js'

/** As much of TensorBoard's messages as we write: tensorboard/compat/proto/{event,summary,tensor}.proto and hparams' plugin_data.proto. */

const field = (type: string, id: number) => ({ type, id })
const repeated = (type: string, id: number) => ({ rule: 'repeated', type, id })
const byName = (type: string, id: number) => ({ keyType: 'string', type, id })

const root = protobuf.Root.fromJSON({
  nested: {
    Event: {
      fields: {
        wallTime: field('double', 1),
        step: field('int64', 2),
        fileVersion: field('string', 3),
        summary: field('Summary', 5),
        sessionLog: field('SessionLog', 7),
      },
    },
    SessionLog: { fields: { status: field('int32', 1) } },
    Summary: { fields: { value: repeated('Value', 1) } },
    Value: {
      // Of these a nought is written, too.
      oneofs: { value: { oneof: ['simpleValue', 'tensor'] } },
      fields: {
        tag: field('string', 1),
        simpleValue: field('float', 2),
        tensor: field('Tensor', 8),
        metadata: field('Metadata', 9),
      },
    },
    Metadata: { fields: { pluginData: field('PluginData', 1), dataClass: field('int32', 4) } },
    PluginData: { fields: { pluginName: field('string', 1), content: field('bytes', 2) } },
    Tensor: {
      fields: { dtype: field('int32', 1), shape: field('Shape', 2), stringVal: repeated('string', 8) },
    },
    Shape: { fields: {} },
    HParams: {
      fields: {
        version: field('int32', 1),
        sessionStartInfo: field('SessionStart', 3),
        sessionEndInfo: field('SessionEnd', 4),
      },
    },
    SessionStart: {
      fields: {
        hparams: byName('Setting', 1),
        startTimeSecs: field('double', 5),
      },
    },
    SessionEnd: { fields: { status: field('int32', 1), endTimeSecs: field('double', 2) } },
    Setting: {
      oneofs: { kind: { oneof: ['numberValue', 'stringValue', 'boolValue'] } },
      fields: {
        numberValue: field('double', 2),
        stringValue: field('string', 3),
        boolValue: field('bool', 4),
      },
    },
  },
})

const types = { event: root.lookupType('Event'), hparams: root.lookupType('HParams') }

/** Of one tag: a number, or something of a plugin's. */
export interface Value {
  readonly tag: string
  readonly simpleValue?: number
  readonly tensor?: { readonly dtype: number; readonly shape: object; readonly stringVal: readonly string[] }
  readonly metadata?: {
    readonly pluginData: { readonly pluginName: string; readonly content?: Uint8Array }
    readonly dataClass?: number
  }
}

export interface Event {
  /** Seconds since 1970. */
  readonly wallTime: number
  readonly step: number
  readonly fileVersion?: string
  readonly summary?: { readonly value: readonly Value[] }
  readonly sessionLog?: { readonly status: number }
}

/** What a run was started with, or how it ended, as the plugin HParams wants it. */
export interface HParams {
  readonly version: number
  readonly sessionStartInfo?: {
    readonly hparams: Readonly<
      Record<string, { numberValue: number } | { stringValue: string } | { boolValue: boolean }>
    >
    readonly startTimeSecs: number
  }
  readonly sessionEndInfo?: { readonly status: number; readonly endTimeSecs: number }
}

export const encodeEvent = (event: Event): Uint8Array => types.event.encode({ ...event }).finish()
export const encodeHParams = (hparams: HParams): Uint8Array => types.hparams.encode({ ...hparams }).finish()
