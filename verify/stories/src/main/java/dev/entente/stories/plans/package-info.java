/**
 * The plans of the demo shop's customers: purchases (sagas) and transfers (TCC), as the client SDK writes them. It may
 * use the client SDK and the shop's messages. It must never look at a database.
 *
 * <p>Open {@link dev.entente.stories.plans.Purchase} first.
 */
@NullMarked
package dev.entente.stories.plans;

import org.jspecify.annotations.NullMarked;
