/**
 * The targets that a coordinator may call: configured participants, and addresses and networks on the allow-list. This
 * package makes no calls. Read {@link dev.entente.server.participant.guard.TargetGuard} first.
 */
@NullMarked
package dev.entente.server.participant.guard;

import org.jspecify.annotations.NullMarked;
