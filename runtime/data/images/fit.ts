/** How an image comes to another size: as torchvision's Resize and CenterCrop do it. */
export interface Fit {
  /** What it is resized to. */
  readonly width: number
  readonly height: number
  /** Where the part begins that is kept. */
  readonly left: number
  readonly top: number
}

/** As Python rounds: halves to the even side. */
function round(value: number): number {
  const below = Math.floor(value)
  if (value - below !== 0.5) return Math.round(value)
  return below % 2 === 0 ? below : below + 1
}

/** The smallest size of the same proportions that holds the wanted one, and the middle of it. */
export function fit(width: number, height: number, wantedWidth: number, wantedHeight: number): Fit {
  const isWide = width * wantedHeight >= height * wantedWidth
  const [resizedWidth, resizedHeight] = isWide
    ? [Math.max(wantedWidth, Math.floor((wantedHeight * width) / height)), wantedHeight]
    : [wantedWidth, Math.max(wantedHeight, Math.floor((wantedWidth * height) / width))]
  return {
    width: resizedWidth,
    height: resizedHeight,
    left: round((resizedWidth - wantedWidth) / 2),
    top: round((resizedHeight - wantedHeight) / 2),
  }
}
