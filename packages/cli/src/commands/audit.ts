import type { CliCommand, Finish } from '../command-line.ts'
import type { Io } from '../io.ts'
import { addAuditExportCommand } from './audit-export.ts'
import { addAuditListCommand } from './audit-list.ts'
import { addAuditVerifyCommand } from './audit-verify.ts'

/** `audit`: the changes, and whether their log is whole. */
export function addAuditCommands(parent: CliCommand, io: Io, finish: Finish): void {
  const audit = parent.command('audit').description('what was changed and by whom; export and verify the log of it')
  addAuditListCommand(audit, io)
  addAuditExportCommand(audit, io)
  addAuditVerifyCommand(audit, io, finish)
}
