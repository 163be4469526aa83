import { call } from '../call.ts'

export const getDeployment = call({
  id: 'getDeployment',
  summary: 'The deployment id and the clock of the server',
  tag: 'Deployment',
  method: 'GET',
  path: '/deployment',
  scope: 'public',
  answers: { 200: { description: 'The deployment.', schema: 'Deployment', fields: { deployment_id: 'text' } } },
})

export const getHealth = call({
  id: 'getHealth',
  summary: 'Whether the process and all of its threads are up',
  tag: 'Deployment',
  method: 'GET',
  under: 'root',
  path: '/healthz',
  scope: 'public',
  refusals: 'as-listed',
  answers: {
    200: { description: 'All threads are up.', schema: 'Health', fields: { status: 'text' } },
    503: { description: 'The server cannot answer now; try again later.', schema: 'ErrorResponse' },
  },
})

export const getReadiness = call({
  id: 'getReadiness',
  summary: 'Whether the server can do its work, its database included',
  tag: 'Deployment',
  method: 'GET',
  under: 'root',
  path: '/readyz',
  scope: 'public',
  refusals: 'as-listed',
  answers: {
    200: { description: 'The server can do its work.', schema: 'Health', fields: { status: 'text' } },
    503: { description: 'The server cannot answer now; try again later.', schema: 'ErrorResponse' },
  },
})
