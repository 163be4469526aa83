import { call } from '../call.ts'

export const listAccountAuditEvents = call({
  id: 'listAccountAuditEvents',
  summary: 'The changes of the account and its keys, and who made them, newest first',
  tag: 'Account',
  method: 'GET',
  path: '/account/audit_events',
  scope: 'read',
  query: 'AccountAuditQuery',
  answers: { 200: { description: 'The events.', schema: 'AccountAuditEventPage', fields: { events: 'list' } } },
})

export const listAuditEvents = call({
  id: 'listAuditEvents',
  summary: 'All changes, who made them, and whether the log is whole',
  tag: 'Operators',
  method: 'GET',
  under: 'root',
  path: '/admin/v1/audit_events',
  scope: 'admin',
  query: 'AuditQuery',
  answers: {
    200: {
      description: 'The events, and the state of the log.',
      schema: 'AuditEventPage',
      fields: { deployment_id: 'text', events: 'list', chain: 'object' },
    },
  },
})
