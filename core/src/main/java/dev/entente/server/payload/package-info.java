/**
 * Copies values from responses into requests: protobuf on the wire, and JSON. It may use the nouns only. It must never
 * do I/O or know a message's class. Open {@link dev.entente.server.payload.RequestBodies} first.
 */
@NullMarked
package dev.entente.server.payload;

import org.jspecify.annotations.NullMarked;
