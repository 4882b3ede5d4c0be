import { existsSync, readFileSync } from 'node:fs'
import type { Memory } from '../protocol.ts'

/**
 * Peak and present memory of this process. VmHWM is the program's own; getrusage, where there is no /proc, gives
 * only the peak, and may include that of the process which started this one.
 */
export function memoryOfProcess(): Memory {
  if (!existsSync('/proc/self/status')) {
    const peak = process.resourceUsage().maxRSS * 1024
    return { peak, resident: peak }
  }
  const status = readFileSync('/proc/self/status', 'utf8')
  const bytes = (field: string) => 1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1])
  return { peak: bytes('VmHWM'), resident: bytes('VmRSS') }
}
