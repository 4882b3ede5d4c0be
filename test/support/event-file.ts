import { readFileSync } from 'node:fs'
import protobuf from 'protobufjs'

/**
 * Event files read by the definition of their format, with nothing of what writes them: lengths, checksums, messages.
 */

const { root } = protobuf.parse(`
syntax = "proto3";
message Event {
  double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; SessionLog session_log = 7;
}
message SessionLog { int32 status = 1; }
message Summary {
  message Value { string tag = 1; Metadata metadata = 9; oneof value { float simple_value = 2; Tensor tensor = 8; } }
  repeated Value value = 1;
}
message Metadata {
  message PluginData { string plugin_name = 1; bytes content = 2; }
  PluginData plugin_data = 1;
}
message Tensor { int32 dtype = 1; repeated bytes string_val = 8; }
`)

export interface ReadEvent {
  readonly wallTime: number
  readonly step: number
  readonly fileVersion?: string
  readonly sessionLog?: { readonly status: number }
  readonly summary?: {
    readonly value: readonly {
      readonly tag: string
      readonly simpleValue?: number
      readonly tensor?: { readonly stringVal: readonly Buffer[] }
      readonly metadata?: { readonly pluginData: { readonly pluginName: string } }
    }[]
  }
}

/** CRC-32C, bit by bit: the polynomial 0x1EDC6F41, the lowest bit first. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return ~crc >>> 0
}

const masked = (bytes: Uint8Array): number => {
  const crc = BigInt(crc32c(bytes))
  return Number((((crc >> 15n) | ((crc << 17n) & 0xffffffffn)) + 0xa282ead8n) & 0xffffffffn)
}

/** All events of a file. Throws where a record is torn, or a checksum is not that of its bytes. */
export function readEvents(path: string): ReadEvent[] {
  const bytes = readFileSync(path)
  const events: ReadEvent[] = []
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at))
    const body = bytes.subarray(at + 12, at + 12 + length)
    if (bytes.readUInt32LE(at + 8) !== masked(bytes.subarray(at, at + 8)))
      throw new Error(`length at byte ${at}`)
    if (bytes.readUInt32LE(at + 12 + length) !== masked(body)) throw new Error(`record at byte ${at}`)
    const type = root.lookupType('Event')
    // Outside a oneof, what is nought is not written.
    events.push({ step: 0, ...type.toObject(type.decode(body), { longs: Number }) } as ReadEvent)
    at += 16 + length
  }
  return events
}

/** The numbers of a file by tag, as pairs of step and value. */
export function scalarsOf(events: readonly ReadEvent[]): Record<string, (readonly [number, number])[]> {
  const byTag: Record<string, (readonly [number, number])[]> = {}
  for (const { step, summary } of events)
    for (const { tag, simpleValue } of summary?.value ?? [])
      if (simpleValue !== undefined) (byTag[tag] ??= []).push([step, simpleValue])
  return byTag
}
