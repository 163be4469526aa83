import { Type } from 'typebox'
import { closed, wholeNumber } from './schema-parts.ts'

/** A rule, as far as it can be checked alone: `scope` and `bucket` must also be known to the configuration. */
export const RuleSchema = closed({
  match: Type.String({
    description:
      '`METHOD PATH`: one method, or `*`; GET matches HEAD too. In the path, `*` is one segment, and `**` at the end is one or more.',
    errorMessage: 'a method and a path, as in "GET /orders/*"',
  }),
  under: Type.Optional(
    Type.Enum(['root'], {
      description: '`root`: the path is the whole path. The `publicPrefix` is in neither.',
      byDefault: 'the base path',
    }),
  ),
  public: Type.Optional(
    Type.Literal(true, {
      description:
        "`true`: anyone may call, signed or not. The API gets no caller: `X-Countersign-*` are empty, and a client's own copies are removed. Nothing is charged. Besides `match` and `under`, only `query` is allowed with it.",
      errorMessage: 'true; leave it out where a key is needed',
      byDefault: 'a signature is needed',
    }),
  ),
  scope: Type.Optional(
    Type.String({
      description: 'The scope that the key must have, itself or by its parent.',
      errorMessage: 'a scope',
      byDefault: 'none is needed',
    }),
  ),
  cost: Type.Optional(
    wholeNumber(0, 1e9, { description: 'Tokens that a request takes; 0 is free.', byDefault: '`defaultCost`' }),
  ),
  bucket: Type.Optional(
    Type.String({
      description: 'The token bucket that pays.',
      errorMessage: "a bucket's name",
      byDefault: '`read` for GET and HEAD, else `write`',
    }),
  ),
  replay: Type.Optional(
    Type.Enum(['off', 'all', 'strict'], {
      description: 'How often a signature counts.',
      byDefault: 'once, except on GET, HEAD and OPTIONS',
      see: 'profiles.md',
    }),
  ),
  query: Type.Optional(
    Type.Enum(['refuse'], {
      description: '`refuse`: a request with a query is refused, because access headers do not sign it.',
      byDefault: 'allowed',
    }),
  ),
  minimumProfile: Type.Optional(
    Type.Enum(['access-headers', 'http-message-signatures'], {
      description: '`http-message-signatures`: access headers are refused here.',
      byDefault: 'both profiles',
    }),
  ),
})
