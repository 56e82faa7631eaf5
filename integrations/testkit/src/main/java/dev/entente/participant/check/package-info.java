/**
 * Calls that test whether a participant keeps its promises. This package may use gRPC, the HTTP calls of {@code
 * dev.entente.client.call}, JDBC for reads, the names of the wire and the messages of {@code dev.entente.v1}. It must
 * change data only through the participant's methods, and must not report an unchecked promise as kept.
 *
 * <p>Read {@link dev.entente.participant.check.ContractCheck} first.
 */
@NullMarked
package dev.entente.participant.check;

import org.jspecify.annotations.NullMarked;
