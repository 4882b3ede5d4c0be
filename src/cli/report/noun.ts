/** What one row of a data set is called: of height 1 it is a signal. */
export const nounOf = ({ height }: { readonly height: number }): 'image' | 'signal' =>
  height === 1 ? 'signal' : 'image'

/** The same words of signals, where the program reads such. */
export const inNoun = (text: string, noun: 'image' | 'signal'): string =>
  noun === 'image' ? text : text.replaceAll('image', noun)
