/**
 * Finds out by calling it whether a participant keeps its promises. It may use gRPC, the calls over HTTP of {@code
 * dev.entente.client.call}, JDBC to read, the names of the wire and the messages of {@code dev.entente.v1}. It must never change anything but through the participant's own
 * methods, nor call kept what nobody could judge.
 *
 * <p>Open {@link dev.entente.participant.check.ContractCheck} first.
 */
@NullMarked
package dev.entente.participant.check;

import org.jspecify.annotations.NullMarked;
