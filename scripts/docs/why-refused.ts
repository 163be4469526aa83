import { CAUSES, type Cause, PEM_PROBLEMS } from '@countersign/doctor'

const HEAD = `# Why was my request refused?

One section for each mistake that the doctor knows, by its stable code. The server names the code in \`diagnosis\` beside a refusal where
that may be told, \`countersign doctor\` names it for a request that you have before you ([how](doctor.md)), and so does the page
Doctor of the dashboard. This page is written from the table that all of them read: \`npm run docs:why-refused\`.
`

const KEYS = `## Keys as text

What \`countersign doctor --pem FILE\` says of a key that toolkits do not read. \`--repair NEW_FILE\` writes it as it should be, where the
whole key is still in it.
`

/** docs/why-refused.md, from the tables of the doctor. */
export function whyRefused(): string {
  return [HEAD, ...sections(CAUSES, '##'), KEYS, ...sections(PEM_PROBLEMS, '###')].join('\n')
}

function sections(table: Readonly<Record<string, Cause>>, level: string): string[] {
  return Object.entries(table).map(([code, { title, hint, about }]) => {
    return `${level} ${code}\n\n**${title}.** ${about}\n\n*Fix:* ${hint}\n`
  })
}
