// node send.cjs ADDRESS KEY: one call of each kind through the unmodified SDK; fails if any is not delivered.
const { Analytics } = require('@segment/analytics-node')

const [address, writeKey] = process.argv.slice(2)
const analytics = new Analytics({ writeKey, host: address, maxRetries: 0 })
const problems = []
analytics.on('error', (error) => problems.push(error))

const userId = 'js-1'
analytics.identify({ userId, traits: { plan: 'pro' } })
analytics.track({ userId, event: 'Product Viewed', properties: { product_id: 'green' } })
analytics.track({
  userId,
  event: 'Order Completed',
  properties: { order_id: 'js-o', currency: 'EUR', products: [{ product_id: 'green' }, { product_id: 'mint' }] },
})
analytics.page({ userId, name: 'Tea', properties: { path: '/tea' } })
analytics.group({ userId, groupId: 'g-1', traits: { name: 'Tea lovers' } })
analytics.alias({ userId, previousId: 'js-0' })
analytics.track({ userId, event: 'Quiz Done', properties: { score: 3 } })
analytics.closeAndFlush().then(() => {
  for (const problem of problems) console.error(problem)
  process.exitCode = problems.length ? 1 : 0
})
