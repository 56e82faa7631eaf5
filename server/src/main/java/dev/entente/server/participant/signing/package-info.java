/**
 * Proofs of who called whom. Open {@link dev.entente.server.participant.signing.Seal} first. It may use
 * {@code javax.crypto}. It must never know a plan, nor where keys are kept.
 */
@NullMarked
package dev.entente.server.participant.signing;

import org.jspecify.annotations.NullMarked;
