/** Run in the page: texts whose contrast with what is behind them is below 4.5, as WCAG 2 counts it. */
export const faintTexts = `(() => {
  const channels = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number)
  const luminance = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0)
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const [r, g, b, alpha = 1] = channels(getComputedStyle(each).backgroundColor)
      if (alpha > 0) return [r, g, b]
    }
    return [255, 255, 255]
  }
  const found = []
  for (const element of document.querySelectorAll('body *')) {
    const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join('')
    const box = element.getBoundingClientRect()
    if (text === '' || box.width === 0) continue
    const inDrawing = element.namespaceURI.endsWith('svg')
    // Marks and numbers on colours of their own have these by attribute; tests of the colours see to them.
    if (inDrawing && element.closest('[fill^="#"], [class^=on-heat]')) continue
    const style = getComputedStyle(element)
    const [a, b] = [luminance(channels(inDrawing ? style.fill : style.color)), luminance(behind(element))]
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    if (contrast < 4.5) found.push(text + ': ' + contrast.toFixed(2))
  }
  return found
})()`

/** Run in the page: pictures and boxes that scroll without a name. */
export const unnamed = `[...document.querySelectorAll('svg, img, [role=region]')]
  .filter((each) => !each.getAttribute('aria-label') && !each.getAttribute('alt') && each.getAttribute('aria-hidden') !== 'true')
  .map((each) => each.outerHTML.slice(0, 80))`

/** Run in the page: texts of drawings that stand out of them. */
export const cutTexts = `[...document.querySelectorAll('svg[role=img]')].flatMap((svg) => {
  const frame = svg.getBoundingClientRect()
  return [...svg.querySelectorAll('text')].filter((text) => {
    const box = text.getBoundingClientRect()
    return box.left < frame.left - 2 || box.right > frame.right + 2 || box.top < frame.top - 2 || box.bottom > frame.bottom + 2
  }).map((text) => svg.getAttribute('aria-label').slice(0, 40) + ': ' + text.textContent)
})`

/** Labels of drawings less than two pixels apart; those that are turned stand closer than their boxes say. */
export const crowdedTexts = `[...document.querySelectorAll('svg[role=img]')].flatMap((svg) => {
  const texts = [...svg.querySelectorAll('text')].filter((text) => text.getScreenCTM().b === 0).map((text) => ({ text, box: text.getBoundingClientRect() }))
  const meet = (a, b) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > -2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4
  return texts.flatMap((one, index) =>
    texts.slice(index + 1).filter((other) => one.box.width > 0 && other.box.width > 0 && meet(one.box, other.box))
      .map((other) => svg.getAttribute('aria-label').slice(0, 40) + ': ' + one.text.textContent + ' and ' + other.text.textContent))
})`

export const widthOfPage = 'document.documentElement.scrollWidth'
export const brokenImages = `[...document.images].filter((image) => !image.naturalWidth).length`
