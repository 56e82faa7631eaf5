/**
 * Copies values from responses into requests: protobuf on the wire, and JSON. The package may use {@code transaction}
 * only. It must never do I/O or know a message's class. Read {@link dev.entente.core.payload.RequestBodies} first.
 */
@NullMarked
package dev.entente.core.payload;

import org.jspecify.annotations.NullMarked;
