/**
 * The plans of the demo shop's customers, such as purchases (sagas) and transfers (TCC), built with the client SDK. It
 * may use the client SDK and the shop's messages. It must never access a database.
 *
 * <p>Read {@link dev.entente.stories.plans.Purchase} first.
 */
@NullMarked
package dev.entente.stories.plans;

import org.jspecify.annotations.NullMarked;
