import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { systemText } from './system-text.ts'

/**
 * How many cores this process may use: those of its CPU affinity, and no more than the quotas of its control groups give it
 * time for. Containers have such quotas; with a thread for every core of the host, threads would wait for each other,
 * stopped by the kernel. Node.js 20 does not look at them; later ones do (libuv 1.49), though not at less than a core.
 */
export const availableCores = (): number => coresWithin(availableParallelism(), cpuQuota(systemText))

/** Whole cores, at least one: a thread that has a part of a core makes the others wait. */
export const coresWithin = (cores: number, quota: number | undefined): number =>
  quota === undefined ? cores : Math.max(1, Math.min(cores, Math.floor(quota)))

/** The text of a file, undefined where it cannot be read. */
type Read = (path: string) => string | undefined

/** A mounted hierarchy of control groups: its folder here, and which group of the host's that is. */
interface Mount {
  readonly point: string
  readonly root: string
  readonly version: 1 | 2
}

/** In mountinfo, blanks and backslashes are octal. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)))

/** Those that limit CPUs. proc(5): `36 35 98:0 /root /point options - cgroup source rw,cpu,cpuacct`. */
function mountsIn(mountinfo: string): Mount[] {
  return mountinfo.split('\n').flatMap((line): Mount[] => {
    const [before = '', after = ''] = line.split(' - ', 2)
    const [, , , root, point] = before.split(' ')
    const [type, , options = ''] = after.split(' ')
    if (root === undefined || point === undefined) return []
    const place = { root: unescaped(root), point: unescaped(point) }
    if (type === 'cgroup2') return [{ ...place, version: 2 }]
    return type === 'cgroup' && options.split(',').includes('cpu') ? [{ ...place, version: 1 }] : []
  })
}

/** The group of this process in a hierarchy. cgroups(7): `4:cpu,cpuacct:/path`, `0::/path`. */
function groupIn(groups: string, version: Mount['version']): string | undefined {
  for (const line of groups.split('\n')) {
    const [, , controllers, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? []
    if (controllers === undefined || path === undefined) continue
    if (version === 2 ? controllers === '' : controllers.split(',').includes('cpu')) return path
  }
  return undefined
}

/** The folders of a group and of those that hold it, as far as they are to be seen here. */
function foldersOf({ root, point }: Mount, group: string): string[] {
  // In a namespace of its own a container sees its own group as the root, or the host's path, which is not mounted here.
  const inside =
    root === '/'
      ? group
      : group === root
        ? '/'
        : group.startsWith(`${root}/`)
          ? group.slice(root.length)
          : '/'
  const last = inside.split('/').includes('..') ? point : join(point, inside)
  const folders = [last]
  for (let folder = last; folder !== point && folder.startsWith(point); folder = dirname(folder))
    folders.push(dirname(folder))
  return folders
}

const positive = (text: string | undefined): number | undefined => {
  const value = Number(text)
  return text !== undefined && text.trim() !== '' && Number.isFinite(value) && value > 0 ? value : undefined
}

/** Cores' worth of time that a group may use; undefined where it has no limit of its own. */
function quotaOf(folder: string, version: Mount['version'], read: Read): number | undefined {
  const [quota, period] =
    version === 2
      ? (read(join(folder, 'cpu.max'))?.trim().split(/\s+/) ?? [])
      : [read(join(folder, 'cpu.cfs_quota_us')), read(join(folder, 'cpu.cfs_period_us'))]
  // `max`, or -1 in the first version, are no limit.
  const [time, each] = [positive(quota), positive(period)]
  return time === undefined || each === undefined ? undefined : time / each
}

/**
 * The smallest quota of the control groups that this process is in, in cores; undefined where there is none.
 *
 * @param read gives the text of a file of the system
 */
export function cpuQuota(read: Read): number | undefined {
  const [groups, mountinfo] = [read('/proc/self/cgroup'), read('/proc/self/mountinfo')]
  if (groups === undefined || mountinfo === undefined) return undefined
  const quotas = mountsIn(mountinfo).flatMap((mount) => {
    const group = groupIn(groups, mount.version)
    if (group === undefined) return []
    return foldersOf(mount, group).flatMap((folder) => quotaOf(folder, mount.version, read) ?? [])
  })
  return quotas.length === 0 ? undefined : Math.min(...quotas)
}
