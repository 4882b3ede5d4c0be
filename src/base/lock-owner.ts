import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { z } from 'zod'

/** Who holds a lock: enough to tell, later and from elsewhere, whether that process still lives. */
export const ownerSchema = z.object({
  host: z.string(),
  /** Of the system's installation: two hosts may have one name. */
  machine: z.string(),
  /** Changes with every start of the system. */
  boot: z.string(),
  /** Of process numbers: containers have their own. */
  namespace: z.string(),
  pid: z.int().positive(),
  /** When the process started, in words of the system: a number may be given to another process later. */
  started: z.string(),
  /** When the lock was taken, and what for, where that is said: for people. */
  since: z.string(),
  doing: z
    .string()
    .regex(/^[a-z ]{1,60}$/)
    .optional(),
  /** Unlike that of any other lock. */
  token: z.string().regex(/^[0-9a-f]{32}$/),
})
export type Owner = z.infer<typeof ownerSchema>

/** Empty where the system has no such thing. */
const line = (read: () => string): string => {
  try {
    return read().trim()
  } catch {
    return ''
  }
}

/** Of a process that has ended and keeps its number until its parent asks how: for ever, where nobody does. */
const ENDED = 'ended'

/** What Linux says of a process, from its state on: field 3. The second field may hold spaces and brackets. */
function fieldsOf(pid: number): string[] {
  const stat = line(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** The time that a process has computed, in ticks of the system; undefined where there is no way to tell. */
export function ticksOfProcess(pid: number): number | undefined {
  const [user, system] = fieldsOf(pid).slice(11, 13).map(Number)
  return user === undefined || system === undefined ? undefined : user + system
}

/** When a process started; empty where there is none, or where there is no way to tell. */
export function startOfProcess(pid: number): string {
  if (process.platform === 'linux') {
    // Field 22, in ticks since the system started.
    const fields = fieldsOf(pid)
    return fields[0] === 'Z' || fields[0] === 'X' ? ENDED : (fields[19] ?? '')
  }
  if (process.platform === 'win32') return ''
  const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore']
  return line(() => execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio }))
}

const place = (): Pick<Owner, 'host' | 'machine' | 'boot' | 'namespace'> => ({
  host: hostname(),
  machine: line(() => readFileSync('/etc/machine-id', 'utf8')),
  boot: line(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
  namespace: line(() => readlinkSync('/proc/self/ns/pid')),
})

/** This process. */
export const thisOwner = (token: string, doing?: string): Owner => ({
  ...place(),
  pid: process.pid,
  started: startOfProcess(process.pid),
  since: new Date().toISOString(),
  ...(doing === undefined ? {} : { doing }),
  token,
})

/** A process that may not be asked lives, too. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Whether an owner's process is one that this process can see, and a user here can stop. */
export function canBeAsked({ host, machine, boot, namespace }: Owner): boolean {
  const here = place()
  const isSameSystem = host === here.host && machine === here.machine && boot === here.boot
  return isSameSystem && namespace === here.namespace
}

/** Whether the process has certainly ended. Of another host, or in another container, that cannot be known. */
export function hasEnded(owner: Owner): boolean {
  const here = place()
  if (owner.host !== here.host || owner.machine !== here.machine) return false
  // Containers of one name on two hosts have other starts of the system, too, and mostly no number of a machine.
  if (owner.boot !== here.boot) return owner.machine !== ''
  if (owner.namespace !== here.namespace) return false
  if (!isRunning(owner.pid)) return true
  // Not everybody may see when the processes of others started: that tells nothing.
  const started = startOfProcess(owner.pid)
  return started !== '' && owner.started !== '' && started !== owner.started
}
