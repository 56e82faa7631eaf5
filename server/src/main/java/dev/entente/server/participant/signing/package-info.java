/**
 * Signatures and tokens that prove the origin of a call. Read {@link dev.entente.server.participant.signing.Seal}
 * first. This package may use {@code javax.crypto}. It must not depend on plans or on the storage of keys.
 */
@NullMarked
package dev.entente.server.participant.signing;

import org.jspecify.annotations.NullMarked;
