/** Writes the documents and examples of a project below `dist`: nothing that git ignores. */
export function writeDocuments(dist: string, project: string): void
