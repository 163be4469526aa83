import type { KeyType } from '@countersign/protocol'
import { apiUrl, deployment, publicBasePath } from '../deployment.ts'
import { CodeTabs } from '../ui/code-tabs.tsx'
import { snippetsFor } from './snippets.ts'

interface SigningSnippetsProps {
  readonly keyId: string
  readonly keyType: KeyType
  /** The private key's file. */
  readonly fileName: string
}

/** How a request to this deployment is signed, in several languages. */
export function SigningSnippets(key: SigningSnippetsProps) {
  const { headerPrefix } = deployment
  return (
    <CodeTabs
      label="Languages"
      snippets={snippetsFor({ ...key, url: apiUrl, basePath: publicBasePath, headerPrefix })}
    />
  )
}
