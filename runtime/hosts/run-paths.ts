/** Which files of a run's folder go to the server, and from there to the next worker or to who asked for the run. */

const appended = /^(metrics\.jsonl|probes\.jsonl|events\.out\.tfevents\.\d{10,16}\.hebb)$/
const checkpoints = /^(checkpoint|best|checkpoints\/step-\d{1,15})\.safetensors$/
/** Pages are made by who fetches a run: one that a stranger has written would be opened in a browser. */
const others = /^(run\.json|probe\.json)$/

/** Whether a file only grows while a run is made: what is on the server is not sent again. */
export const isAppended = (path: string): boolean => appended.test(path)

/** Whether it holds all values of a step. */
export const isCheckpoint = (path: string): boolean => checkpoints.test(path)

/** Whether it is of some steps and no other ones, so that no later attempt makes the same file again. */
export const isOfItsTime = (path: string): boolean => isAppended(path) || isCheckpoint(path)

/** Whether a file may lie in a run's folder that came from the server: a stranger's record may name others. */
export const isRunPath = (path: string): boolean => isOfItsTime(path) || others.test(path)

/** Of a bundle: its manifest, and graphs beside it. */
export const isBundlePath = (path: string): boolean => /^(manifest\.json|\w[\w.-]{0,199}\.onnx)$/.test(path)
