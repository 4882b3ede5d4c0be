/** Stands for linkedom, which gives Node.js a document to draw in: here there is one. */
export const parseHTML = (): { readonly document: Document } => ({ document })
