/**
 * Calls over HTTP with the JDK's client, and what their answers mean: addresses, bodies up to a limit, handshakes that
 * tell whose they are. Open {@link dev.entente.server.participant.http.HttpParticipants} first.
 */
@NullMarked
package dev.entente.server.participant.http;

import org.jspecify.annotations.NullMarked;
