/**
 * Calls over HTTP with Jetty's client: connections, the moment when a call leaves, bounded bodies, and the meaning of
 * responses. Read {@link dev.entente.server.participant.http.HttpParticipants} first.
 */
@NullMarked
package dev.entente.server.participant.http;

import org.jspecify.annotations.NullMarked;
