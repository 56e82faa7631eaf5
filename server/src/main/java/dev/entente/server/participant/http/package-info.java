/**
 * Calls over HTTP beside the JDK's client: addresses that may be called, bodies up to a limit, handshakes that tell
 * whose they are. It must never know a participant or a call. Open {@link
 * dev.entente.server.participant.http.HttpAddress} first.
 */
@NullMarked
package dev.entente.server.participant.http;

import org.jspecify.annotations.NullMarked;
