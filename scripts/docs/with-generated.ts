/**
 * A page with a generated part, between `<!-- NAME: npm run SCRIPT -->` and `<!-- /NAME -->`.
 *
 * @throws Error if the page has no place for it
 */
export function withGenerated(
  page: string,
  place: { file: string; name: string; script: string },
  text: string,
): string {
  const mark = `<!-- ${place.name}: npm run ${place.script} -->`
  const end = `<!-- /${place.name} -->`
  const [before, rest] = page.split(mark)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`${place.file} needs ${mark} and ${end}`)
  return `${before}${mark}\n\n${text}\n\n${end}${after}`
}
