import { CAUSES, type Cause, PEM_PROBLEMS } from '@countersign/doctor'

const HEAD = `# Why was my request refused?

This page has one section for each mistake that the doctor knows, under its stable code. The server names the code in \`diagnosis\` beside a
refusal if it may disclose it ([to whom](security.md#the-doctor)). \`countersign doctor\` names it for a request that you have ([how](doctor.md)), and
so does the page Doctor of the dashboard. All of them read one table; \`npm run docs:why-refused\` writes this page from it.
`

const KEYS = `## Keys as text

\`countersign doctor --pem FILE\` says this about a key that toolkits do not read. \`--repair NEW_FILE\` writes the key correctly, if the
whole key is still in the file.
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
