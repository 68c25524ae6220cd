import type { ScopeFacts } from '../../connectors/bigcommerce/catalogue/facts.ts'

/** A right that has a modify and a read-only form. */
function right(modify: string, read = `${modify}_read_only`): ScopeFacts {
  return { modify: [modify], read: [read] }
}

const information = right('store_v2_information')
const content = right('store_v2_content')
const customers = right('store_v2_customers')
const orders = right('store_v2_orders')
const sites = right('store_sites')
const transactions = right('store_v2_transactions')

/**
 * The scopes of paths whose document states several without saying which is meant, or none. An entry holds for all
 * paths below it too. [D]: prose of BigCommerce's documents (bigcommerce/docs, April 2026); [N]: our own choice, the
 * right whose name fits the path.
 */
export const scopes: { readonly [path: string]: ScopeFacts } = {
  // carts.v3 [N]. It gives the modify form of Information & Settings for reading too; all siblings have a read-only one.
  '/v3/carts': right('store_cart'),
  '/v3/carts/settings': information,
  // channels.v3 and sites.v3 [N].
  '/v3/channels': right('store_channel_settings'),
  '/v3/channels/{}/listings': right('store_channel_listings'),
  '/v3/channels/{}/site': sites,
  '/v3/channels/{}/site/checkout-url': sites,
  '/v3/sites': sites,
  // checkouts.v3 [N].
  '/v3/checkouts': right('store_checkouts'),
  '/v3/checkouts/settings': right('store_checkout_content'),
  // customers.v3 [N].
  '/v3/customers': customers,
  '/v3/customers/{}/stored-instruments': right('store_stored_payment_instruments'),
  // infrastructure_hosting.v3 [N].
  '/v3/infrastructure/deployments': right(
    'store_infrastructure_deployments_manage',
    'store_infrastructure_deployments_read_only',
  ),
  '/v3/infrastructure/projects': right(
    'store_infrastructure_projects_manage',
    'store_infrastructure_projects_read_only',
  ),
  // orders.v3 [D] for transactions, [N] for the others.
  '/v3/orders': orders,
  '/v3/orders/{}/transactions': transactions,
  '/v3/orders/{}/payment_actions': transactions,
  '/v3/orders/payment_actions': transactions,
  '/v3/orders/pickups': right('store_order_fulfillment_manage', 'store_order_fulfillment_read_only'),
  // scripts.v3 [N]: scripts on checkout pages may ask for store_content_checkout instead.
  '/v3/content/scripts': content,
  // page-widgets.v3 has a table nobody filled in; widgets.v3 states Content [D].
  '/v3/content/page-widgets': content,
  // settings.v3 [D].
  '/v3/settings': information,
  '/v3/settings/analytics': content,
  // storefront_tokens.v3 [N]: there is no right only to read.
  '/v3/storefront/api-token': { modify: ['store_storefront_api'], read: [] },
  // tax_classes.v3 states none; those of v2 do [D].
  '/v3/tax/classes': information,
  // themes.v3 states only the modify form; custom-template-associations.v3 names the other [D].
  '/v3/themes': right('store_themes_manage', 'store_themes_read_only'),
}
