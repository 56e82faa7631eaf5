/**
 * Whom a coordinator may call: configured participants, and the addresses and networks on the allow-list. It calls
 * nobody. Open {@link dev.entente.server.participant.guard.TargetGuard} first.
 */
@NullMarked
package dev.entente.server.participant.guard;

import org.jspecify.annotations.NullMarked;
