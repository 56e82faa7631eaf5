/**
 * Turns progress and history into the bytes of the table, and back. It may use {@code decision},
 * {@code transaction} and the generated messages of those bytes. It must never do I/O, read a clock or know gRPC or
 * SQL. Plans are stored as the API's messages: the server's codec reads them. Open
 * {@link dev.entente.core.codec.ProgressCodec} first.
 */
@NullMarked
package dev.entente.core.codec;

import org.jspecify.annotations.NullMarked;
