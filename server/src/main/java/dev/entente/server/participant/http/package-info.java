/**
 * Calls over HTTP with Jetty's client, and what their answers mean: connections, the moment when a call leaves, bodies
 * up to a limit. Open {@link dev.entente.server.participant.http.HttpParticipants} first.
 */
@NullMarked
package dev.entente.server.participant.http;

import org.jspecify.annotations.NullMarked;
