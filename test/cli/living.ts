/** A program that lives until it is told to end, blocks nothing, and says which process it is. */
export const living = 'console.log(process.pid); await new Promise(() => setInterval(() => {}, 1000))'

export const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
