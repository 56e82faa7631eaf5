/**
 * A relay's presence at its database: the number by which others see that it lives, and connections and threads that
 * must not hang. Open {@link dev.entente.outbox.presence.Presence} first. It may use JDBC and
 * {@code dev.entente.jdbc}. It must never know a message.
 */
@Internal
@NullMarked
package dev.entente.outbox.presence;

import dev.entente.Internal;
import org.jspecify.annotations.NullMarked;
