/** Whether a library has left open what it gives nobody a means to close: the process then does not end by itself. */

let left = false

export function leaveOpen(): void {
  left = true
}

export const isLeftOpen = (): boolean => left
