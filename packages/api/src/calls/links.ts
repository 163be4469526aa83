import { call } from '../call.ts'
import { NO_ACCOUNT } from './answers.ts'

export const previewLink = call({
  id: 'previewLink',
  summary: 'The purpose of a sign-in link, without using it',
  tag: 'Sessions',
  method: 'POST',
  path: '/links/preview',
  scope: 'public',
  noStore: true,
  body: 'PreviewLinkRequest',
  answers: {
    200: {
      description: 'The purpose of the link.',
      schema: 'LinkPreview',
      fields: { status: 'text', deployment_id: 'text' },
    },
  },
})

export const createLink = call({
  id: 'createLink',
  summary: 'Make a sign-in link for a customer',
  tag: 'Operators',
  method: 'POST',
  under: 'root',
  path: '/admin/v1/links',
  scope: 'admin',
  noStore: true,
  body: 'CreateLinkRequest',
  answers: {
    201: { description: 'The link.', schema: 'CreateLinkResponse', fields: { url: 'text', expires_at: 'number' } },
    ...NO_ACCOUNT,
  },
})
