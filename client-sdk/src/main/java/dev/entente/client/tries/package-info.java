/**
 * The tries of an interactive TCC scope: what became of them, when one is made again, and which children it names. Open
 * {@link dev.entente.client.tries.Tries} first. It may use gRPC, HTTP, protobuf, {@code dev.entente.wire} and {@code
 * dev.entente.client.call}. It must never register a branch, nor decide a transaction.
 */
@Internal
@NullMarked
package dev.entente.client.tries;

import dev.entente.Internal;
import org.jspecify.annotations.NullMarked;
