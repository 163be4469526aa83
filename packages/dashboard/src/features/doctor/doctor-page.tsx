import { deploymentName } from '../../deployment.ts'
import { useSession } from '../../session/session.tsx'
import { Button } from '../../ui/button.tsx'
import { PageHeader, useDocumentTitle } from '../../ui/page-header.tsx'
import { DiagnosisView } from './diagnosis-view.tsx'
import { DoctorFields } from './doctor-fields.tsx'
import { EXAMPLES, type Example } from './examples.ts'
import { type Doctor, useDoctor } from './use-doctor.ts'

/** Why a request was refused. Everything happens in this browser. */
export function DoctorPage() {
  const { isOperator, account } = useSession()
  useDocumentTitle('Doctor', isOperator ? deploymentName : account.name)
  const doctor = useDoctor()
  return (
    <>
      <PageHeader title="Doctor" />
      <p className="-mt-4 mb-6 text-muted">Why was a request refused? Nothing you paste leaves this browser.</p>
      <DoctorFields doctor={doctor} />
      <div className="mt-6" aria-live="polite">
        {doctor.text === '' ? <Examples onTry={doctor.tryExample} /> : <Result doctor={doctor} />}
      </div>
    </>
  )
}

function Result({ doctor: { state, hasKeys } }: { readonly doctor: Doctor }) {
  if (state.kind === 'done') {
    return <DiagnosisView diagnosis={state.diagnosis} parsed={state.parsed} hasKeys={hasKeys} />
  }
  if (state.kind !== 'trying') return null
  const { progress } = state
  return <p className="text-muted">{progress ? `Trying ${progress.done} of ${progress.of} readings` : 'Reading'}</p>
}

function Examples({ onTry }: { readonly onTry: (example: Example) => void }) {
  return (
    <section className="rounded-panel border border-dashed border-edge bg-surface p-6">
      <h2 className="text-section">Try one with a mistake</h2>
      <p className="mt-1 text-muted">Each makes its own key in this browser, and signs wrongly with it.</p>
      <div className="mt-4 flex flex-wrap gap-3">
        {EXAMPLES.map((example) => (
          <Button key={example.label} onClick={() => onTry(example)}>
            {example.label}
          </Button>
        ))}
      </div>
    </section>
  )
}
