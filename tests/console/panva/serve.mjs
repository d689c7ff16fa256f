// node serve.mjs ADDRESS CLIENT SECRET REDIRECT AFTER: the certified oidc-provider, unchanged, on a free port, with one
// client. People sign in by naming themselves. Lines on standard input move its keys: "rotate". Prints its address.
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { createRequire } from 'node:module'
import { generateKeyPairSync } from 'node:crypto'
import { pathToFileURL } from 'node:url'

const require = createRequire(process.env.MODULES + '/')
const { Provider } = await import(pathToFileURL(require.resolve('oidc-provider')))
const [client, secret, redirect, after] = process.argv.slice(2)

let count = 0
const fresh = () => ({
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  use: 'sig', alg: 'RS256', kid: `key-${++count}`,
})
const people = {
  ann: { groups: ['privacy-team'], email: 'ann@shop.example', email_verified: true },
  vic: { groups: ['readers', 'others'], email: 'vic@shop.example', email_verified: false },
  out: { groups: ['warehouse'], email: 'out@shop.example', email_verified: true },
  far: { far: 'yes' },
}

function made(issuer, keys, inToken) {
  const provider = new Provider(issuer, {
    clients: [{
      client_id: client, client_secret: secret, redirect_uris: [redirect], post_logout_redirect_uris: [after],
    }],
    jwks: { keys },
    cookies: { keys: ['of a test'] },
    claims: { openid: ['sub'], profile: ['groups', 'preferred_username'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: !inToken,
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: true },
      rpInitiatedLogout: { enabled: true },
    },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, preferred_username: id, ...people[id] }),
    }),
  })
  provider.on('server_error', (_context, error) => console.error(error))
  return provider.callback()
}

let keys = [fresh()], inToken = true, answer
const server = createServer((request, response) => answer(request, response))
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`
  answer = made(issuer, keys, inToken)
  console.log(issuer)
  createInterface({ input: process.stdin }).on('line', line => {
    if (line === 'rotate') keys = [fresh()]
    if (line === 'apart') inToken = false
    if (line === 'together') inToken = true
    answer = made(issuer, keys, inToken)
    console.log(line)
  }).on('close', () => process.exit(0))
})
